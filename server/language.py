"""Words as a computer compares them: folding, tokens and bigrams for search, and a guess at the language of a text.

The same tokens go into the index and into a query, so that both databases find the same things:

* a run of Japanese (or Korean) is its overlapping pairs and its last character, `返品を` → `返品 品を を`,
* a word of a spaced script is itself, `ABC-12345` → `abc 12345`,
* a telephone number is, besides its groups of digits, one more token at the end, the same in any writing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from operator import add
from typing import NamedTuple

# Old and new forms of a kanji, as they are written for each other in names; NFKC keeps them apart.
_OLD = (
    "亞惡壓圍爲醫壹榮營衞驛圓緣鹽應歐毆櫻奧橫溫穩假價畫會壞懷繪擴殼覺學嶽樂勸卷寬歡罐觀關陷巖顏歸氣龜僞戲犧舊據擧峽挾狹鄕堯曉區"
    "驅勳薰徑惠溪經繼莖螢輕鷄藝缺儉劍圈檢權獻縣險顯驗嚴效恆廣號國黑碎濟齋劑雜參慘棧蠶贊殘絲齒兒辭濕實舍寫釋壽收從澁獸縱肅處敍奬將"
    "稱燒證乘剩壤孃條淨疊穰讓釀囑觸寢愼晉眞盡圖粹醉隨髓數樞聲靜攝竊專戰淺潛纖踐錢禪雙壯搜插爭總聰莊裝騷增藏臟屬續墮體對帶滯臺瀧"
    "擇澤單擔膽團彈斷癡遲晝蟲鑄廳聽敕鎭遞鐵轉點傳黨盜燈當鬭德獨讀屆繩貳惱腦霸廢拜賣麥發髮拔蠻祕濱甁拂佛變邊邉辯瓣辨步穗寶豐沒飜"
    "每萬滿默彌藥譯豫餘與譽搖樣謠遙來賴亂覽龍兩獵綠壘勵禮隸靈齡戀爐勞樓郞祿錄亙灣曾淸髙﨑嵜斎齊濵嶋嶌冨桒栁舩槇檜峯埜邨瀨頰"
    "鷗驒𠮷產册"
)
_NEW = (
    "亜悪圧囲為医壱栄営衛駅円縁塩応欧殴桜奥横温穏仮価画会壊懐絵拡殻覚学岳楽勧巻寛歓缶観関陥巌顔帰気亀偽戯犠旧拠挙峡挟狭郷尭暁区"
    "駆勲薫径恵渓経継茎蛍軽鶏芸欠倹剣圏検権献県険顕験厳効恒広号国黒砕済斉剤雑参惨桟蚕賛残糸歯児辞湿実舎写釈寿収従渋獣縦粛処叙奨将"
    "称焼証乗剰壌嬢条浄畳穣譲醸嘱触寝慎晋真尽図粋酔随髄数枢声静摂窃専戦浅潜繊践銭禅双壮捜挿争総聡荘装騒増蔵臓属続堕体対帯滞台滝"
    "択沢単担胆団弾断痴遅昼虫鋳庁聴勅鎮逓鉄転点伝党盗灯当闘徳独読届縄弐悩脳覇廃拝売麦発髪抜蛮秘浜瓶払仏変辺辺弁弁弁歩穂宝豊没翻"
    "毎万満黙弥薬訳予余与誉揺様謡遥来頼乱覧竜両猟緑塁励礼隷霊齢恋炉労楼郎禄録亘湾曽清高崎崎斉斉浜島島富桑柳船槙桧峰野村瀬頬"
    "鴎騨吉産冊"
)
VARIANTS = str.maketrans(_OLD, _NEW)
# Lines and waves that are written for each other.
MARKS = str.maketrans(dict.fromkeys("−‐‑‒–—―─━﹣", "-") | {"〜": "~", "‾": "~"})
KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in (*range(ord("ァ"), ord("ヶ") + 1), ord("ヽ"), ord("ヾ"))}
# Which of several drawings of a kanji is meant, and marks that nobody sees.
_UNSEEN = dict.fromkeys(
    (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), *range(0x200B, 0x200E), 0xAD, 0x2060, 0xFEFF)
)
_FOLDED = {**VARIANTS, **MARKS, **KATAKANA_TO_HIRAGANA, **_UNSEEN}

_CJK = (
    r"\u3041-\u3096\u309d-\u309f\u30a0-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
    r"々〆〇\U00020000-\U0003ffff"
)
# A run of Japanese goes on over the end of a line: mail is wrapped in the middle of words.
_RUNS = re.compile(rf"[{_CJK}]+(?:[ \t]*\r?\n[ \t]*[{_CJK}]+)*|[^\W{_CJK}_]+")
_LETTER = rf"[^\W{_CJK}_]"
_GAP = rf"(?:[^\w{_CJK}]|_)*"
_WRAP = r"(?:[ \t]*\r?\n[ \t]*)?"
_IS_CJK = re.compile(rf"[{_CJK}]").match
# Characters of which each folds to just one, whatever stands beside it.
_ONE_TO_ONE = re.compile(
    r"[\x00-\x7f\u2010-\u2015\u3000-\u3029\u3041-\u3096\u309d\u309e\u30a1-\u30fe\u4e00-\u9fff\uff01-\uff5e]*"
).fullmatch
_BLANKS = re.compile(r"[ \t\r\n]+")
_ACCENTED = re.compile(r"[\u00c0-\u024f\u1e00-\u1eff]|[\x00-\x7f][\u0300-\u036f]")
_LONG_MARK_IN_NUMBER = re.compile(r"([0-9])ー(?=[0-9])")
_QUOTED = re.compile(r'["“”„«»]([^"“”„«»]*)["“”„«»]')
_BETWEEN = r"[-()./ ]{0,2}"
_BETWEEN_ZERO = rf"[-. ]?(?:\(0\))?{_BETWEEN}"
_PHONE = re.compile(
    rf"[+0(](?:(?:(?<=\+)81|(?<=0)081){_BETWEEN_ZERO}|(?<=0)|(?<=\()0)"
    rf"[0-9]{{1,4}}{_BETWEEN}[0-9]{{1,4}}{_BETWEEN}[0-9]{{3,4}}(?![0-9])"
    rf"|\+[1-9](?:{_BETWEEN}[0-9]){{7,14}}(?![0-9])"
)
_BEFORE_NO_PHONE = frozenset("0123456789abcdefghijklmnopqrstuvwxyz+")
LONGEST_WORD = 64
# A tsvector of PostgreSQL knows 16,383 positions; more words of one text are not indexed.
MOST_TOKENS = 16_000
MOST_PHRASES = 12


class Phrase(NamedTuple):
    """Neighbouring tokens to be found together.

    With `prefix` the last of them may be the beginning of a token: one character alone is, in an index of pairs.
    `phone` is the token of the telephone number that this is a writing of; finding it is as good.
    """

    tokens: tuple[str, ...]
    prefix: bool = False
    phone: str | None = None


def fold(text: str) -> str:
    """One spelling for what a person takes as the same word: width, kana, case, accents, old forms of kanji.

    Latin letters lose their accents; kana keep their voicing marks (は is not ば).
    """
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold().translate(_FOLDED)
    if _ACCENTED.search(text):
        text = _without_latin_accents(text)
    return _LONG_MARK_IN_NUMBER.sub(r"\1-", text)


def _without_latin_accents(text: str) -> str:
    kept: list[str] = []
    base = ""
    for char in unicodedata.normalize("NFD", text):
        if not unicodedata.combining(char):
            base = char
        elif base.isascii() and "\u0300" <= char <= "\u036f":
            continue
        kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))


# ------------------------------------------------------------------------------------------------ the index


def tokens(text: str) -> list[str]:
    """The search tokens of a text, in its order: words of spaced scripts, pairs (and last characters) of CJK runs."""
    return _tokens(fold(text))


def _tokens(folded: str) -> list[str]:
    found: list[str] = []
    for run in _RUNS.findall(folded):
        if _IS_CJK(run):
            joined = _BLANKS.sub("", run) if "\n" in run else run
            found.extend(map(add, joined, joined[1:]))
            found.append(joined[-1])
        else:
            found.append(run[:LONGEST_WORD])
        if len(found) >= MOST_TOKENS:
            return found[:MOST_TOKENS]
    return found


def is_cjk(token: str) -> bool:
    """Whether a token is a piece of a run without blanks: a pair, or the last character."""
    return _IS_CJK(token) is not None


def index_text(text: str) -> str:
    """What goes into the search index: tokens separated by blanks, telephone numbers at the end."""
    folded = fold(text)
    found = _tokens(folded)
    found += dict.fromkeys(phone for phone, _, _ in islice(_phones(folded), 50))
    return " ".join(found)


def phone(written: str) -> str | None:
    """The token of a telephone number in any writing (`090-1234-5678`, `+81 90 1234 5678`); None for other texts."""
    folded = fold(written).strip()
    for token, start, end in _phones(folded):
        if start == 0 and end == len(folded):
            return token
    return None


def _phones(folded: str) -> Iterator[tuple[str, int, int]]:
    for match in _PHONE.finditer(folded):
        if match.start() and folded[match.start() - 1] in _BEFORE_NO_PHONE:
            continue
        digits = "".join(char for char in match[0].replace("(0)", "") if char in "0123456789+")
        digits = re.sub(r"^(?:\+81|0081)0?", "0", digits)
        if (digits[0] == "0" and 10 <= len(digits) <= 11) or (digits[0] == "+" and len(digits) >= 9):
            yield "_tel" + digits.lstrip("+"), match.start(), match.end()


# ------------------------------------------------------------------------------------------------ queries


def phrases(query: str) -> list[Phrase]:
    """A query as phrases that must all be found. Blanks part them; quoted words and telephone numbers stay together.

    A word of a spaced script that ends with `*` is the beginning of a word.
    """
    folded = fold(query)
    wanted: list[Phrase] = []
    for phrase_at in _QUOTED.finditer(folded):
        wanted.append(_phrase(phrase_at[1]))
    rest = _QUOTED.sub(" ", folded)
    for token, start, end in list(_phones(rest)):
        wanted.append(Phrase(tuple(_tokens(rest[start:end])), phone=token))
        rest = rest[:start] + " " * (end - start) + rest[end:]
    wanted.extend(_phrase(part) for part in rest.split())
    return list(dict.fromkeys(phrase for phrase in wanted if phrase.tokens))[:MOST_PHRASES]


def _phrase(part: str) -> Phrase:
    runs: list[str] = _RUNS.findall(part)
    found = _tokens(part)[:LONGEST_WORD]
    prefix = part.endswith("*")
    if runs and _IS_CJK(runs[-1]) and len(found) < LONGEST_WORD:
        # The text may go on where the query ends, so the last character counts only when it stands alone.
        if len(_BLANKS.sub("", runs[-1])) > 1:
            found.pop()
            prefix = False
        else:
            prefix = True
    return Phrase(tuple(found), prefix)


# ------------------------------------------------------------------------------------------------ finding again


def spans(text: str, wanted: list[Phrase]) -> list[tuple[Phrase, int, int]]:
    """Where each phrase stands in the original text, as (phrase, start, end) in characters, in the text's order."""
    folded = fold(text)
    hits: list[tuple[Phrase, int, int]] = []
    for phrase in wanted:
        hits.extend((phrase, match.start(), match.end()) for match in _finder(phrase).finditer(folded))
        if phrase.phone is not None:
            hits.extend((phrase, start, end) for token, start, end in _phones(folded) if token == phrase.phone)
    if hits and not _ONE_TO_ONE(text):
        _, starts, ends = fold_with_places(text)
        hits = [(phrase, starts[start], ends[end - 1]) for phrase, start, end in hits]
    return sorted(hits, key=lambda hit: hit[1:])


