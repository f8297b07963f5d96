"""Names of people: how they are put together and shown, and how two writings of one name are compared."""

from __future__ import annotations

import re

from server.language import fold, is_cjk

# What stands after a name and is none of it.
_HONORIFICS = re.compile(r"(?:さま|さん|くん|ちゃん|様|殿|御中|先生|君|氏)$")
_TITLES = re.compile(r"^(?:mr|mrs|ms|miss|dr|prof)\.?\s+")
_BLANKS = re.compile(r"[\s・·,.'’`_-]+")
_COMPANY = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|一般社団法人|一般財団法人|公益社団法人|公益財団法人|社団法人|財団法人"
    r"|医療法人|学校法人|\((?:株|有|同|資|名|社|財|医|学)\)|,?\s*\b(?:co\.?,?\s*ltd|inc|corp|corporation|llc|ltd|gmbh|k\.?k)\b\.?"
)


def together(family: str, given: str) -> str:
    """A name as it is shown: family name first where it is written in kanji, kana (also ﾔﾏﾀﾞ) or hangul."""
    if is_cjk(fold(family)[:1]):
        return f"{family} {given}".strip()
    return f"{given} {family}".strip()


def key(name: str) -> str:
    """A name as it is compared: folded (width, kana, old kanji), without blanks, titles and honorifics."""
    folded = _TITLES.sub("", fold(name).strip())
    joined = _BLANKS.sub("", folded)
    return _HONORIFICS.sub("", joined) or joined


def company_key(name: str) -> str:
    """A company's name as it is compared: `㈱山手物産` and `山手物産株式会社` are the same."""
    return _BLANKS.sub("", _COMPANY.sub("", fold(name)))


def parts(name: str) -> tuple[str, str]:
    """Family and given name of a Japanese name written with a blank between them; else the whole and nothing.

    `山田 太郎` → (`山田`, `太郎`). Nobody's name is guessed apart: 山田太郎 stays whole.
    """
    pieces = name.split()
    if len(pieces) == 2 and is_cjk(fold(pieces[0])[:1]):
        return pieces[0], pieces[1]
    return name.strip(), ""


# ------------------------------------------------------------------------------------------------ kana in Latin

_SINGLE = dict(
    zip(
        "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわゐゑをんがぎぐげござじずぜぞ"
        "だぢづでどばびぶべぼぱぴぷぺぽぁぃぅぇぉゔ",
        [
            "a",
            "i",
            "u",
            "e",
            "o",
            "ka",
            "ki",
            "ku",
            "ke",
            "ko",
            "sa",
            "shi",
            "su",
            "se",
            "so",
            "ta",
            "chi",
            "tsu",
            "te",
            "to",
            "na",
            "ni",
            "nu",
            "ne",
            "no",
            "ha",
            "hi",
            "fu",
            "he",
            "ho",
            "ma",
            "mi",
            "mu",
            "me",
            "mo",
            "ya",
            "yu",
            "yo",
            "ra",
            "ri",
            "ru",
            "re",
            "ro",
            "wa",
            "i",
            "e",
            "o",
            "n",
            "ga",
            "gi",
            "gu",
            "ge",
            "go",
            "za",
            "ji",
            "zu",
            "ze",
            "zo",
            "da",
            "ji",
            "zu",
            "de",
            "do",
            "ba",
            "bi",
            "bu",
            "be",
            "bo",
            "pa",
            "pi",
            "pu",
            "pe",
            "po",
            "a",
            "i",
            "u",
            "e",
            "o",
            "vu",
        ],
        strict=True,
    )
)
_SMALL = {"ゃ": "ya", "ゅ": "yu", "ょ": "yo"}
_SAME = (
    ("sya", "sha"), ("syu", "shu"), ("syo", "sho"), ("tya", "cha"), ("tyu", "chu"), ("tyo", "cho"),
    ("zya", "ja"), ("zyu", "ju"), ("zyo", "jo"), ("jya", "ja"), ("jyu", "ju"), ("jyo", "jo"),
    ("tch", "cch"), ("mb", "nb"), ("mp", "np"), ("mm", "nm"),
)  # fmt: skip
_SINGLES = ((re.compile(r"si"), "shi"), (re.compile(r"ti"), "chi"), (re.compile(r"tu"), "tsu"),
            (re.compile(r"zi"), "ji"), (re.compile(r"hu"), "fu"), (re.compile(r"(?<![a-z])l"), "r"))  # fmt: skip
_LONG = re.compile(r"ou|oo|oh(?![aiueo])|uu")


def romaji(kana: str) -> str:
    """A reading in Latin letters, long vowels short: `オオノ ショウコ` → `ono shoko`. Other characters stay."""
    made: list[str] = []
    doubled = False
    for char in fold(kana):
        if char == "っ":
            doubled = True
            continue
        if char in _SMALL and made and made[-1][-1:] == "i":
            head = made[-1][:-1]
            piece = _SMALL[char][1:] if head.endswith(("sh", "ch", "j")) else _SMALL[char]
            made[-1] = head + piece
            continue
        if char == "ー":
            continue
        piece = _SINGLE.get(char, char)
        made.append(piece[0] + piece if doubled and piece[0].isalpha() else piece)
        doubled = False
    return latin("".join(made))


def latin(written: str) -> str:
    """Latin letters as they are compared: kunrei and Hepburn spelling, long and short vowels are the same."""
    text = fold(written)
    for old, new in _SAME:
        text = text.replace(old, new)
    for pattern, new in _SINGLES:
        text = pattern.sub(new, text)
    return _LONG.sub(lambda match: match[0][0], text)
