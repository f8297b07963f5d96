"""Notices that are due leave as letters: still true, by the way that reaches the customer, each exactly once.

The letter is written in the very unit that says the notice is sent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from server import delivery
from server.accounts import desk_settings
from server.database import Transaction, keeping
from server.delivery import Envelope
from server.delivery.letters import Leg as SecondLeg
from server.errors import Invalid, NotFound
from server.events import NoticeMoved
from server.notices import clock, conditions, kinds, links, matters, routing, settings, stopping, tasks, values, wording
from server.notices.caps import Room
from server.notices.enclosing import enclosed
from server.notices.kinds import Kind
from server.notices.matters import Matter
from server.notices.routing import Leg
from server.notices.settings import NoticeSettings
from server.notices.settling import settle
from server.notices.wording import Setting, Words

AT_ONCE = 20


def next_due(tx: Transaction) -> datetime | None:
    """When the next notice is due; None while everything is held back."""
    if settings.held(tx)[0]:
        return None
    row = tx.first("SELECT due_at FROM notice WHERE state = 'planned' ORDER BY due_at, id LIMIT 1")
    return row.due_at if row is not None else None


def send_due(tx: Transaction, public_url: str, left: Mapping[int, int] = MappingProxyType({})) -> int:
    """Send what is due; how many were looked at. `public_url` is where customers can end advertising; `left` how many
    messages accounts may still send, of those that have a cap."""
    if settings.held(tx)[0]:
        return 0
    due = tx.all(
        f"SELECT * FROM notice WHERE state = 'planned' AND due_at <= :now ORDER BY due_at, id LIMIT :most{_locked(tx)}",
        now=tx.now,
        most=AT_ONCE,
    )
    done: set[int] = set()
    room = Room(left)
    with keeping(tx):
        matters.look_up(tx, [row.about for row in due])
        for row in due:
            if row.id not in done:
                done |= _send(tx, row, done, public_url, room)
    return len(due)


def _locked(tx: Transaction) -> str:
    return "" if tx.dialect == "sqlite" else " FOR UPDATE SKIP LOCKED"


def _send(tx: Transaction, row: Any, done: Collection[int], public_url: str, room: Room) -> set[int]:
    """One notice, with those of its kind and customer that go along; the ids of all of them."""
    try:
        kind = kinds.one(tx, row.kind)
    except NotFound:
        settle(tx, row, "skipped", "no_kind")
        return {row.id}
    matter = matters.one(tx, row.about)
    again = row.copy_no > 0
    if (why := _not_any_more(tx, row, kind, matter)) and not (again and why in ("overtaken", "disabled", "condition")):
        settle(tx, row, "skipped", why)
        return {row.id}
    assert matter is not None
    decided = settings.read(tx)
    desk = desk_settings.read(tx)
    customer = tx.first("SELECT * FROM customer WHERE id = :id", id=matter.customer or 0)
    zone = _zone(customer, desk.zone)
    if kind.quiet and not again and (at := clock.heard(tx.now, decided.quiet, zone)) > tx.now:
        tx.run(
            "UPDATE notice SET due_at = :at, until = :until WHERE id = :id",
            at=at,
            until=max(row.until, at + timedelta(hours=1)),
            id=row.id,
        )
        return {row.id}
    found = routing.route(tx, kind, matter, decided, room)
    if not found.legs:
        if kind.purpose == "advertising" or found.reason in routing.FINAL:
            settle(tx, row, "skipped", found.reason)
        else:
            tasks.give(tx, row, kind, matter, found.reason)
        return {row.id}
    language = (customer.language if customer is not None else None) or desk.language
    setting = Setting(language, zone, decided.calendar)
    along = _along(tx, row, kind, found.legs, decided, room, done) if _bundles(tx, kind, found.legs, language) else []
    stop = stopping.address(tx, row, public_url) if kind.purpose == "advertising" else ""
    try:
        letters = [
            _envelope(tx, each, row, kind, matter, along, setting, decided, customer, stop) for each in found.legs
        ]
    except Invalid as error:
        for other in (row, *(each for each, _ in along)):
            settle(tx, other, "held", "template", str(error))
        return {row.id, *(each.id for each, _ in along)}
    if decided.clicks:
        letters = [links.counted(tx, row.id, each, public_url) for each in letters]
    letter = _post(tx, row, found.legs, letters)
    room.take(tx, found.legs[0].account)
    for other in (row, *(each for each, _ in along)):
        tx.run(
            "UPDATE notice SET state = 'sent', letter_id = :letter, settled_at = :now WHERE id = :id",
            letter=letter,
            now=tx.now,
            id=other.id,
        )
        tx.record(NoticeMoved(notice=other.id, customer=row.customer_id, state="sent"))
    return {row.id, *(each.id for each, _ in along)}


def _not_any_more(tx: Transaction, row: Any, kind: Kind, matter: Matter | None) -> str:
    """Why a notice that is due is not sent; empty when it is."""
    if matter is None:
        return "gone"
    if not kind.enabled:
        return "disabled"
    if row.until < tx.now:
        return "late"
    if not any((each.trigger, each.subject, each.revision) == (kind.trigger, row.subject, row.revision)
               for each in matter.moments):  # fmt: skip
        return "overtaken"
    return "" if conditions.hold(tx, kind, matter) else "condition"


def _bundles(tx: Transaction, kind: Kind, legs: Sequence[Leg], language: str) -> bool:
    """Whether one letter may tell of several: the kind says so, and the words of each way speak of `others`."""
    return kind.together and all(
        (words := _words(tx, kind, leg.way, language)) is not None and "others" in words.text for leg in legs
    )


def _along(
    tx: Transaction,
    row: Any,
    kind: Kind,
    legs: Sequence[Leg],
    decided: NoticeSettings,
    room: Room,
    done: Collection[int],
) -> list[tuple[Any, Matter]]:
    """Other notices of this kind to this customer that are due now, still true, and go to the same address."""
    if row.copy_no or row.customer_id is None:
        return []
    found = []
    for each in tx.all(
        "SELECT * FROM notice WHERE customer_id = :customer AND kind = :kind AND state = 'planned' AND due_at <= :now"
        f" AND copy_no = 0 AND id <> :id ORDER BY due_at, id LIMIT :most{_locked(tx)}",
        customer=row.customer_id,
        kind=row.kind,
        now=tx.now,
        id=row.id,
        most=AT_ONCE,
    ):
        matter = matters.one(tx, each.about)
        if each.id in done or matter is None or _not_any_more(tx, each, kind, matter):
            continue
        if routing.route(tx, kind, matter, decided, room).legs == legs:
            found.append((each, matter))
    return found


def _words(tx: Transaction, kind: Kind, way: str, language: str) -> Words | None:
    return wording.standing(tx, kind.name, way, language) or wording.standing(tx, kind.name, "email", language)


def _envelope(
    tx: Transaction,
    leg: Leg,
    row: Any,
    kind: Kind,
    matter: Matter,
    along: Sequence[tuple[Any, Matter]],
    setting: Setting,
    decided: NoticeSettings,
    customer: Any,
    stop: str,
) -> Envelope:
    language = setting.language
    words = _words(tx, kind, leg.way, language)
    if words is None:
        raise Invalid("There is no template.")
    legal = settings.sender(decided, language) if kind.purpose == "advertising" else ""
    said = values.of(
        matter,
        row.subject,
        customer=customer,
        language=language,
        shop=values.shop_of(tx, language, legal),
        corrected=_told_before(tx, row),
        others=[(other, each.subject) for each, other in along],
        unsubscribe_url=stop,
    )
    filled = wording.letter(words, said, setting, wording.parts(tx, leg.way, language), leg.way)
    return enclosed(filled, leg, said, language, stop)


def _post(tx: Transaction, row: Any, legs: Sequence[Leg], letters: Sequence[Envelope]) -> int:
    """The first way's letter, which carries the second way's with it."""
    second = None
    if len(legs) > 1:
        second = SecondLeg(account=legs[1].account, line=f"{legs[1].way}:{legs[1].address}", envelope=letters[1])
    return delivery.post(
        tx,
        account_id=legs[0].account,
        line=f"{legs[0].way}:{legs[0].address}",
        about=row.about,
        envelope=letters[0],
        second=second,
        wait=False,
    )


def _told_before(tx: Transaction, row: Any) -> bool:
    """Whether another state of the same thing was told already, so that this one corrects it. A parcel's number that
    comes after its letter corrects nothing."""
    return bool(
        tx.value(
            "SELECT 1 FROM notice WHERE about = :about AND kind = :kind AND subject = :subject AND state = 'sent'"
            " AND revision NOT IN ('', :revision)",
            about=row.about,
            kind=row.kind,
            subject=row.subject,
            revision=row.revision,
        )
    )


def _zone(customer: Any, ours: ZoneInfo) -> ZoneInfo:
    if customer is None or not customer.time_zone:
        return ours
    try:
        return ZoneInfo(customer.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ours
