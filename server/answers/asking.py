"""What a customer's message asks of the desk besides its question: a person, care, or nothing that can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from server.answers import wordlists
from server.answers.manners import Reason
from server.answers.settings import AnswerSettings
from server.faq.plain import plain
from server.faq.views import Content
from server.language import fold, guess

MOST_CHARACTERS = 20_000
"""Whoever writes more is read by a person."""
SHOUTED = re.compile(r"[!！?？]{3,}")
QUOTE_JA, QUOTE_LATIN = 16, 40
"""So many characters in a row are no chance: they were copied from the article."""
_SPACES = re.compile(r"\s+")


def delicate(text: str, settings: AnswerSettings) -> tuple[Reason | Literal[""], str]:
    """Why a person should read it, and the word that says so; empty where nothing does."""
    groups: tuple[tuple[Reason, str], ...] = (
        ("asks_person", "person"),
        ("sensitive", "sensitive"),
        ("angry", "angry"),
    )
    for reason, group in groups:
        if found := wordlists.said(text, settings.phrases(group)):
            return reason, found
    if SHOUTED.search(text) or _shouts(text):
        return "angry", "!!!"
    return "", ""


def unreadable(row: Any, files: bool) -> Reason | Literal[""]:
    """Why there is nothing to match in a message's row."""
    if row.automatic is not None:
        return "automatic"
    if row.withdrawn_at is not None:
        return "withdrawn"
    if row.agent_id is not None:
        return "written_down"
    if files:
        return "files"
    card: dict[str, Any] = row.card or {}
    if not row.text.strip() or card.get("kind") not in (None, "marked", "tapped"):
        return "no_words"
    return "too_long" if len(row.text) > MOST_CHARACTERS else ""


def quotes(text: str, content: Content) -> bool:
    """Whether a message repeats the article's own answer: whoever does knows it, and asks for something else."""
    said = _squeezed(text)
    for words in content.words.values():
        known = _squeezed("\n".join([words.question, *words.phrasings]))
        for answer in (words.short, plain(words.full)):
            squeezed = _squeezed(answer)
            length = QUOTE_LATIN if guess(answer) == "en" else QUOTE_JA
            if len(squeezed) >= length and any(one not in known for one in _shared(said, squeezed, length)):
                return True
    return False


def _shared(said: str, answer: str, length: int) -> Iterable[str]:
    stretches = {answer[place : place + length] for place in range(len(answer) - length + 1)}
    return (
        stretch for place in range(len(said) - length + 1) if (stretch := said[place : place + length]) in stretches
    )


def _squeezed(text: str) -> str:
    return _SPACES.sub("", fold(text))


def _shouts(text: str) -> bool:
    letters = [char for char in text if char.isascii() and char.isalpha()]
    return len(letters) >= 20 and sum(char.isupper() for char in letters) > 0.8 * len(letters)
