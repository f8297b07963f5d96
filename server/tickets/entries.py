"""What a ticket and its messages are found by: the texts, and the entries that the search index keeps of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from server import language
from server.customers.queries import UNSPOKEN
from server.database import Transaction
from server.tickets.rows import several

MOST_HEAD_TOKENS = 1000


class Head(NamedTuple):
    """What a ticket is found by, apart from its messages: the texts, and their tokens with the ticket's marks."""

    number: int
    subject: str
    texts: list[str]
    words: str
    merged: bool


def records(tx: Transaction, where: str) -> list[Any]:
    """What of messages (`m`) their entries are made of."""
    return tx.all(f"SELECT m.id, m.ticket_number, m.subject, m.text, m.withdrawn_at FROM message m WHERE {where}")


def entries(tx: Transaction, rows: list[Any], heads: dict[int, Head]) -> list[dict[str, Any]]:
    """The index entries of messages."""
    names = filenames(tx, [record.id for record in rows])
    return [
        {
            "id": record.id,
            "head": heads[record.ticket_number].words,
            "body": language.index_text("\n\n".join(texts(record, heads[record.ticket_number].subject, names))),
        }
        for record in {record.id: record for record in rows}.values()
    ]


def texts(record: Any, subject: str, names: dict[int, list[str]]) -> list[str]:
    """The texts that a message is found by: its own, its subject where it is not the ticket's, its files' names."""
    if record.withdrawn_at is not None:
        return []
    own = [record.subject] if record.subject and (not subject or subject not in record.subject) else []
    return [record.text, *own, *names.get(record.id, ())]


def filenames(tx: Transaction, messages: Iterable[int]) -> dict[int, list[str]]:
    """The names of the files of messages."""
    found: dict[int, list[str]] = defaultdict(list)
    for row in tx.all(
        f"SELECT message_id, filename FROM attachment WHERE message_id IN ({several(messages)}) ORDER BY id"
    ):
        found[row.message_id].append(row.filename)
    return found


def describe(tx: Transaction, numbers: Iterable[int]) -> dict[int, Head]:
    """What each ticket is found by, apart from its messages."""
    rows = tx.all(
        "SELECT t.number, t.subject, t.fields, t.spam, t.merged_into, t.customer_id, k.name, k.kana, k.company"
        f" FROM ticket t JOIN customer k ON k.id = t.customer_id WHERE t.number IN ({several(numbers)})"
    )
    contacts: dict[int, list[str]] = defaultdict(list)
    customers = {row.customer_id for row in rows}
    for contact in tx.all(
        f"SELECT customer_id, kind, address, name FROM contact WHERE customer_id IN ({several(customers)}) ORDER BY id"
    ):
        contacts[contact.customer_id] += _contact(contact)
    heads: dict[int, Head] = {}
    for row in rows:
        written = [row.subject, row.name, row.kana, row.company, *contacts[row.customer_id]]
        written += [str(value) for value in row.fields.values() if isinstance(value, str | int)]
        texts = [text for text in dict.fromkeys(written) if text]
        words = f"{_head_words(tuple(texts), row.name, row.kana)} _n{row.number}"
        if row.spam:
            words += " _spam"
        heads[row.number] = Head(row.number, row.subject, texts, words, row.merged_into is not None)
    return heads


@lru_cache(maxsize=4096)
def _head_words(texts: tuple[str, ...], *names: str) -> str:
    """The tokens of a ticket's texts, and of the names without blanks: 山田 太郎 is asked for as 山田太郎 too."""
    joined = [name.replace(" ", "").replace("\u3000", "") for name in names]
    found = language.index_text("\n\n".join([*texts, *(name for name in joined if name not in texts)]))
    return " ".join(found.split(" ", MOST_HEAD_TOKENS)[:MOST_HEAD_TOKENS])


def _contact(contact: Any) -> list[str]:
    texts = [contact.name]
    if contact.kind.partition("-")[0] not in UNSPOKEN:
        texts.append(contact.address)
    number = language.phone(contact.address)
    if number is not None:
        # Shops ask for "the last four"; the whole is found in any writing by its token.
        texts.append(f"{number.removeprefix('_tel')} {contact.address[-4:]}")
    return texts
