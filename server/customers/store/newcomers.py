"""Customers told of for the first time, many of them in a few statements.

Who is known already, or has a contact that somebody has, is none of them: those go through `people.learn`, one by one.
What is left is the same, row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from server.customers import entries, keys
from server.customers.store import people, settling
from server.customers.store.facts import AddressFact, ConsentFact, ContactFact, CustomerFact
from server.customers.store.people import Told
from server.database import Transaction
from server.database.types import dump
from server.events import CustomerChanged

CUSTOMER = ("id", "created_at", "updated_at", *entries.BLANK)
SOURCE = ("id", "customer_id", "source", "external_id", "revision", "digest", "at", "document", "seen_at", "created_at")
CONTACT = ("customer_id", "kind", "address", "name", "verified_by", "relay", "reachable", "unreachable_because",
           "status_message", "picture_type", "created_at", "seen_at")  # fmt: skip
PLACE = ("customer_id", "source_id", *AddressFact.__struct_fields__)
CONSENT = ("customer_id", "purpose", "channel", "given", "at", "source", "note")


class Newcomers:
    """Who of some facts nobody knows. They wait, and are written together; the caller sees to it that they are."""

    def __init__(self, tx: Transaction, facts: Iterable[CustomerFact]) -> None:
        """Looks up all ids and addresses at once; addresses are normalised, as those out of files are."""
        self._tx = tx
        told = list(facts)
        self._known: set[tuple[str, str]] = set()
        for source in {fact.source for fact in told}:
            ids = [fact.external_id for fact in told if fact.source == source]
            self._known.update((source, row.external_id) for row in tx.all(
                f"SELECT external_id FROM customer_source WHERE source = :source AND external_id IN {tx.listed('ids')}",
                source=source,
                ids=dump(ids),
            ))  # fmt: skip
        kinds: dict[str, list[str]] = {}
        for fact in told:
            for one in fact.contacts:
                kinds.setdefault(one.kind, []).append(one.address)
        self._held: set[tuple[str, str]] = set()
        for kind, addresses in kinds.items():
            self._held.update((kind, row.address) for row in tx.all(
                f"SELECT address FROM contact WHERE kind IN (:kind, :claimed) AND address IN {tx.listed('addresses')}",
                kind=kind,
                claimed=kind + entries.UNVERIFIED,
                addresses=dump(addresses),
            ))  # fmt: skip
        self._waiting: list[tuple[Told, Sequence[ConsentFact], str]] = []

    def take(self, fact: CustomerFact, note: str = "") -> bool:
        """Whether nobody knows them, and they wait to be written with this note. Raises `Invalid`."""
        key = (fact.source, fact.external_id)
        if key in self._known or any((one.kind, one.address) in self._held for one in fact.contacts):
            return False
        told = people.told_of(self._tx, fact)
        if any((one.kind, one.address) in self._held for one in told.contacts):
            return False
        self._known.add(key)
        self._held.update((one.kind, one.address) for one in told.contacts)
        self._waiting.append((told, fact.consents, note))
        return True

    def write(self) -> list[int]:
        """Write those who wait; their ids, in the order in which they were taken."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return []
        tx = self._tx
        ids, sources = tx.ids("customer", len(waiting)), tx.ids("customer_source", len(waiting))
        rows: dict[str, list[Sequence[Any]]] = {
            name: [] for name in ("customer", "source", "contact", "place", "consent", "key")
        }
        for id, through, (told, consents, note) in zip(ids, sources, waiting, strict=True):
            known = {**entries.BLANK, **settling.fresh(told.document), "note": note[:20_000]}
            rows["customer"].append((id, tx.now, tx.now, *known.values()))
            rows["source"].append((through, id, told.source, told.external_id, int(told.revision), told.digest, told.at,
                                   dump(told.document), tx.now, tx.now))  # fmt: skip
            contacts = _single(told.contacts)
            rows["contact"] += [_contact(tx, id, one, told.source) for one in contacts]
            for place in told.addresses:
                columns = people.place(place)
                rows["place"].append((id, through, *(columns[name] for name in AddressFact.__struct_fields__)))
            rows["consent"] += [
                (id, one.purpose, one.channel, one.given, one.at, told.source, one.note)
                for one in {(one.purpose, one.channel, one.at): one for one in reversed(consents)}.values()
            ]
            rows["key"] += [(id, key) for key in sorted(keys.of(people.person(told, contacts, known)))]
            tx.record(CustomerChanged(customer=id, what="added"), f"source:{told.source}")
        tx.add_all("customer", CUSTOMER, rows["customer"])
        tx.add_all("customer_source", SOURCE, rows["source"])
        tx.add_all("contact", CONTACT, rows["contact"])
        tx.add_all("customer_address", PLACE, rows["place"])
        tx.add_all("consent", CONSENT, rows["consent"])
        tx.add_all("customer_key", ("customer_id", "key"), rows["key"])
        return list(ids)


def _single(contacts: Sequence[ContactFact]) -> list[ContactFact]:
    """The contacts, of which one that is told twice counts once, as it was told first."""
    found: dict[tuple[str, str, bool], ContactFact] = {}
    for one in contacts:
        found.setdefault((one.kind, one.address, one.verified), one)
    return list(found.values())


def _contact(tx: Transaction, customer: int, one: ContactFact, source: str) -> Sequence[Any]:
    kind = one.kind if one.verified else one.kind + entries.UNVERIFIED
    by = f"source:{source}" if one.verified else ""
    relay = one.relay or entries.is_relay(one.address)
    return (customer, kind, one.address, "", by, relay, True, "", "", "", tx.now, tx.now)
