"""What can be asked about notices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec

from server import customers
from server.accounts import desk_settings
from server.customers.orders import tracking
from server.database import Transaction
from server.delivery.fates import fate
from server.errors import Invalid, NotFound
from server.notices import kinds
from server.notices.views import NoticePage, NoticeView, View
from server.tickets.timeline import TimelinePage

STATES = ("planned", "held", "sent", "skipped", "task", "cancelled")
FATES = {
    "opened": "n.opened_at IS NOT NULL",
    "bounced": "n.letter_id IN (SELECT COALESCE(first_id, id) FROM letter"
    " WHERE state IN ('bounced', 'failed', 'complained'))",
}
"""How letters of notices fared, as one may ask for it besides states."""
MOST_PEOPLE = 50


class Wanted(View, frozen=True, kw_only=True):
    """Which notices: conditions that must all hold. `state` is one of `STATES` or `FATES`; `who` a name, address or
    number of a customer; `begins` and `ends` days of the desk's zone, both included, on which they left or are due."""

    state: str = ""
    kind: str = ""
    number: str = ""
    who: str = ""
    customer: int | None = None
    begins: date | None = None
    ends: date | None = None


EVERYTHING = Wanted()


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


def of_orders(tx: Transaction, ids: Iterable[int]) -> dict[int, list[NoticeView]]:
    """The notices about each of some orders, in the order they were planned."""
    listed = ", ".join(f"'order:{int(id)}'" for id in ids) or "NULL"
    found: dict[int, list[NoticeView]] = {}
    for each in _views(tx, tx.all(f"SELECT * FROM notice WHERE about IN ({listed}) ORDER BY id")):
        if each.order is not None:
            found.setdefault(each.order, []).append(each)
    return found


def page(
    tx: Transaction,
    wanted: Wanted = EVERYTHING,
    *,
    limit: int = 50,
    after: str | None = None,
) -> NoticePage:
    """Notices, newest first. Raises `Invalid`."""
    if after and not after.isdecimal():
        raise Invalid(fields={"after": "is no cursor of ours"})
    where, values = _conditions(tx, wanted)
    rows = tx.all(
        f"SELECT n.* FROM notice n WHERE {' AND '.join(['n.id < :last', *where])} ORDER BY n.id DESC LIMIT :limit",
        **values,
        last=int(after) if after else 2**62,
        limit=limit + 1,
    )
    items = _views(tx, rows[:limit])
    return NoticePage(items=items, next=str(items[-1].id) if len(rows) > limit else None)


def named(tx: Transaction, story: TimelinePage) -> TimelinePage:
    """A customer's story, its notices under the names that people here give their kinds."""
    if all(entry.notice is None for entry in story.items):
        return story
    labels = kinds.labels(tx)
    items = [
        msgspec.structs.replace(entry, label=labels.get(entry.title, {})) if entry.notice is not None else entry
        for entry in story.items
    ]
    return TimelinePage(items=items, next=story.next)


def _conditions(tx: Transaction, wanted: Wanted) -> tuple[list[str], dict[str, Any]]:
    where: list[str] = []
    values: dict[str, Any] = {}
    if wanted.state in FATES:
        where.append(FATES[wanted.state])
    elif wanted.state:
        if wanted.state not in STATES:
            raise Invalid(fields={"state": "is not one of the choices"})
        where.append("n.state = :state")
        values["state"] = wanted.state
    if wanted.kind:
        where.append("n.kind = :kind")
        values["kind"] = wanted.kind
    if wanted.number:
        found = tx.all("SELECT id FROM orders WHERE number_key = :key", key=tracking.key(wanted.number))
        where.append(f"n.about IN ({', '.join(repr(f'order:{row.id}') for row in found) or 'NULL'})")
    if wanted.customer is not None:
        where.append("n.customer_id = :customer")
        values["customer"] = wanted.customer
    if wanted.who:
        people = customers.find(tx, wanted.who, limit=MOST_PEOPLE)
        where.append(f"n.customer_id IN ({', '.join(str(each.id) for each in people) or 'NULL'})")
    zone = desk_settings.read(tx).zone
    at = "COALESCE(n.settled_at, n.due_at)"
    if wanted.begins is not None:
        where.append(f"{at} >= :begins")
        values["begins"] = datetime.combine(wanted.begins, time(), zone).astimezone(UTC)
    if wanted.ends is not None:
        where.append(f"{at} < :ends")
        values["ends"] = datetime.combine(wanted.ends + timedelta(days=1), time(), zone).astimezone(UTC)
    return where, values


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
    labels = kinds.labels(tx)
    return [
        _view(row, letters.get(row.letter_id), labels, names.get(row.customer_id, ""), about.get(row.about), numbers)
        for row in rows
    ]


def _view(
    row: Any, letter: Any, labels: dict[str, dict[str, str]], name: str, order: int | None, numbers: dict[int, str]
) -> NoticeView:
    plain = ("id", "kind", "about", "subject", "revision", "copy_no", "state", "reason", "words", "moment_at", "due_at",
             "created_at", "settled_at", "opened_at")  # fmt: skip
    return NoticeView(
        **{each: getattr(row, each) for each in plain},
        label=labels.get(row.kind, {}),
        fate=fate(row.state, letter.state if letter is not None else "", row.opened_at is not None),
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
