"""Making the list of a bulk letter's recipients, some at a time: each customer once, however often they are meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from server.database import Transaction
from server.database.types import dump
from server.errors import DeskError
from server.events import DeskChanged
from server.notices.bulk import choosing, rows
from server.notices.bulk.reaching import Context, context, domain_of, reach
from server.notices.bulk.rows import Named, Nobody, Person
from server.notices.bulk.views import BulkContent
from server.notices.caps import Room

LEASE = timedelta(seconds=10)
"""After so long without a step another process takes the listing over."""
CLEARED = 2000
"""Rows of an earlier list that go in one unit of work."""


class Lost(DeskError):
    """The list is not wanted any more, or another process makes it."""


def waiting(tx: Transaction) -> int | None:
    """A bulk letter whose recipients are to be listed and that nobody works on."""
    found: int | None = tx.value(
        "SELECT id FROM bulk_letter WHERE listing = 'under_way' AND (leased_until IS NULL OR leased_until < :now)"
        " ORDER BY id LIMIT 1",
        now=tx.now,
    )
    return found


def pick_up(tx: Transaction) -> int:
    """At a start: lists that a killed process left need not wait for the end of its lease. How many.

    Only on SQLite, where one process makes them; on PostgreSQL another one may be at it.
    """
    if tx.dialect != "sqlite":
        return 0
    return tx.run("UPDATE bulk_letter SET leased_until = NULL WHERE listing = 'under_way'")


def claim(tx: Transaction, worker: str) -> Any | None:
    """Take the next one; its row."""
    id = waiting(tx)
    if id is None:
        return None
    taken = tx.run(
        "UPDATE bulk_letter SET worker = :worker, leased_until = :until WHERE id = :id AND listing = 'under_way'"
        " AND (leased_until IS NULL OR leased_until < :now)",
        worker=worker,
        until=tx.now + LEASE,
        id=id,
        now=tx.now,
    )
    return tx.one("SELECT * FROM bulk_letter WHERE id = :id", id=id) if taken else None


def clear(tx: Transaction, id: int, worker: str, version: int) -> bool:
    """Take some rows of an earlier list away, but those that were sent; whether that was all."""
    _mine(tx, id, worker, version)
    gone = tx.run(
        "DELETE FROM bulk_recipient WHERE id IN (SELECT id FROM bulk_recipient WHERE bulk_id = :id"
        " AND state <> 'sent' LIMIT :most)",
        id=id,
        most=CLEARED,
    )
    gone += tx.run(
        "DELETE FROM bulk_problem WHERE id IN (SELECT id FROM bulk_problem WHERE bulk_id = :id LIMIT :most)",
        id=id,
        most=CLEARED,
    )
    if not gone:
        tx.run("UPDATE bulk_letter SET position = 0 WHERE id = :id", id=id)
    return not gone


def choose(tx: Transaction, id: int, worker: str, version: int, left: Mapping[int, int]) -> bool:
    """List the next people of a segment, or buyers of a product; whether those were the last."""
    row = _mine(tx, id, worker, version)
    around = context(tx, id, msgspec.convert(row.content, BulkContent))
    found = choosing.some(tx, around.content.choice, row.position, around.zone)
    room = _room(tx, id, left)
    for person in found.people:
        _list(tx, around, person, room)
    _step(tx, id, found.position, 0.0, found.whole)
    return found.whole


def read(
    tx: Transaction, id: int, worker: str, version: int, named: Sequence[Named], share: float, left: Mapping[int, int]
) -> None:
    """List those whom rows of the file name."""
    row = _mine(tx, id, worker, version)
    around = context(tx, id, msgspec.convert(row.content, BulkContent))
    room = _room(tx, id, left)
    for each in named:
        if each.number <= row.position:
            continue
        person = rows.found(tx, each)
        if isinstance(person, Nobody):
            _problem(tx, id, person)
        else:
            _list(tx, around, person, room)
    _step(tx, id, named[-1].number if named else row.position, share, whole=False)


def end(tx: Transaction, id: int, worker: str, version: int, trouble: str = "") -> None:
    """The list is whole, or cannot be made."""
    _mine(tx, id, worker, version)
    tx.run(
        "UPDATE bulk_letter SET listing = :listing, share = 1, trouble = :trouble, worker = '', leased_until = NULL,"
        " updated_at = :now WHERE id = :id",
        listing="" if trouble else "whole",
        trouble=trouble,
        now=tx.now,
        id=id,
    )
    tx.record(DeskChanged(what="bulk_letter", id=id))


def _mine(tx: Transaction, id: int, worker: str, version: int) -> Any:
    lock = "" if tx.dialect == "sqlite" else " FOR UPDATE"
    row = tx.first(f"SELECT * FROM bulk_letter WHERE id = :id{lock}", id=id)
    if row is None or (row.listing, row.worker, row.version) != ("under_way", worker, version):
        raise Lost("Somebody else makes this list, or it is made anew.")
    return row


def _room(tx: Transaction, id: int, left: Mapping[int, int]) -> Room:
    """What accounts may still send, less those who are listed already and will have it by LINE."""
    if not left:
        return Room(left)
    listed = int(
        tx.value("SELECT count(*) FROM bulk_recipient WHERE bulk_id = :id AND state = 'listed' AND way = 'line'", id=id)
    )
    return Room({account: many - listed for account, many in left.items()})


def _step(tx: Transaction, id: int, position: int, share: float, whole: bool) -> None:
    tx.run(
        "UPDATE bulk_letter SET position = :position, share = :share, leased_until = :until WHERE id = :id",
        position=position,
        share=1.0 if whole else share,
        until=tx.now + LEASE,
        id=id,
    )


def _list(tx: Transaction, around: Context, person: Person, room: Room) -> None:
    """One recipient, with the way they are expected to be reached by; who is listed already gets one more order."""
    before = tx.first(
        "SELECT id, orders, number, state FROM bulk_recipient WHERE bulk_id = :bulk AND person = :person",
        bulk=around.bulk,
        person=person.customer,
    )
    if before is not None and person.number:
        _problem(tx, around.bulk, Nobody(person.number, "twice", str(before.number)))
    if before is not None and before.state == "sent":
        return
    orders = _newest_first(tx, [*person.orders, *(before.orders if before is not None else [])])
    if before is not None and orders == before.orders:
        return
    found = reach(tx, around, person.customer, orders, room)
    leg = found.legs[0] if found.legs else None
    if leg is not None:
        room.take(tx, leg.account)
    known = {
        "orders": dump(orders),
        "reason": found.reason,
        "way": leg.way if leg is not None else "",
        "domain": domain_of(leg) if leg is not None else "",
    }
    if before is not None:
        tx.run(
            "UPDATE bulk_recipient SET orders = :orders, reason = :reason, way = :way, domain = :domain WHERE id = :id",
            **known,
            id=before.id,
        )
        return
    tx.insert(
        "bulk_recipient",
        bulk_id=around.bulk,
        person=person.customer,
        customer_id=person.customer,
        number=person.number,
        extra=dump(dict(person.extra)),
        state="listed",
        words="",
        address="",
        **known,
    )


def _newest_first(tx: Transaction, ids: list[int]) -> list[int]:
    """Each order once, the newest first."""
    once = list(dict.fromkeys(ids))
    if len(once) < 2:
        return once
    listed = ", ".join(str(int(id)) for id in once)
    return [row.id for row in tx.all(f"SELECT id FROM orders WHERE id IN ({listed}) ORDER BY ordered_at DESC, id DESC")]


def _problem(tx: Transaction, bulk: int, found: Nobody) -> None:
    tx.run(
        "INSERT INTO bulk_problem (bulk_id, number, reason, said) VALUES (:bulk, :number, :reason, :said)"
        " ON CONFLICT (bulk_id, number) DO NOTHING",
        bulk=bulk,
        number=found.number,
        reason=found.reason,
        said=found.said,
    )
