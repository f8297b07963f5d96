"""Bulk letters leave, some at a time: each recipient is looked at once more, and their letter is written in the very
unit that says it is sent. So nobody gets it twice, whenever the process dies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import msgspec

from server import delivery
from server.database import Transaction
from server.delivery.letters import Leg as SecondLeg
from server.errors import Invalid
from server.events import DeskChanged, NoticeMoved
from server.notices import clock, links, settings, stopping
from server.notices.bulk import letters, pace
from server.notices.bulk.pace import Allowance
from server.notices.bulk.reaching import Context, Reach, context, domain_of, reach
from server.notices.bulk.views import BulkContent
from server.notices.caps import Room
from server.notices.kinds import BULK

AT_ONCE = 10
"""Letters in one unit of work, so that an agent's answer never waits for many of them."""
A_MOMENT = timedelta(seconds=1)
"""How soon it is looked again, when the pace let no more leave."""


def next_due(tx: Transaction) -> datetime | None:
    """When more of a bulk letter may leave; None while nothing runs, or everything is held back."""
    if settings.held(tx)[0]:
        return None
    row = tx.first(
        "SELECT next_at FROM bulk_letter WHERE state = 'running' AND listing = 'whole' ORDER BY next_at, id LIMIT 1"
    )
    return row.next_at if row is not None else None


def send_some(tx: Transaction, public_url: str, left: Mapping[int, int] = MappingProxyType({})) -> int | None:
    """Send what may leave now of the bulk letter whose turn it is; how many were looked at, None when none is due.

    `left` is what accounts may still send this month, where their network counts."""
    if settings.held(tx)[0]:
        return None
    lock = "" if tx.dialect == "sqlite" else " FOR UPDATE SKIP LOCKED"
    bulk = tx.first(
        "SELECT * FROM bulk_letter WHERE state = 'running' AND listing = 'whole' AND next_at <= :now"
        f" ORDER BY next_at, id LIMIT 1{lock}",
        now=tx.now,
    )
    if bulk is None:
        return None
    around = context(tx, bulk.id, msgspec.convert(bulk.content, BulkContent))
    if pace.piled_up(tx, tx.now):
        _again(tx, bulk, tx.now + A_MOMENT)
        return 0
    allowance, room = Allowance(tx, pace.read(tx)), Room(left)
    found = _next(tx, bulk.id, allowance)
    for row in found:
        _send(tx, around, row, allowance, room, public_url)
    if found:
        _again(tx, bulk, tx.now)
    else:
        _rest(tx, bulk)
    return len(found)


def _next(tx: Transaction, bulk: int, allowance: Allowance) -> list[Any]:
    """Recipients who may be written to now, as far as it is known from the list."""
    ways, domains = allowance.full()
    values: dict[str, Any] = {}
    closed = []
    for name, column, listed in (("w", "way", ways), ("d", "domain", domains)):
        if listed:
            places = {f"{name}{place}": each for place, each in enumerate(listed)}
            values |= places
            closed.append(f" AND {column} NOT IN ({', '.join(f':{each}' for each in places)})")
    return tx.all(
        "SELECT * FROM bulk_recipient WHERE bulk_id = :bulk AND state = 'listed'"
        f" AND (due_at IS NULL OR due_at <= :now){''.join(closed)} ORDER BY id LIMIT :most",
        **values,
        bulk=bulk,
        now=tx.now,
        most=AT_ONCE,
    )


def _rest(tx: Transaction, bulk: Any) -> None:
    """Nothing more may leave in this moment: it is over, or goes on a little later, or when quiet hours end."""
    listed = "FROM bulk_recipient WHERE bulk_id = :id AND state = 'listed'"
    if tx.value(f"SELECT 1 {listed} AND (due_at IS NULL OR due_at <= :now) LIMIT 1", id=bulk.id, now=tx.now):
        _again(tx, bulk, tx.now + A_MOMENT)
        return
    first = tx.value(f"SELECT due_at {listed} ORDER BY due_at, id LIMIT 1", id=bulk.id)
    if first is not None:
        _again(tx, bulk, first)
        return
    tx.run(
        "UPDATE bulk_letter SET state = 'done', next_at = NULL, finished_at = :now, updated_at = :now WHERE id = :id",
        id=bulk.id,
        now=tx.now,
    )
    tx.record(DeskChanged(what="bulk_letter", id=bulk.id))


def _again(tx: Transaction, bulk: Any, at: datetime) -> None:
    tx.run("UPDATE bulk_letter SET next_at = :at WHERE id = :id", at=at, id=bulk.id)


