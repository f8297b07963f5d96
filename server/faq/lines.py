"""The matcher on standard input and output: JSON lines, so that changes to articles can be tried offline.

`{"op":"add","id","question","alternatives":[…],"answer","lang"}` adds an article (or replaces it) and answers nothing;
`{"op":"query","id","text"}` answers `{"id","decision":"answer|suggest|none","entries":[{"id","confidence"},…]}`.
Ids are given back as they came. A line that cannot be read is told of and left out, and the next one is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

import msgspec

from server import language
from server.faq.encoders import Encoder
from server.faq.matching import Matcher
from server.faq.questions import read
from server.faq.views import Decision


class Add(msgspec.Struct, frozen=True, tag_field="op", tag="add"):
    """An article."""

    id: str | int
    question: str
    alternatives: list[str] | None = None
    answer: str | None = None
    lang: str | None = None


class Query(msgspec.Struct, frozen=True, tag_field="op", tag="query"):
    """A message."""

    id: str | int
    text: str | None = None


class Remove(msgspec.Struct, frozen=True, tag_field="op", tag="remove"):
    """An article to forget."""

    id: str | int


class Likely(msgspec.Struct, frozen=True):
    """An article that may be the answer, under the id that it was added with."""

    id: str | int
    confidence: float


class Answer(msgspec.Struct, frozen=True):
    """What the desk would do with the message."""

    id: str | int
    decision: Decision
    entries: list[Likely]


_read = msgspec.json.Decoder(Add | Query | Remove).decode
_write = msgspec.json.Encoder().encode


def match_lines(lines: TextIO, out: TextIO, encoder: Encoder, complain: Callable[[str], None]) -> bool:
    """Do what each line says, until they end; starts without articles. Whether all of them could be read."""
    matcher = Matcher(encoder)
    ids: dict[str, str | int] = {}
    all_read = True
    for number, line in enumerate(lines, 1):
        if not line.strip("\ufeff \t\r\n"):
            continue
        try:
            told = _read(line.removeprefix("\ufeff"))
        except (msgspec.MsgspecError, UnicodeError) as error:
            all_read = False
            complain(f"Line {number}: {error}")
            continue
        match told:
            case Add():
                phrasings = [told.question, *(told.alternatives or ())]
                ids[str(told.id)] = told.id
                matcher.put(str(told.id), _language(told.lang, phrasings), phrasings)
            case Remove():
                matcher.remove(str(told.id))
            case Query():
                found = read(matcher, told.text or "", heard=True)
                entries = [Likely(ids[entry.id], entry.confidence) for entry in found.entries]
                out.write(_write(Answer(told.id, found.decision, entries)).decode() + "\n")
                out.flush()
    return all_read


def _language(told: str | None, phrasings: list[str]) -> str:
    """ "ja" or "en": what was said ("EN", "ja-JP"), else what the phrasings look like."""
    said = (told or "").replace("_", "-").partition("-")[0].strip().lower()
    return said if said in ("ja", "en") else language.guess(" ".join(phrasings)) or "en"
