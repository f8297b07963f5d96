"""Customers who are written many at a time stand in the database as if each had been told of alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from server.customers.store import people
from server.customers.store.facts import CustomerFact
from server.customers.store.newcomers import Newcomers
from server.database import Database, Transaction
from server.errors import Invalid

AT = "2026-11-01T09:00:00Z"
MAIL = {"kind": "email", "address": "hanako@customer.example"}
TOLD: tuple[dict[str, Any], ...] = (
    {"name": "山田 花子", "kana": "ヤマダ ハナコ", "contacts": [MAIL], "birthday": "1980-04-01",
     "tags": ["新規", "会員"]},
    {"family_name": "佐藤", "given_name": "一郎", "vip": True, "language": "ja", "member_rank": "金", "at": AT,
     "contacts": [{"kind": "phone", "address": "+819012345678", "verified": False},
                  {"kind": "email", "address": "x@fw.rakuten.ne.jp"}, {"kind": "external", "address": "A-1"}],
     "addresses": [{"postal_code": "１０００００１", "region": "東京都", "city": "千代田区", "street": "1-1",
                    "phone": "03-1234-5678"},
                   {"kind": "delivery", "name": "別の人", "postal_code": "1500001", "city": "渋谷区"}]},
    {"company": "株式会社 髙橋商店", "contacts": [{"kind": "email", "address": "info@takahashi.example"}] * 2,
     "consents": [{"purpose": "marketing", "channel": "email", "given": True, "at": AT}] * 2
     + [{"purpose": "marketing", "channel": "phone", "given": False, "at": AT, "note": "店頭"}]},
    {"name": "Mary Ann Smith", "honorific": "Ms.", "external_id": "row:7", "time_zone": "Europe/London"},
    {},
)  # fmt: skip
TABLES = {
    "customer": "c.*, c.id AS whose",
    "customer_source": "c.id AS whose, t.*",
    "contact": "c.id AS whose, t.*",
    "customer_address": "c.id AS whose, t.*",
    "consent": "c.id AS whose, t.*",
    "customer_key": "c.id AS whose, t.key",
}


def _facts() -> list[CustomerFact]:
    return [
        msgspec.convert({"source": "shop", "external_id": f"c{place}", "revision": 3, **each}, CustomerFact)
        for place, each in enumerate(TOLD)
    ]


def _standing(tx: Transaction) -> list[Any]:
    """All rows about customers, with ids that begin at nought."""
    found: list[Any] = []
    for table, columns in TABLES.items():
        joined = f" JOIN {table} t ON t.customer_id = c.id" if table != "customer" else ""
        rows = tx.all(f"SELECT {columns} FROM customer c{joined} ORDER BY c.id")
        first = min((row.id for row in tx.all("SELECT id FROM customer")), default=0)
        through = min((row.id for row in tx.all("SELECT id FROM customer_source")), default=0)
        for row in rows:
            told = row._asdict()
            plain = {
                name: value for name, value in told.items() if name not in ("id", "whose", "customer_id", "source_id")
            }
            by = told["source_id"] - through if told.get("source_id") else None
            found.append((table, row.whose - first, by, sorted(plain.items(), key=repr)))
    return sorted(found, key=repr)


def _apart(tx: Transaction, tell: Callable[[Transaction], None]) -> tuple[list[Any], list[str]]:
    """What stands after this, and what was recorded; nothing of it stays."""
    tx.run("SAVEPOINT apart")
    recorded = len(tx.recorded)
    tell(tx)
    stands = _standing(tx)
    said = [f"{event.kind} {by}" for event, by in tx.recorded[recorded:]]
    tx.run("ROLLBACK TO SAVEPOINT apart")
    tx.run("RELEASE SAVEPOINT apart")
    del tx.recorded[recorded:]
    return stands, said


def _one_by_one(tx: Transaction) -> None:
    for fact in _facts():
        people.learn(tx, fact)


def _together(tx: Transaction) -> None:
    facts = _facts()
    newcomers = Newcomers(tx, facts)
    assert all([newcomers.take(fact) for fact in facts])
    ids = newcomers.write()
    assert len(set(ids)) == len(facts)
    assert newcomers.write() == []


def test_many_stand_as_each_alone(database: Database) -> None:
    def both(tx: Transaction) -> None:
        alone, together = _apart(tx, _one_by_one), _apart(tx, _together)
        assert len(alone[0]) > 40
        assert together == alone

    database.write_now(both)


def test_who_is_known_or_shares_a_contact_is_told_of_alone(database: Database) -> None:
    def ask(tx: Transaction) -> None:
        first, other, *_ = _facts()
        people.learn(tx, first)
        same_mail = msgspec.structs.replace(other, contacts=[msgspec.convert(MAIL, type(other.contacts[0]))])
        claimed = msgspec.structs.replace(
            same_mail, contacts=[msgspec.structs.replace(same_mail.contacts[0], verified=False)]
        )
        newcomers = Newcomers(tx, [first, same_mail, claimed, other])
        assert [newcomers.take(one) for one in (first, same_mail, claimed, other, other)] == [False] * 3 + [True, False]
        with pytest.raises(Invalid):
            newcomers.take(msgspec.structs.replace(other, external_id="new", contacts=[], tags=[" "]))

    database.write_now(ask)
