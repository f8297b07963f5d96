"""From what happened to what is going to be told: follows the change feed and plans notices, each once for ever.

A unit of planning locks the place up to which the feed was read, so that of several processes one plans at a time; the
place moves in the same commit as the plans.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from server.accounts import desk_settings
from server.database import Transaction
from server.database.types import dump
from server.events import NoticeMoved
from server.notices import clock, conditions, kinds, matters, outcomes, settings
from server.notices.kinds import BY_DAY, Kind
from server.notices.matters import Matter
from server.notices.moments import Moment
from server.notices.settling import settle

AT_ONCE = 200
"""So many changes are looked through in one unit."""
FAR = 10_000
"""So many changes of other kinds are passed over at once, so that nobody reads them again and again."""
TELLING = "kind IN ('order.changed', 'customer.changed', 'interaction.noted', 'letter.moved', 'stock.changed')"
UNTRUE = ("overtaken", "superseded", "condition", "late")
"""Why a notice was skipped that may become true, or be in time, after all."""
TOO_OLD = timedelta(days=30)
"""What happened longer ago than this leaves no trace: a shop's history that is told for the first time."""
AHEAD = timedelta(days=2)
"""So long before it is due a day of a customer's own is planned: rounds are a day apart."""


def next_due(tx: Transaction) -> datetime | None:
    """Now, when there is something to look through, or so much of other things that the place should move on."""
    seen = tx.value("SELECT seen FROM notice_desk") or 0
    if (tx.value("SELECT max(seq) FROM change") or 0) - seen > FAR:
        return tx.now
    return tx.now if tx.value(f"SELECT 1 FROM change WHERE seq > :seen AND {TELLING} LIMIT 1", seen=seen) else None


def follow(tx: Transaction) -> int:
    """Plan by what happened since the last time; how many changes were looked through."""
    seen = settings.lock(tx).seen
    newest = tx.value("SELECT max(seq) FROM change") or 0
    changes = tx.all(
        f"SELECT seq, kind, data FROM change WHERE seq > :seen AND seq <= :newest AND {TELLING}"
        " ORDER BY seq LIMIT :most",
        seen=seen,
        newest=newest,
        most=AT_ONCE,
    )
    told: dict[str, None] = {}
    on = settings.read(tx).on
    by_day = on and any(kind.enabled and kind.trigger in BY_DAY for kind in kinds.all(tx))
    for change in changes:
        if change.kind == "order.changed":
            told[f"order:{change.data['order']}"] = None
        elif change.kind == "customer.changed" and change.data.get("what") == "subscription":
            told[f"subscriptions:{change.data['customer']}"] = None
        elif change.kind == "customer.changed" and by_day:
            told[f"customer:{change.data['customer']}"] = None
        elif change.kind == "stock.changed" and change.data.get("available"):
            _restocked(tx, int(change.data["stock"]))
        elif change.kind == "interaction.noted":
            told[f"interaction:{change.data['interaction']}"] = None
        elif change.kind == "letter.moved" and change.data.get("state") in ("failed", "bounced", "complained"):
            outcomes.returned(tx, int(change.data["letter"]), str(change.data["state"]))
    if told and on:
        plan(tx, told)
    tx.run("UPDATE notice_desk SET seen = :seen", seen=changes[-1].seq if len(changes) == AT_ONCE else newest)
    return len(changes)


def _restocked(tx: Transaction, stock: int) -> None:
    """An article can be had again: a round looks up whoever waits for it, from the first one on."""
    tx.run(
        "INSERT INTO notice_round (name, day, cursor) VALUES (:name, '', 0)"
        " ON CONFLICT (name) DO UPDATE SET cursor = 0",
        name=f"stock:{stock}",
    )


