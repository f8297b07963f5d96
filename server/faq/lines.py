"""The matcher on standard input and output: JSON lines, so that changes to articles can be tried offline.

`{"op":"add","id","question","alternatives":[…],"answer","lang"}` adds an article (or replaces it) and answers nothing;
`{"op":"query","id","text"}` answers `{"id","decision":"answer|suggest|none","entries":[{"id","confidence"},…]}`.
"""

from __future__ import annotations

from typing import TextIO

import msgspec

from server import language
from server.errors import Invalid
from server.faq.encoders import Encoder
from server.faq.matching import Matcher
from server.faq.questions import read
from server.faq.views import Decision, Entry


class Add(msgspec.Struct, frozen=True, tag_field="op", tag="add"):
    """An article."""

    id: str
    question: str
    alternatives: list[str] = []
    answer: str = ""
    lang: str = ""


class Query(msgspec.Struct, frozen=True, tag_field="op", tag="query"):
    """A message."""

    id: str
    text: str


class Remove(msgspec.Struct, frozen=True, tag_field="op", tag="remove"):
    """An article to forget."""

    id: str


class Answer(msgspec.Struct, frozen=True):
    """What the desk would do with the message."""

    id: str
    decision: Decision
    entries: list[Entry]


_read = msgspec.json.Decoder(Add | Query | Remove).decode
_write = msgspec.json.Encoder().encode


def match_lines(lines: TextIO, out: TextIO, encoder: Encoder) -> None:
    """Do what each line says, until they end. Starts without articles. Raises `Invalid`, naming the line."""
    matcher = Matcher(encoder)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            told = _read(line)
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise Invalid(f"Line {number}: {error}") from error
        match told:
            case Add():
                phrasings = [told.question, *told.alternatives]
                matcher.put(told.id, told.lang or language.guess(" ".join(phrasings)) or "en", phrasings)
            case Remove():
                matcher.remove(told.id)
            case Query():
                found = read(matcher, told.text, heard=True)
                out.write(_write(Answer(told.id, found.decision, found.entries)).decode() + "\n")
                out.flush()
