"""The parts that a letter's text consists of, as people write them: read once, drawn as a mail's HTML and as a card.

A heading stands between lines (─ ご注文内容 ─), a label is parted from its value by a colon and a space, an article
from its price by two spaces, and an address of its own line or behind a label is a button.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

HEADING = re.compile(r"[─━■□◆◇]+\s*(?P<words>[^─━\s].*?)\s*[─━]*")
RULE = re.compile(r"[─━=＝*\-]{2,}")
ITEM = re.compile(r"[・•\-–]\s?(?P<left>.+?)(?: {2,}|\t+)(?P<right>\S.*)")
LOOSE = re.compile(r"(?P<left>[^\s:：].*?) {2,}(?P<right>\S.*)")
PAIR = re.compile(r"(?P<label>[^\s:：・][^:：。、,]{0,29}?)\s*(?::(?:\s+|(?=https?://))|：\s*)(?P<value>\S.*)")
SENTENCE = re.compile(r"[a-z]\S* .*[.!?]")
"""What goes on with a sentence is no value of a label: "We are sorry: it will take a day longer."."""
SHORT = 3
"""Lines that may stand between two lines across and still belong to the foot."""
URL = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")


class Heading(NamedTuple):
    """A few words above what follows."""

    words: str


class Row(NamedTuple):
    """A label and its value; of an `article` the right is its price."""

    left: str
    right: str
    article: bool = False


class Button(NamedTuple):
    """An address to open; the label is empty where the text gives none."""

    label: str
    url: str


class Paragraph(NamedTuple):
    """Lines of plain words."""

    lines: tuple[str, ...]


class Rule(NamedTuple):
    """A line across."""


Block = Heading | Row | Button | Paragraph | Rule


class Read(NamedTuple):
    """A text as its parts; `foot` is what stands below its last line across: the signature."""

    body: tuple[Block, ...]
    foot: tuple[Block, ...]


def read(text: str) -> Read:
    """The parts of a letter's text, in their order. A signature may stand between lines of its own."""
    found = list(_blocks(text))
    while found and isinstance(found[-1], Rule):
        found.pop()
    rules = [place for place, block in enumerate(found) if isinstance(block, Rule)]
    if not rules:
        return Read(tuple(found), ())
    begins = rules.pop()
    while rules and _short(found[rules[-1] + 1 : begins]):
        begins = rules.pop()
    return Read(tuple(found[:begins]), tuple(found[begins + 1 :]))


def _short(between: Sequence[Block]) -> bool:
    """Whether what stands between two lines is a shop's name and the like."""
    return sum(len(block.lines) if isinstance(block, Paragraph) else SHORT + 1 for block in between) <= SHORT


def _blocks(text: str) -> Iterator[Block]:
    loose: list[str] = []
    for line in [*text.replace("\r\n", "\n").split("\n"), ""]:
        block = _block(line.strip())
        if block is None and line.strip():
            loose.append(line.rstrip())
            continue
        if loose:
            yield Paragraph(tuple(loose))
            loose = []
        if block is not None:
            yield block


def _block(line: str) -> Block | None:
    if not line:
        return None
    if RULE.fullmatch(line):
        return Rule()
    if (found := HEADING.fullmatch(line)) is not None:
        return Heading(found["words"])
    if (found := ITEM.fullmatch(line)) is not None:
        return Row(found["left"].strip(), found["right"].strip(), True)
    if URL.fullmatch(line):
        return Button("", line)
    if (found := PAIR.fullmatch(line)) is not None and not SENTENCE.fullmatch(found["value"]):
        value = found["value"].strip()
        return Button(found["label"], value) if URL.fullmatch(value) else Row(found["label"], value)
    if (found := LOOSE.fullmatch(line)) is not None:
        return Row(found["left"], found["right"], True)
    return None


def rows(blocks: Sequence[Block]) -> Iterator[Block | list[Row]]:
    """The blocks, with rows that follow each other as one list."""
    together: list[Row] = []
    for block in blocks:
        if isinstance(block, Row):
            together.append(block)
            continue
        if together:
            yield together
            together = []
        yield block
    if together:
        yield together