@lru_cache(maxsize=512)
def _finder(phrase: Phrase) -> re.Pattern[str]:
    """Finds in a folded text what the index finds in its tokens, without making them."""
    parts: list[str] = []
    for place, token in enumerate(phrase.tokens):
        last = place == len(phrase.tokens) - 1
        before = phrase.tokens[place - 1] if place else ""
        if not _IS_CJK(token):
            open_end = (last and phrase.prefix) or len(token) == LONGEST_WORD
            parts += [_GAP if place else rf"(?<!{_LETTER})", re.escape(token), "" if open_end else rf"(?!{_LETTER})"]
        elif len(before) == 2 and _IS_CJK(before) and before[1] == token[0]:
            parts.append(_WRAP + token[1] if len(token) == 2 else rf"(?!{_WRAP}[{_CJK}])")
        else:
            parts += [_GAP if place else "", _WRAP.join(token)]
            if len(token) == 1 and not (last and phrase.prefix):
                parts.append(rf"(?!{_WRAP}[{_CJK}])")
    return re.compile("".join(parts))


def fold_with_places(text: str) -> tuple[str, list[int], list[int]]:
    """The folded text, and for each of its characters where in the original that which it came from starts and ends."""
    folded: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _CLUSTERS.finditer(text):
        piece = _fold_cluster(match[0])
        folded.append(piece)
        starts.extend([match.start()] * len(piece))
        ends.extend([match.end()] * len(piece))
    return _LONG_MARK_IN_NUMBER.sub(r"\1-", "".join(folded)), starts, ends


# A character with everything that Unicode composes with it: accents, half-width voicing marks, Hangul letters.
_CLUSTERS = re.compile(
    r".[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u093c\u094d\u0e31-\u0e3a\u0e47-\u0e4e"
    r"\u1160-\u11ff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\u302a-\u302f\u3099\u309a\uff9e-\uffdc\ufe00-\ufe0f\ufe20-\ufe2f"
    r"\U000e0100-\U000e01ef]*",
    re.DOTALL,
)


@lru_cache(maxsize=16384)
def _fold_cluster(cluster: str) -> str:
    return fold(cluster)


_JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")


def guess(text: str) -> str | None:
    """ "ja" or "en" by the letters used, None when there is too little to tell."""
    sample = text[:2000]
    japanese = 0 if sample.isascii() else len(_JAPANESE.findall(sample))
    latin = len(_LATIN.findall(sample))
    if japanese >= 2 and japanese * 4 >= latin:
        return "ja"
    return "en" if latin >= 4 else None
