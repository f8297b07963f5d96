"""What can be asked about notices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from server.customers.orders import tracking
from server.database import Transaction
from server.errors import Invalid, NotFound
from server.notices.views import NoticePage, NoticeView

STATES = ("planned", "held", "sent", "skipped", "task", "cancelled")


def one(tx: Transaction, id: int) -> NoticeView:
    """A notice. Raises `NotFound`."""
    found = _views(tx, tx.all("SELECT * FROM notice WHERE id = :id", id=id))
    if not found:
        raise NotFound("There is no notice {id}.", id=id)
    return found[0]


def of(tx: Transaction, about: str) -> list[NoticeView]:
    """Every notice about an order (order:12), in the order they were planned."""
    return _views(tx, tx.all("SELECT * FROM notice WHERE about = :about ORDER BY id", about=about))


def of_customer(tx: Transaction, customer: int, *, limit: int = 50) -> list[NoticeView]:
    """A customer's notices, newest first."""
    rows = tx.all(
        "SELECT * FROM notice WHERE customer_id = :id ORDER BY id DESC LIMIT :limit", id=customer, limit=limit
    )
    return _views(tx, rows)


def page(
    tx: Transaction,
    *,
    state: str = "",
    kind: str = "",
    number: str = "",
    limit: int = 50,
    after: str | None = None,
) -> NoticePage:
    """Notices, newest first; of one state, of one kind, about the order of one number. Raises `Invalid`."""
    if state and state not in STATES:
        raise Invalid(fields={"state": "is not one of the choices"})
    if after and not after.isdecimal():
        raise Invalid(fields={"after": "is no cursor of ours"})
    where = ["id < :last"]
    values: dict[str, Any] = {"last": int(after) if after else 2**62}
    if state:
        where.append("state = :state")
        values["state"] = state
    if kind:
        where.append("kind = :kind")
        values["kind"] = kind
    if number:
        found = tx.all("SELECT id FROM orders WHERE number_key = :key", key=tracking.key(number))
        where.append(f"about IN ({', '.join(repr(f'order:{row.id}') for row in found) or 'NULL'})")
    rows = tx.all(
        f"SELECT * FROM notice WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT :limit", **values, limit=limit + 1
    )
    items = _views(tx, rows[:limit])
    return NoticePage(items=items, next=str(items[-1].id) if len(rows) > limit else None)


def _views(tx: Transaction, rows: Sequence[Any]) -> list[NoticeView]:
    if not rows:
        return []
    ids = ", ".join(str(int(row.letter_id)) for row in rows if row.letter_id is not None) or "NULL"
    letters: dict[int, Any] = {}
    for each in tx.all(
        "SELECT l.id, l.first_id, l.state, l.words, l.recipient, l.ticket_number, a.kind FROM letter l"
        f" JOIN channel_account a ON a.id = l.account_id WHERE l.id IN ({ids}) OR l.first_id IN ({ids}) ORDER BY l.id"
    ):
        letters[each.first_id or each.id] = each
    people = ", ".join({str(int(row.customer_id)) for row in rows if row.customer_id is not None}) or "NULL"
    names = {each.id: each.name for each in tx.all(f"SELECT id, name FROM customer WHERE id IN ({people})")}
    about = {row.about: int(row.about.removeprefix("order:")) for row in rows if row.about.startswith("order:")}
    orders = ", ".join(map(str, about.values())) or "NULL"
    numbers = {each.id: each.number for each in tx.all(f"SELECT id, number FROM orders WHERE id IN ({orders})")}
    return [
        _view(row, letters.get(row.letter_id), names.get(row.customer_id, ""), about.get(row.about), numbers)
        for row in rows
    ]


def _view(row: Any, letter: Any, name: str, order: int | None, numbers: dict[int, str]) -> NoticeView:
    plain = ("id", "kind", "about", "subject", "revision", "copy_no", "state", "reason", "words", "moment_at", "due_at",
             "created_at", "settled_at")  # fmt: skip
    return NoticeView(
        **{each: getattr(row, each) for each in plain},
        customer=row.customer_id,
        customer_name=name,
        letter=letter.id if letter is not None else None,
        letter_state=letter.state if letter is not None else "",
        letter_words=letter.words if letter is not None else "",
        way=letter.kind if letter is not None else "",
        recipient=letter.recipient if letter is not None else "",
        order=order,
        number=numbers.get(order or 0, ""),
        ticket=letter.ticket_number if letter is not None else None,
    )
