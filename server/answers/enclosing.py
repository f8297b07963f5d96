"""An article's files beside its answer: what goes along, and what is only linked to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from channels.wording import say
from server.answers.speaking import FileLinks
from server.database import Transaction
from server.delivery import Attached
from server.faq.views import Content

MOST_IN_CHATS = 3
"""Files that go along where people chat: LINE takes five bubbles with a free reply, and long words are two of them."""
LARGEST_IN_LETTERS = 1_000_000
MOST_IN_LETTERS = 3_000_000
"""In bytes: larger files, and all of them together, fill mailboxes and are refused by some; their links arrive."""


class Linked(NamedTuple):
    """A file with its address."""

    name: str
    size: int
    url: str


class Enclosed(NamedTuple):
    """The files of an answer. `attached` go along, `linked` do not; `addresses` has every file by its name."""

    attached: tuple[Attached, ...] = ()
    linked: tuple[Linked, ...] = ()
    addresses: Mapping[str, str] = {}


def enclose(tx: Transaction, article: int, content: Content, links: FileLinks | None, *, chat: bool) -> Enclosed:
    """What goes along with an article, in its order; without `links` everything does."""
    attached: list[Attached] = []
    linked: list[Linked] = []
    addresses: dict[str, str] = {}
    for row in _rows(tx, article, content):
        url = links.of(row.id, row.name) if links is not None else ""
        if url:
            addresses[row.name] = url
        if not url or _fits(attached, row.size, chat=chat):
            attached.append(Attached(row.name, row.content_type, row.size, row.digest))
        else:
            linked.append(Linked(row.name, row.size, url))
    return Enclosed(tuple(attached), tuple(linked), addresses)


def all_linked(tx: Transaction, article: int, content: Content, links: FileLinks) -> tuple[Linked, ...]:
    """Every file of an article with its address, where each turn is one message."""
    return tuple(Linked(row.name, row.size, links.of(row.id, row.name)) for row in _rows(tx, article, content))


def listed(language: str, linked: tuple[Linked, ...]) -> str:
    """Files that did not go along, in words: name, size and address of each."""
    lines = [f"{one.name} ({_size(one.size)})\n{one.url}" for one in linked]
    return "\n".join([say(language, "Files:"), *lines]) if lines else ""


def _rows(tx: Transaction, article: int, content: Content) -> list[Any]:
    """The article's files in the order in which they are named."""
    if not content.attachments:
        return []
    rows = {row.id: row for row in tx.all("SELECT * FROM article_file WHERE article_id = :id", id=article)}
    return [rows[id] for id in content.attachments if id in rows]


def _fits(attached: list[Attached], size: int, *, chat: bool) -> bool:
    if chat:
        return len(attached) < MOST_IN_CHATS
    return size <= LARGEST_IN_LETTERS and sum(one.size for one in attached) + size <= MOST_IN_LETTERS


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 100_000 else f"{max(size / 1000, 0.1):.1f} kB"