def _send(tx: Transaction, around: Context, row: Any, allowance: Allowance, room: Room, public_url: str) -> None:
    if row.way and not allowance.free(row.way, row.domain):
        return
    found = reach(tx, around, row.customer_id, row.orders, room)
    if found.reason in ("gone", "overtaken", "stopped") or not found.legs:
        _skip(tx, row, found.reason)
        return
    if _sent_to(tx, around.bulk, row, "customer_id", row.customer_id):
        _skip(tx, row, "twice")
        return
    leg = found.legs[0]
    if _sent_to(tx, around.bulk, row, "address", leg.address):
        _skip(tx, row, "same_address")
        return
    zone = letters.zone_of(found.customer, around)
    if around.content.quiet and (at := clock.heard(tx.now, around.decided.quiet, zone)) > tx.now:
        tx.run("UPDATE bulk_recipient SET due_at = :at WHERE id = :id", at=at, id=row.id)
        return
    domain = domain_of(leg)
    if not allowance.free(leg.way, domain):
        tx.run("UPDATE bulk_recipient SET way = :way, domain = :domain WHERE id = :id", way=leg.way, domain=domain,
               id=row.id)  # fmt: skip
        return
    notice = _notice(tx, around, row, found)
    stop = stopping.address(tx, notice, public_url) if around.content.purpose == "advertising" else ""
    try:
        envelopes = [letters.filled(tx, around, found, each, row.extra, stop) for each in found.legs]
    except Invalid as error:
        tx.run("DELETE FROM notice WHERE id = :id", id=notice.id)
        _skip(tx, row, "template", str(error))
        return
    if around.decided.clicks:
        envelopes = [links.counted(tx, notice.id, each, public_url) for each in envelopes]
    second = None
    if len(found.legs) > 1:
        other = found.legs[1]
        second = SecondLeg(account=other.account, line=f"{other.way}:{other.address}", envelope=envelopes[1])
    letter = delivery.post(
        tx,
        account_id=leg.account,
        line=f"{leg.way}:{leg.address}",
        about=found.matter.about if found.matter.order is not None else f"bulk:{around.bulk}",
        envelope=envelopes[0],
        second=second,
        wait=False,
    )
    tx.run("UPDATE notice SET letter_id = :letter WHERE id = :id", letter=letter, id=notice.id)
    tx.run(
        "UPDATE bulk_recipient SET state = 'sent', reason = '', words = '', way = :way, domain = :domain,"
        " address = :address, letter_id = :letter, settled_at = :now WHERE id = :id",
        way=leg.way,
        domain=domain,
        address=leg.address,
        letter=letter,
        now=tx.now,
        id=row.id,
    )
    tx.record(NoticeMoved(notice=notice.id, customer=row.customer_id, state="sent"))
    allowance.take(leg.way, domain)
    room.take(tx, leg.account)


def _sent_to(tx: Transaction, bulk: int, row: Any, column: str, value: Any) -> bool:
    """Whether somebody else of this list was sent it who is the same customer by now, or has the same address."""
    return bool(
        tx.value(
            f"SELECT 1 FROM bulk_recipient WHERE bulk_id = :bulk AND {column} = :value AND state = 'sent'"
            " AND id <> :id",
            bulk=bulk,
            value=value,
            id=row.id,
        )
    )


def _skip(tx: Transaction, row: Any, reason: str, words: str = "") -> None:
    tx.run(
        "UPDATE bulk_recipient SET state = 'skipped', reason = :reason, words = :words, settled_at = :now"
        " WHERE id = :id",
        reason=reason,
        words=words,
        now=tx.now,
        id=row.id,
    )


def _notice(tx: Transaction, around: Context, row: Any, found: Reach) -> Any:
    """The notice that the letter is: on the order, on the customer's timeline, and the end of advertising's place."""
    place = {"about": found.matter.about, "kind": BULK, "subject": f"bulk:{around.bulk}", "revision": ""}
    newest = tx.value(
        "SELECT max(copy_no) FROM notice WHERE about = :about AND kind = :kind AND subject = :subject"
        " AND revision = :revision",
        **place,
    )
    id = tx.insert(
        "notice",
        **place,
        copy_no=0 if newest is None else newest + 1,
        advertising=around.content.purpose == "advertising",
        customer_id=row.customer_id,
        state="sent",
        reason="",
        words="",
        moment_at=tx.now,
        due_at=tx.now,
        until=tx.now + timedelta(days=1),
        letter_id=None,
        token=None,
        created_at=tx.now,
        settled_at=tx.now,
    )
    return tx.one("SELECT * FROM notice WHERE id = :id", id=id)
