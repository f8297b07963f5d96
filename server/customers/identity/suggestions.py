"""Who else may be this customer: candidates by shared keys, scored, those who are sure enough shown with reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from server.agents import AgentView, require
from server.customers import entries, keys, names, queries
from server.customers.identity import scoring
from server.customers.identity.scoring import Features, Reason
from server.customers.keys import Person
from server.customers.store.facts import UNNUMBERED
from server.customers.views import View
from server.database import Transaction
from server.errors import Invalid
from server.events import CustomerChanged

LARGEST_BLOCK = 40
"""Of a key that more customers share, as 佐藤 太郎, nothing follows: another key must bring them together."""
MOST_CANDIDATES = 200


class Suggestion(View, frozen=True, kw_only=True):
    """A customer who may be the same person. `score` is from 0 to 1; reasons that begin with `other` speak against."""

    id: int
    name: str
    kana: str
    company: str
    contacts: list[str]
    tickets: int
    orders: int
    score: float
    reasons: list[Reason]


def suggest(tx: Transaction, customer_id: int, *, limit: int = 5) -> list[Suggestion]:
    """The likeliest first; nobody of whom an agent said that it is somebody else."""
    (mine,) = people(tx, [customer_id]).values() or (None,)
    if mine is None:
        return []
    person, own = mine
    apart = {
        row.other
        for row in tx.all(
            "SELECT customer_b AS other FROM customers_apart WHERE customer_a = :id"
            " UNION SELECT customer_a FROM customers_apart WHERE customer_b = :id",
            id=customer_id,
        )
    }
    found = candidates(tx, customer_id, blocking(person)) - apart
    scored = [
        (scoring.score(own, features), other)
        for other, (_, features) in people(tx, sorted(found)[:MOST_CANDIDATES]).items()
    ]
    likely = sorted(
        ((score, other) for score, other in scored if score.value >= scoring.THRESHOLD),
        key=lambda each: (-each[0].value, each[1]),
    )
    return [_view(tx, other, score) for score, other in likely[:limit]]


def set_apart(tx: Transaction, agent: AgentView, customer_id: int, other: int) -> None:
    """These two are not one, whatever they share: they are never suggested to each other again."""
    require(agent, "agent")
    if customer_id == other:
        raise Invalid("A customer cannot be parted from themselves.")
    for each in (customer_id, other):
        queries.view(tx, each)
    tx.run(
        "INSERT INTO customers_apart (customer_a, customer_b, by_whom, created_at) VALUES (:a, :b, :by, :now)"
        " ON CONFLICT DO NOTHING",
        a=min(customer_id, other),
        b=max(customer_id, other),
        by=agent.actor,
        now=tx.now,
    )
    for each in (customer_id, other):
        tx.record(CustomerChanged(customer=each, what="apart"), agent.actor)


def blocking(person: Person) -> set[str]:
    """The keys of a person under which others of the same person stand."""
    sharp = {key for key in keys.of(person) if key[0] in "lnka"}
    exact = (*person.emails, *(keys.national(phone) for phone in person.phones), names.key(person.name))
    kana = names.key(person.kana)
    latin = "".join(names.romaji(person.kana or person.name).split())
    return sharp | {f"w{word}"[: keys.LONGEST] for word in (*exact, kana, latin) if len(word) > 2}


def candidates(tx: Transaction, customer_id: int, block: Iterable[str]) -> set[int]:
    """Customers who share one of the keys with this one."""
    found: set[int] = set()
    for key in sorted(block):
        rows = tx.all(
            "SELECT customer_id FROM customer_key WHERE key = :key LIMIT :most", key=key, most=LARGEST_BLOCK + 1
        )
        if len(rows) <= LARGEST_BLOCK:
            found.update(row.customer_id for row in rows)
    return found - {customer_id}


def people(tx: Transaction, ids: Collection[int]) -> dict[int, tuple[Person, Features]]:
    """Customers made ready to be compared, in a fixed number of statements; without those merged into others."""
    if not ids:
        return {}
    listed = ", ".join(str(int(each)) for each in ids)
    emails, phones = defaultdict(list), defaultdict(list)
    addresses, accounts = defaultdict(list), defaultdict(set)
    for row in tx.all(f"SELECT customer_id, kind, address, relay FROM contact WHERE customer_id IN ({listed})"):
        kind = row.kind.removesuffix(entries.UNVERIFIED)
        if kind == "email" and not row.relay:
            emails[row.customer_id].append(row.address)
        elif kind == "phone":
            phones[row.customer_id].append(row.address)
    for row in tx.all(f"SELECT * FROM customer_address WHERE customer_id IN ({listed}) AND name = ''"):
        addresses[row.customer_id].append((row.postal_code, row.region + row.city + row.street))
        if row.phone:
            phones[row.customer_id].append(row.phone)
    for row in tx.all(f"SELECT customer_id, source, external_id FROM customer_source WHERE customer_id IN ({listed})"):
        if not row.external_id.startswith(UNNUMBERED):
            accounts[row.customer_id].add((row.source, row.external_id))
    found = {}
    for row in tx.all(f"SELECT * FROM customer WHERE id IN ({listed}) AND merged_into IS NULL"):
        person = Person(
            row.name,
            row.kana,
            row.given_name,
            row.given_kana,
            row.company,
            row.birthday,
            tuple(emails[row.id]),
            tuple(phones[row.id]),
            tuple(addresses[row.id]),
        )
        known = frozenset(accounts[row.id])
        found[row.id] = person, scoring.features(person, family_name=row.family_name, sex=row.sex, accounts=known)
    return found


def _view(tx: Transaction, customer_id: int, score: scoring.Score) -> Suggestion:
    view = queries.view(tx, customer_id)
    counts: Any = tx.one(
        "SELECT (SELECT count(*) FROM ticket WHERE customer_id = :id) AS tickets,"
        " (SELECT count(*) FROM orders WHERE customer_id = :id) AS orders",
        id=customer_id,
    )
    return Suggestion(
        id=customer_id,
        name=view.name,
        kana=view.kana,
        company=view.company,
        contacts=[one.address for one in view.contacts if not one.kind.startswith(queries.UNSPOKEN)][:3],
        tickets=counts.tickets,
        orders=counts.orders,
        score=round(score.value, 4),
        reasons=list(score.reasons),
    )
