"""Rows of customers for a spreadsheet, under headers by which an import knows them again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from channels import numbers
from channels.wording import say
from server.customers.attributes import AttributeView
from server.customers.entries import UNVERIFIED
from server.customers.exports import whose
from server.customers.orders import money
from server.customers.store.facts import UNNUMBERED
from server.database import Transaction

LABELS: tuple[tuple[str, dict[str, Any]], ...] = tuple(
    (label, {})
    for label in (
        "Number at the desk",
        "Customer number",
        "Name",
        "Family name",
        "Given name",
        "Reading (kana)",
        "Reading of the family name",
        "Reading of the given name",
        "Honorific",
        "Company",
        "Department",
        "Mail address",
        "Mail address 2",
        "Telephone",
        "Telephone 2",
        "Postal code",
        "Prefecture",
        "City",
        "Street and building",
        "Birthday",
        "Sex",
        "Language",
        "Member rank",
        "VIP",
        "Wants no advertising",
        "Notices by",
        "Advertising by mail: yes or no",
        "Tags",
        "Note",
        "Orders",
        "Total spent",
        "Last order",
        "Registered",
    )
)
SEXES = {"female": "Female", "male": "Male", "other": "Other"}
NOTICES_BY = {"line": "LINE", "email": "Mail", "none": "None wanted"}


def rows(
    tx: Transaction,
    after: int,
    many: int,
    *,
    own: Sequence[AttributeView],
    ids: Sequence[int] | None,
    segment: int | None,
    language: str,
    zone: ZoneInfo,
) -> tuple[list[list[Any]], int | None]:
    """The customers after an id, and the last of them; None when there are no more."""
    condition, values = whose.where(tx, ids, segment)
    found = tx.all(
        f"SELECT c.*, v.orders, v.spent, v.last_at FROM {whose.FROM} WHERE c.id > :after AND {condition}"
        " ORDER BY c.id LIMIT :many",
        after=after,
        many=many,
        **values,
    )
    if not found:
        return [], None
    beside = _Beside(tx, [row.id for row in found])
    return [_row(row, beside, own, language, zone) for row in found], found[-1].id if len(found) == many else None


class _Beside:
    """What belongs to some customers, in a fixed number of statements."""

    def __init__(self, tx: Transaction, ids: Sequence[int]) -> None:
        listed = ", ".join(str(each) for each in ids)
        self.contacts: dict[tuple[int, str], list[str]] = defaultdict(list)
        for one in tx.all(
            f"SELECT * FROM contact WHERE customer_id IN ({listed}) AND relay = :no ORDER BY id", no=False
        ):
            self.contacts[one.customer_id, one.kind.removesuffix(UNVERIFIED)].append(one.address)
        self.places = {
            one.customer_id: one
            for one in tx.all(
                f"SELECT * FROM customer_address WHERE customer_id IN ({listed}) AND name = '' ORDER BY id DESC"
            )
        }
        self.numbers: dict[int, str] = {}
        for one in tx.all(f"SELECT * FROM customer_source WHERE customer_id IN ({listed}) ORDER BY id"):
            if not one.external_id.startswith(UNNUMBERED):
                self.numbers.setdefault(one.customer_id, one.external_id)
        self.consents = {
            one.customer_id: bool(one.given)
            for one in tx.all(
                f"SELECT * FROM consent WHERE customer_id IN ({listed}) AND purpose = 'marketing'"
                " AND channel IN ('email', 'any') ORDER BY at, id"
            )
        }


def _row(row: Any, beside: _Beside, own: Sequence[AttributeView], language: str, zone: ZoneInfo) -> list[Any]:
    emails = beside.contacts[row.id, "email"]
    phones = [numbers.readable(one) for one in beside.contacts[row.id, "phone"]]
    place = beside.places.get(row.id)
    consent = beside.consents.get(row.id)
    return [
        row.id,
        beside.numbers.get(row.id, ""),
        row.name,
        row.family_name,
        row.given_name,
        row.kana,
        row.family_kana,
        row.given_kana,
        row.honorific,
        row.company,
        row.department,
        *(emails[place] if place < len(emails) else "" for place in range(2)),
        *(phones[place] if place < len(phones) else "" for place in range(2)),
        *((place.postal_code, place.region, place.city, place.street) if place is not None else ("", "", "", "")),
        date.fromisoformat(row.birthday) if row.birthday else None,
        say(language, SEXES[row.sex]) if row.sex in SEXES else "",
        row.language or "",
        row.member_rank,
        _flag(row.vip, language),
        _flag(row.opted_out, language),
        say(language, NOTICES_BY[row.notices_by]) if row.notices_by in NOTICES_BY else "",
        "" if consent is None else say(language, "Yes" if consent else "No"),
        "、".join(row.tags or ()) if language == "ja" else ", ".join(row.tags or ()),
        row.note,
        row.orders or 0,
        money.shown(int(row.spent or 0)),
        row.last_at.astimezone(zone) if row.last_at is not None else None,
        row.created_at.astimezone(zone),
        *((row.attributes or {}).get(one.name) for one in own),
    ]


def _flag(value: Any, language: str) -> str:
    return say(language, "Yes") if value else ""
