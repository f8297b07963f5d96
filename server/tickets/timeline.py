"""A customer's whole story in one line: messages of all channels, notes, orders, payments, parcels, returns, visits.

Each kind is read in the order of its own index, a page of each is merged, newest first, by (time, kind, id).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal, cast

from server import customers
from server.customers.orders import money, queries, tracking
from server.customers.views import View
from server.database import Transaction
from server.delivery.fates import fate
from server.errors import Invalid
from server.tickets.rows import preview

EntryKind = Literal["message", "note", "notice", "order", "payment", "shipment", "return", "interaction"]
KINDS: tuple[EntryKind, ...] = ("interaction", "order", "payment", "shipment", "return", "message", "note", "notice")
"""In the order in which things of one moment are told, the first of them first."""
STRETCHES = (*KINDS, "told")
"""What is read, in that order: automatic messages and notices out of the feed are both a `notice`."""

_SAID = (
    "SELECT m.id, m.created_at AS at, m.kind AS status, m.text, t.subject AS title, t.number AS ticket, m.seq,"
    " t.channel AS source, m.agent_id AS agent, m.withdrawn_at AS withdrawn"
    " FROM ticket t JOIN message m ON m.ticket_number = t.number"
    " WHERE t.customer_id = :customer AND t.spam = :no AND m.kind {which}"
)
_OF_ORDER = " JOIN orders o ON o.id = e.order_id WHERE o.customer_id = :customer"
_STRETCHES: dict[str, tuple[str, str, str]] = {
    "message": (_SAID.format(which="NOT IN ('note', 'auto', 'line')"), "m.created_at", "m.id"),
    "note": (_SAID.format(which="= 'note'"), "m.created_at", "m.id"),
    "notice": (_SAID.format(which="= 'auto' AND COALESCE(m.automatic, '') <> 'notice'"), "m.created_at", "m.id"),
    "told": (
        "SELECT e.*, o.number, l.state AS letter_state, l.ticket_number,"
        " COALESCE(a.kind, '') AS way FROM notice e LEFT JOIN orders o"
        " ON o.id = CASE WHEN e.about LIKE 'order:%' THEN CAST(substr(e.about, 7) AS INTEGER) END"
        " LEFT JOIN letter l ON l.id = (SELECT max(x.id) FROM letter x WHERE x.id = e.letter_id"
        " OR x.first_id = e.letter_id) LEFT JOIN channel_account a ON a.id = l.account_id"
        " WHERE e.customer_id = :customer",
        "COALESCE(e.settled_at, e.due_at)",
        "e.id",
    ),
    "order": (
        "SELECT e.*, e.ordered_at AS at FROM orders e WHERE e.customer_id = :customer AND e.revision >= 0",
        "e.ordered_at",
        "e.id",
    ),
    "payment": (f"SELECT e.*, o.number, o.currency FROM payment e{_OF_ORDER}", "e.at", "e.id"),
    "shipment": (f"SELECT e.*, o.number, o.currency FROM shipment e{_OF_ORDER}", "e.at", "e.id"),
    "return": (f"SELECT e.*, o.number, o.currency FROM goods_return e{_OF_ORDER}", "e.at", "e.id"),
    "interaction": ("SELECT e.* FROM interaction e WHERE e.customer_id = :customer", "e.at", "e.id"),
}


class TimelineEntry(View, frozen=True, kw_only=True):
    """One thing that happened. `ticket` and `seq` lead to a message, `order` to an order, `url` out of the desk.

    `status` is a message's kind, or how the order, payment, parcel or return stands; of an interaction its kind. A
    notice that the desk planned has its id in `notice`, its kind in `title`, what people here call that in `label`, and
    how it fares in `status`.
    """

    kind: EntryKind
    id: int
    at: datetime
    title: str = ""
    text: str = ""
    status: str = ""
    source: str = ""
    ticket: int | None = None
    seq: int | None = None
    agent: int | None = None
    order: int | None = None
    number: str = ""
    amount: Decimal | None = None
    currency: str = ""
    url: str | None = None
    notice: int | None = None
    label: dict[str, str] = {}


class TimelinePage(View, frozen=True, kw_only=True):
    """A keyset page, newest first; `next` is the cursor of the following one."""

    items: list[TimelineEntry]
    next: str | None


def timeline(
    tx: Transaction,
    customer_id: int,
    *,
    kinds: Collection[str] = (),
    limit: int = 50,
    after: str | None = None,
    until: datetime | None = None,
) -> TimelinePage:
    """What happened with a customer, of a first page before `until`. A notice is what the desk said by itself.

    Raises `NotFound`, or `Invalid` for a cursor or kinds that are not ours.
    """
    customers.view(tx, customer_id)
    if unknown := set(kinds) - set(KINDS):
        raise Invalid(fields={"kinds": f"{min(unknown)}: is not one of the choices"})
    at, place, last = _cursor(after) if after is not None or until is None else (until, -1, 0)
    found: list[tuple[tuple[datetime, int, int], TimelineEntry]] = []
    for rank, stretch in enumerate(STRETCHES):
        kind = cast(EntryKind, "notice" if stretch == "told" else stretch)
        if not kinds or kind in kinds:
            rows = _stretch(tx, stretch, customer_id, _beyond(rank, place), at, last, limit + 1)
            made = [_told(row) if stretch == "told" else _entry(kind, row) for row in rows]
            found += [((entry.at, rank, entry.id), entry) for entry in made]
    found.sort(key=lambda each: each[0], reverse=True)
    shown = found[:limit]
    following = None
    if len(found) > limit:
        (when, rank, number), _ = shown[-1]
        following = f"{queries.write_cursor(when, number)}_{rank}"
    return TimelinePage(items=[entry for _, entry in shown], next=following)


def _stretch(
    tx: Transaction, kind: str, customer_id: int, beyond: str, at: datetime, last: int, limit: int
) -> list[Any]:
    sql, time, key = _STRETCHES[kind]
    return tx.all(
        f"{sql} AND {beyond.format(at=time, id=key)} ORDER BY {time} DESC, {key} DESC LIMIT :limit",
        customer=customer_id,
        limit=limit,
        **({"no": False} if kind in ("message", "note", "notice") else {}),
        at=at,
        **({"last": last} if ":last" in beyond else {}),
    )


def _beyond(rank: int, place: int) -> str:
    """What of a kind comes after the cursor, which stands at a row of the kind `place`."""
    if rank == place:
        return "({at}, {id}) < (:at, :last)"
    return "{at} <= :at" if rank < place else "{at} < :at"


def _cursor(after: str | None) -> tuple[datetime, int, int]:
    if after is None:
        return datetime(9999, 1, 1, tzinfo=UTC), -1, 0
    rest, _, rank = after.rpartition("_")
    if not rank.isdecimal() or int(rank) >= len(STRETCHES):
        raise Invalid(fields={"after": "is no cursor of ours"})
    at, last = queries.cursor(rest)
    return at, int(rank), last


def _told(row: Any) -> TimelineEntry:
    """A notice: how it fares is in `status`, why it was not sent in `text`."""
    return TimelineEntry(
        kind="notice",
        id=row.id,
        at=row.settled_at or row.due_at,
        title=row.kind,
        text=row.words or row.reason,
        status=fate(row.state, row.letter_state or "", row.opened_at is not None),
        source=row.way,
        ticket=row.ticket_number,
        order=int(row.about.removeprefix("order:")) if row.about.startswith("order:") else None,
        number=row.number or "",
        notice=row.id,
    )


def _entry(kind: EntryKind, row: Any) -> TimelineEntry:
    match kind:
        case "message" | "note" | "notice":
            return TimelineEntry(
                kind=kind,
                id=row.id,
                at=row.at,
                title=row.title,
                text="" if row.withdrawn else preview(row.text),
                status=row.status,
                source=row.source,
                ticket=row.ticket,
                seq=row.seq,
                agent=row.agent,
            )
        case "interaction":
            return TimelineEntry(
                kind=kind,
                id=row.id,
                at=row.at,
                title=row.title,
                text=row.text,
                status=row.kind,
                source=row.who or row.source,
                url=row.url if row.url.startswith(("https://", "http://")) else None,
            )
        case "order":
            amount, order, url = row.total, row.id, row.url if row.url.startswith("https://") else None
        case "shipment":
            amount, order = None, row.order_id
            url = tracking.link(row.carrier, row.tracking_number, row.tracking_url)
        case _:
            amount, order, url = row.amount, row.order_id, None
    return TimelineEntry(
        kind=kind,
        id=row.id,
        at=row.at,
        title=row.carrier if kind == "shipment" else row.method if kind == "payment" else "",
        text=row.tracking_number if kind == "shipment" else row.reason if kind == "return" else "",
        status=row.status,
        source=row.source,
        order=order,
        number=row.number,
        amount=money.shown(amount) if amount is not None else None,
        currency=row.currency,
        url=url,
    )