def plan(tx: Transaction, told: Iterable[str]) -> None:
    """Let what is planned of these matters follow from how they stand."""
    active = [kind for kind in kinds.all(tx) if kind.enabled]
    clockwork = _clockwork(tx)
    found: list[Matter] = []
    orders: list[int] = []
    for one in told:
        what, _, id = one.partition(":")
        if what == "order":
            orders.append(int(id))
        else:
            found += matters.several(tx, what, int(id))
    found += matters.of_orders(tx, orders)
    standing: dict[str, list[Any]] = defaultdict(list)
    for row in tx.all(
        f"SELECT * FROM notice WHERE about IN {tx.listed('abouts')} AND copy_no = 0",
        abouts=dump([matter.about for matter in found]),
    ):
        standing[row.about].append(row)
    for matter in found:
        _follow_up(tx, matter, standing[matter.about], active, clockwork)


class Clockwork(NamedTuple):
    """What times are counted by."""

    zone: Any
    calendar: clock.Calendar


def _clockwork(tx: Transaction) -> Clockwork:
    return Clockwork(desk_settings.read(tx).zone, settings.read(tx).calendar)


def _follow_up(
    tx: Transaction, matter: Matter, rows: Sequence[Any], active: Sequence[Kind], clockwork: Clockwork
) -> None:
    """The notices of one matter: new ones planned, those that are not true any more skipped, others moved in time."""
    standing = {(row.kind, row.subject, row.revision): row for row in rows}
    wanted: set[tuple[str, str, str]] = set()
    for kind in active:
        for moment in matter.moments:
            if not kinds.matches(kind, moment):
                continue
            key = (kind.name, moment.subject, moment.revision)
            wanted.add(key)
            row = standing.get(key)
            at = moment.at or (row.moment_at if row is not None and row.state in ("planned", "held") else tx.now)
            due = clock.due(at, kind.wait, clockwork.zone, clockwork.calendar)
            if row is not None:
                _move(tx, row, at, due, kind)
            elif _timely(tx, kind, at, due) and conditions.hold(tx, kind, matter):
                _add(tx, matter, kind, moment, at, due)
    for key, row in standing.items():
        if row.state in ("planned", "held") and key not in wanted:
            newer = any((kind, subject) == key[:2] for kind, subject, _ in wanted)
            settle(tx, row, "skipped", "superseded" if newer else "overtaken")


def _timely(tx: Transaction, kind: Kind, at: datetime, due: datetime) -> bool:
    """Whether a moment is worth a row: what happened lately, or a day of a customer's own that is near."""
    if kind.trigger in BY_DAY:
        return due - AHEAD <= tx.now <= due + timedelta(hours=kind.hours)
    return tx.now - at < TOO_OLD


def _add(tx: Transaction, matter: Matter, kind: Kind, moment: Moment, at: datetime, due: datetime) -> None:
    until = due + timedelta(hours=kind.hours)
    late = until < tx.now
    id = tx.put(
        "notice",
        unless="about, kind, subject, revision, copy_no",
        about=matter.about,
        kind=kind.name,
        subject=moment.subject,
        revision=moment.revision,
        copy_no=0,
        advertising=kind.purpose == "advertising",
        customer_id=matter.customer,
        state="skipped" if late else "planned",
        reason="late" if late else "",
        words="",
        moment_at=at,
        due_at=due,
        until=until,
        letter_id=None,
        token=None,
        created_at=tx.now,
        settled_at=tx.now if late else None,
    )
    if id is not None:
        tx.record(NoticeMoved(notice=id, customer=matter.customer, state="skipped" if late else "planned"))


def _move(tx: Transaction, row: Any, at: datetime, due: datetime, kind: Kind) -> None:
    """Its day moved, or it is true again after it was not."""
    again = row.state == "skipped" and row.reason in UNTRUE and row.letter_id is None
    if not again and (row.state not in ("planned", "held") or at == row.moment_at):
        return
    until = due + timedelta(hours=kind.hours)
    if again and until < tx.now:
        return
    tx.run(
        "UPDATE notice SET state = :state, reason = '', moment_at = :moment, due_at = :due, until = :until,"
        " settled_at = NULL WHERE id = :id",
        state="planned" if again else row.state,
        moment=at,
        due=due,
        until=until,
        id=row.id,
    )
    if again:
        tx.record(NoticeMoved(notice=row.id, customer=row.customer_id, state="planned"))
