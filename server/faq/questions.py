"""What a message asks: greetings and thanks cut away, the asking sentences of a long one found, questions told apart.

A message of several questions is never answered by itself: one answer would be half an answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from server.faq.views import NOTHING, Entry, Match
from server.language import guess

if TYPE_CHECKING:
    from server.faq.matching import Matcher

MOST = 3
"""Articles that are found for a message."""
SHORT = 120
"""A message of at most so many characters is read whole."""
MOST_READ = 4_000
"""Characters of a message that are read: of a longer one as many at its beginning as at its end. What is asked stands
in one of them, with what was copied or told between."""
MOST_SENTENCES = 6
"""Asking sentences that are read, in the same way."""
TOGETHER = 16
"""Pieces of messages that the matcher is asked about at once."""

_END = re.compile(r"(?<=[。！？!?\n])\s*|(?<=[.!?])\s+")
_POLITE = re.compile(
    r"^(?:(?:いつも|大変|平素より)?(?:大変)?お世話になって(?:おり|い)ます|はじめまして|初めまして|こんにち[はわ]|こんばん[はわ]|おはようございます"
    r"|(?:大変)?お疲れ様です|(?:どうぞ)?(?:よろしく|宜しく)お?願い(?:いた|致)?(?:し|申し上げ)ます|(?:以上|失礼)(?:、|いたします|します|です)?.{0,12}"
    r"|(?:ありがとう|有難う|有り難う)ございま(?:す|した)"
    r"|(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))\b[^.?]{0,40}"
    r"|(?:thanks|thank you|many thanks|best|kind|warm)\b[^?]{0,60}|(?:best |kind |warm )?regards\b.{0,40}"
    r"|(?:sincerely|cheers|yours)\b.{0,40})[\s。、,.!！]*$",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"(?:(?:いつも|大変|平素より)*お世話(?:に|様に)なって(?:おり|い)ます|お世話様です|はじめまして|初めまして|こんにち[はわ]|こんばん[はわ]"
    r"|おはよう(?:ございます)?|(?:大変)?お疲れ様です|どうも|もしもし"
    r"|(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings)"
    r"(?:[ ,]+(?:there|all|again|everyone|team|support|sir|madam|or|sirs|to whom it may concern))*)"
    r"[\s。、,.!！?？〜~ー:;)(^\W]*",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"^.{0,24}(?:御中|様|担当者様|各位)[\s、。]*$")
_INTRODUCTION = re.compile(
    r"^.{0,20}(?:と申します|でございます|です)[。\s]*$|^(?:my name is|this is|i am|i'm) [\w .]{2,40}$", re.I
)
_ASKS = re.compile(
    r"[?？]|(?:でしょう|ます|です|ました|ません|でした|せん)か[。\s]*$|(?:教えて|知りたい|お知らせ|ご教示|ご案内|お願い|ください|下さい|たい(?:です|のですが|んですが|んですけど)?[。\s]*$"
    r"|ほしい|欲しい|できない|できません|届かない|届きません|わからない|分からない|わかりません|困って)"
    r"|\b(?:how|what|when|where|why|who|which|can|could|do|does|did|is|are|will|would|should|may)\b[^.]*\?"
    r"|\b(?:i (?:want|need|would like|'d like|can't|cannot|haven't|have not|am unable)|please|help|tell me|let me know)"
    r"\b|\bexplain\b",
    re.IGNORECASE,
)
# A line that goes on: mail is wrapped in the middle of sentences.
_WRAPPED = re.compile(r"(?<=[^\s。！？!?.、,:])\n(?=[ぁ-んァ-ヶ一-龠a-z])")
_LIST = re.compile(r"^\s*(?:[-*・●■①-⑳]|\(?[0-9１-９]{1,2}[.)．）])\s*")


def sentences(text: str) -> list[str]:
    """A message in sentences, without greetings, thanks, addresses and introductions."""
    text = unicodedata.normalize("NFKC", _ends(text)).replace("\r\n", "\n")
    text = _WRAPPED.sub(lambda end: "" if text[end.start() - 1] > "\u3000" else " ", text)
    found = []
    for piece in _END.split(text):
        if not (line := _LIST.sub("", piece).strip()) or not any(char.isalnum() for char in line):
            continue
        if _POLITE.match(line) or (not _ASKS.search(line) and (_ADDRESS.match(line) or _INTRODUCTION.match(line))):
            continue
        found.append(line)
    return found


def asking(text: str) -> list[str]:
    """The sentences that ask or want something, in their order; the whole text when it is short or none stands out."""
    parts = sentences(text)
    wanted = [part for part in parts if _ASKS.search(part)] or parts
    half = MOST_SENTENCES // 2
    return wanted if len(wanted) <= MOST_SENTENCES else [*wanted[:half], *wanted[-half:]]


def _ends(text: str) -> str:
    half = MOST_READ // 2
    return text if len(text) <= MOST_READ else f"{text[:half]}\n{text[-half:]}"


def only_greets(text: str) -> bool:
    """Whether a text is made of nothing but greetings: there is nothing in it to be answered."""
    plain, at = unicodedata.normalize("NFKC", text[:SHORT]).strip(), 0
    while at < len(plain) and (found := _GREETING.match(plain, at)) is not None:
        at = found.end()
    return 0 < len(plain) < SHORT and at == len(plain)


class _Plan(NamedTuple):
    """What is asked about one message: its asking sentences, the pieces that the matcher is asked, their language."""

    wanted: list[str]
    pieces: list[str]
    lang: str | None


def asks(sentence: str) -> bool:
    """Whether a sentence asks or wants something."""
    return _ASKS.search(sentence) is not None


def polite(line: str) -> bool:
    """Whether a line is only a greeting, thanks, or whom it is written to."""
    return _POLITE.match(line) is not None or _ADDRESS.match(line) is not None


def read(matcher: Matcher, text: str, lang: str | None = None, *, heard: bool = False) -> Match:
    """What the articles say to a whole message. `heard`: a customer sent it, and later ones are measured against it.

    A short one is asked as it is. Of a longer one, or one of several questions, each asking sentence is asked, and the
    whole; when two of them want different articles, or one that is sure stands beside one that nothing answers, the
    message is only suggested for.
    """
    return read_all(matcher, [text], lang, heard=heard)[0]


def read_all(matcher: Matcher, texts: Sequence[str], lang: str | None = None, *, heard: bool = False) -> list[Match]:
    """The same for several messages, which the matcher is asked about together."""
    plans = [_plan(text, lang, greeted=matcher.greeted) for text in texts]
    found: list[list[Match]] = [[] for _ in plans]
    by_language: dict[str | None, list[int]] = {}
    for place, plan in enumerate(plans):
        if plan.pieces:
            by_language.setdefault(plan.lang, []).append(place)
    for spoken, places in by_language.items():
        while places:
            some, places = _some(places, plans)
            asked = [piece for place in some for piece in plans[place].pieces]
            ends = list(accumulate(len(plans[place].pieces) for place in some))
            matches = matcher.match_all(asked, spoken, heard=[end - 1 for end in ends] if heard else ())
            for place, end in zip(some, ends, strict=True):
                found[place] = matches[end - len(plans[place].pieces) : end]
    return [_joined(plan, matches) for plan, matches in zip(plans, found, strict=True)]


def _plan(text: str, lang: str | None, *, greeted: bool) -> _Plan:
    plain = unicodedata.normalize("NFKC", _ends(text)).strip()
    if not plain or (not greeted and only_greets(plain)):
        return _Plan([], [], lang)
    wanted = list(dict.fromkeys(asking(plain)))
    whole_of_it = _whole(plain, wanted)
    short = len(wanted) <= 1 and len(plain) <= SHORT
    pieces = [whole_of_it] if short or wanted in ([], [whole_of_it]) else [*wanted, whole_of_it]
    return _Plan(wanted, pieces, lang or guess(" ".join(pieces)))


def pieces(matcher: Matcher, texts: Sequence[str]) -> list[str]:
    """All that the matcher would be asked about these messages."""
    plans = (_plan(text, None, greeted=matcher.greeted) for text in texts)
    return list(dict.fromkeys(piece for plan in plans for piece in plan.pieces))


def _some(places: list[int], plans: Sequence[_Plan]) -> tuple[list[int], list[int]]:
    """As many of the messages as have `TOGETHER` pieces, but one at least; and the rest."""
    many = 0
    for at, place in enumerate(places):
        many += len(plans[place].pieces)
        if many > TOGETHER and at:
            return places[:at], places[at:]
    return places, []


def _joined(plan: _Plan, matches: list[Match]) -> Match:
    """One answer to all that a message asks."""
    if not matches:
        return NOTHING
    if len(matches) == 1:
        return matches[0]
    whole, each = matches[-1], matches[:-1]
    best: dict[str, float] = {}
    for match in matches:
        for entry in match.entries:
            best[entry.id] = max(best.get(entry.id, 0.0), entry.confidence)
    # What each question wants first comes before what any of them wants second.
    heads = {match.entries[0].id for match in matches if match.entries}
    ordered = sorted(best.items(), key=lambda pair: (pair[0] not in heads, -pair[1]))
    entries = [Entry(id, sure) for id, sure in ordered[:MOST]]
    entries.sort(key=lambda entry: -entry.confidence)
    sure = [match for match in each if match.decision == "answer"]
    answered = {match.entries[0].id for match in sure}
    if (
        len(answered) == 1
        and whole.decision == "answer"
        and whole.entries[0].id in answered
        and _one(each, plan.wanted)
    ):
        return Match(decision="answer", entries=_first(entries, whole.entries[0]), logit=whole.logit)
    worth = any(match.decision != "none" for match in matches)
    logit = max(match.logit for match in matches)
    return Match(decision="suggest" if worth else "none", entries=entries, logit=logit)


def whole(text: str) -> str:
    """The part of a message by which it is remembered: what is asked in it, in one piece; empty for an empty one."""
    plain = unicodedata.normalize("NFKC", _ends(text)).strip()
    return _whole(plain, asking(plain)) if plain else ""


def _whole(plain: str, wanted: list[str]) -> str:
    if len(wanted) <= 1 and len(plain) <= SHORT:
        return wanted[0] if wanted else plain
    return (" ".join(wanted) if wanted else plain)[: 2 * SHORT]


def _one(each: list[Match], wanted: list[str]) -> bool:
    """Whether all that is asked is one question: every sentence that asks leads to the same article, or to none."""
    sure = next(match.entries[0].id for match in each if match.decision == "answer")
    for match, sentence in zip(each, wanted, strict=True):
        if match.decision == "answer" and match.entries[0].id != sure:
            return False
        if match.decision != "answer" and _ASKS.search(sentence) and match.entries and match.entries[0].id != sure:
            return False
    return True


def _first(entries: list[Entry], head: Entry) -> list[Entry]:
    rest = [entry for entry in entries if entry.id != head.id]
    return [head, *(Entry(entry.id, min(entry.confidence, head.confidence)) for entry in rest)][:MOST]
