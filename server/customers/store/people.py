"""Customers as other systems tell of them: found again by their id there or by a verified contact, else made.

What is shown follows from all that was told (`customer_source`), oldest first, and from what people set here; so it
is the same whatever came first. What only stands on an order counts less than what a source says of the customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from channels import numbers
from server.customers import attributes, entries, keys
from server.customers.identity import merging, scoring, suggestions
from server.customers.identity.scoring import Features
from server.customers.keys import Person
from server.customers.readers import Unreadable, read_postal_code
from server.customers.store import ahead, revisions, settling
from server.customers.store.facts import (
    UNNUMBERED,
    AddressFact,
    ConsentFact,
    ContactFact,
    CustomerFact,
    Learned,
    PersonFact,
)
from server.database import Transaction
from server.database.types import dump
from server.errors import Invalid
from server.events import CustomerChanged

ERASED = "erased"
"""The digest of a source's row about somebody who was erased."""
_NOT_KEPT = ("source", "external_id", "revision", "contacts", "addresses", "consents")


class Known(NamedTuple):
    """A customer, and the row of the source through which they are known."""

    customer: int
    through: int


class Told(NamedTuple):
    """What a source tells of a customer at one time; contacts are normalised."""

    source: str
    external_id: str
    revision: int
    digest: str
    at: datetime | None
    document: dict[str, Any]
    contacts: Sequence[ContactFact]
    addresses: Sequence[AddressFact]


def learn(tx: Transaction, fact: CustomerFact, *, unite: bool = True) -> Learned:
    """What a source says of a customer. Raises `Invalid` before anything is written.

    Without `unite` two customers who turn out to share a verified address stay two.
    """
    known, outcome = _tell(tx, told_of(tx, fact), unite=unite)
    if outcome != "stale" or tx.value("SELECT 1 FROM customer WHERE id = :id AND erased_at IS NULL", id=known.customer):
        note_consents(tx, known.customer, fact.source, fact.consents)
    return Learned(
        kind="customer",
        source=fact.source,
        external_id=fact.external_id,
        outcome=outcome,
        id=known.customer,
        customer=known.customer,
    )


def told_of(tx: Transaction, fact: CustomerFact) -> Told:
    """What a fact says of a customer. Raises `Invalid`."""
    contacts = [
        msgspec.structs.replace(one, address=entries.address(one.kind, one.address, f"contacts[{place}].address"))
        for place, one in enumerate(fact.contacts)
    ]
    attributes.checked(tx, fact.attributes)
    if any(not tag.strip() for tag in fact.tags):
        raise Invalid(fields={"tags": "has an empty one"})
    return Told(
        fact.source,
        fact.external_id,
        revisions.number(fact.revision, tx.now),
        revisions.digest(msgspec.structs.replace(fact, revision=None)),
        fact.at,
        {name: value for name, value in msgspec.to_builtins(fact).items() if name not in _NOT_KEPT},
        contacts,
        fact.addresses,
    )


def hear(
    tx: Transaction, source: str, external_id: str, person: PersonFact | None, revision: int, *, unite: bool = True
) -> Known:
    """Somebody named on an order; what it says of them stands under all that their source says itself."""
    document: dict[str, Any] = {}
    contacts: list[ContactFact] = []
    addresses: list[AddressFact] = []
    if person is not None:
        document = {name: value for name in ("name", "kana", "company") if (value := getattr(person, name))}
        contacts = list(contacts_of(person))
        addresses = [person.address] if person.address is not None else []
    told = Told(
        source,
        external_id,
        revisions.HEARD + revision,
        revisions.digest(person) if person is not None else "",
        None,
        document,
        contacts,
        addresses,
    )
    known, _ = _tell(tx, told, unite=unite)
    return known


def known(tx: Transaction, source: str, external_id: str) -> Known:
    """A customer whom a fact names; one that nobody told of yet is made, to be filled later."""
    row = ahead.row(tx, "customer_source", source, external_id)
    return Known(row.customer_id, row.id) if row is not None else hear(tx, source, external_id, None, 0)


def contacts_of(person: PersonFact) -> Iterable[ContactFact]:
    """The contacts on an order, normalised; a misspelt one is left out, since it must not stop the order."""
    for kind, written in (("email", person.email), ("phone", person.phone)):
        try:
            if written:
                yield ContactFact(kind=kind, address=entries.address(kind, written))  # type: ignore[arg-type]
        except Invalid:
            continue


def _tell(tx: Transaction, told: Told, *, unite: bool = True) -> tuple[Known, revisions.Outcome]:
    row = ahead.row(tx, "customer_source", told.source, told.external_id)
    if row is not None and row.digest == ERASED:  # nothing that a source tells brings an erased person back
        return Known(row.customer_id, row.id), "stale"
    customer = row.customer_id if row is not None else _owner(tx, told)
    made = customer is None
    fresh: dict[str, Any] = {}
    if customer is None:
        fresh = settling.fresh(told.document)
        customer = entries.new(tx, **fresh)
    put = revisions.put(
        tx,
        "customer_source",
        told.source,
        told.external_id,
        told.revision,
        told.digest,
        {
            "at": told.at,
            "document": dump(told.document),
            "seen_at": tx.now,
            **({} if row is not None else {"customer_id": customer, "created_at": tx.now}),
        },
        held=row,
    )
    if row is None and put.before is not None:  # another process was faster
        tx.run("DELETE FROM customer WHERE id = :id", id=customer) if made else None
        customer, made = put.before.customer_id, False
    gained = [_gain(tx, customer, one, told.source) for one in told.contacts]
    if put.counts:
        if row is not None:
            tx.run("DELETE FROM customer_address WHERE source_id = :id", id=put.id)
        for address in told.addresses:
            write_address(tx, customer, address, put.id)
    if made:
        contacts = [one for one, new in zip(told.contacts, gained, strict=True) if new]
        keys.write(tx, customer, person(told, contacts, fresh))
        tx.record(CustomerChanged(customer=customer, what="added"), f"source:{told.source}")
    elif put.counts or any(gained):
        settling.settle(tx, customer, by=f"source:{told.source}", what="told")
    if unite and told.contacts and row is not None:
        customer = _unite(tx, customer, told.contacts, f"source:{told.source}")
    return Known(customer, put.id), put.outcome


def holders(tx: Transaction, contacts: Iterable[ContactFact]) -> set[int]:
    """The customers who have one of these contacts (which are normalised), verified or not."""
    return {
        row.customer_id
        for one in contacts
        for row in tx.all(
            "SELECT customer_id FROM contact WHERE kind IN (:kind, :claimed) AND address = :address",
            kind=one.kind,
            claimed=one.kind + entries.UNVERIFIED,
            address=one.address,
        )
    }


def owner(tx: Transaction, fact: CustomerFact) -> int | None:
    """Whom a fact whose number is not known yet would be taken for, by its contacts (which are normalised)."""
    document = {name: value for name, value in msgspec.to_builtins(fact).items() if name not in _NOT_KEPT}
    return _owner(tx, Told(fact.source, fact.external_id, 0, "", None, document, fact.contacts, ()))


def _owner(tx: Transaction, told: Told) -> int | None:
    """Whose verified contacts these are, when all are one customer's whom nothing says to be somebody else."""
    owners = _owners(tx, told.contacts)
    if len(owners) != 1:
        return None
    (owner,) = owners
    account = frozenset() if told.external_id.startswith(UNNUMBERED) else frozenset({(told.source, told.external_id)})
    return owner if _alike(tx, _features(told, account), owner) else None


def _owners(tx: Transaction, contacts: Sequence[ContactFact]) -> set[int]:
    return {
        row.customer_id
        for one in contacts
        if one.verified and not one.relay and not entries.is_relay(one.address)
        for row in tx.all(
            "SELECT customer_id FROM contact WHERE kind = :kind AND address = :address AND relay = :no",
            kind=one.kind,
            address=one.address,
            no=False,
        )
    }


def _features(told: Told, accounts: frozenset[tuple[str, str]]) -> Features:
    name = settling.named(told.document)
    birthday = str(told.document.get("birthday", ""))
    return scoring.features(Person(name, "", "", "", "", birthday), accounts=accounts)


def _alike(tx: Transaction, features: Features, other: int) -> bool:
    """Whether a shared verified address is enough: neither names nor birthdays nor accounts say otherwise."""
    found = suggestions.people(tx, [other])
    if other not in found:
        return False
    theirs = found[other][1]
    sources = {source for source, _ in theirs.accounts - features.accounts}
    return not scoring.conflicting(features, theirs) and not sources & {source for source, _ in features.accounts}


def _unite(tx: Transaction, customer: int, contacts: Sequence[ContactFact], by: str) -> int:
    """A customer whom only systems told of, and whose verified address another customer has, is that customer.

    It happens when a fact that names them comes before the one that says their address. Who of the two stays.
    """
    others = _owners(tx, contacts) - {customer}
    if len(others) != 1:
        return customer
    (other,) = others
    known = suggestions.people(tx, [customer])
    if customer not in known or not _alike(tx, known[customer][1], other):
        return customer
    loose = [each for each in (customer, other) if _only_told(tx, each)]
    if not loose:
        return customer
    gone = max(loose)
    kept = other if gone == customer else customer
    ahead.forget(tx)
    merging.join(tx, kept, gone, merging.together(tx, kept, gone), by=by, reason="verified address")
    return kept


def _only_told(tx: Transaction, customer: int) -> bool:
    """Whether nobody here has had to do with a customer: no ticket, nothing set, no merge."""
    row = tx.one("SELECT kept, note, blocked FROM customer WHERE id = :id", id=customer)
    if row.kept or row.note or row.blocked:
        return False
    return not tx.value(
        "SELECT 1 FROM ticket WHERE customer_id = :id"
        " UNION SELECT 1 FROM customer_merge WHERE kept_id = :id AND by_whom NOT LIKE 'source:%'",
        id=customer,
    )


def _gain(tx: Transaction, customer: int, contact: ContactFact, source: str) -> bool:
    """Let a customer have a contact, unless somebody else has it. Whether it is new."""
    kind = contact.kind if contact.verified else contact.kind + entries.UNVERIFIED
    taken = tx.value(
        "SELECT id FROM contact WHERE kind = :kind AND address = :address", kind=kind, address=contact.address
    )
    if taken is not None:
        return False
    entries.new_contact(
        tx,
        customer,
        kind,
        contact.address,
        "",
        verified_by=f"source:{source}" if contact.verified else "",
        relay=contact.relay,
    )
    return True


def person(told: Told, contacts: Sequence[ContactFact], known: dict[str, Any]) -> Person:
    """What makes the keys of a customer of whom nothing but this is `known` (`settling.fresh`)."""
    doors = [one for one in told.addresses if not one.name]
    return Person(
        name=str(known.get("name", "")),
        kana=str(known.get("kana", "")),
        given_name=str(known.get("given_name", "")),
        given_kana=str(known.get("given_kana", "")),
        company=str(known.get("company", "")),
        birthday=str(known.get("birthday", "")),
        emails=tuple(
            one.address
            for one in contacts
            if one.kind == "email" and not one.relay and not entries.is_relay(one.address)
        ),
        phones=(
            *(one.address for one in contacts if one.kind == "phone"),
            *(numbers.normalise(one.phone) or one.phone for one in doors if one.phone),
        ),
        addresses=tuple((one.postal_code, one.region + one.city + one.street) for one in doors),
        external=() if told.external_id.startswith(UNNUMBERED) else (told.external_id,),
    )


def write_address(tx: Transaction, customer: int, address: AddressFact, source_id: int | None = None) -> int:
    """One more address of a customer; the id."""
    return tx.insert("customer_address", customer_id=customer, source_id=source_id, **place(address))


def place(address: AddressFact) -> dict[str, Any]:
    """The columns of an address. Japanese postal codes are written alike, one that is none stays."""
    phone = (numbers.normalise(address.phone) or address.phone) if address.phone else ""
    code = address.postal_code
    with suppress(Unreadable):
        code = read_postal_code(code, address.country)
    return {**msgspec.structs.asdict(address), "phone": phone, "postal_code": code}


def note_consents(tx: Transaction, customer: int, source: str, consents: Sequence[ConsentFact]) -> None:
    """Keep what a customer agreed to or refused; what is kept already stays single."""
    for consent in consents:
        values = {
            "customer": customer,
            "purpose": consent.purpose,
            "channel": consent.channel,
            "at": consent.at,
            "source": source,
        }
        there = (
            "SELECT 1 FROM consent WHERE customer_id = :customer AND purpose = :purpose AND channel = :channel"
            " AND at = :at AND source = :source"
        )
        if tx.value(there, **values) is None:
            tx.run(
                "INSERT INTO consent (customer_id, purpose, channel, given, at, source, note)"
                " VALUES (:customer, :purpose, :channel, :given, :at, :source, :note)",
                **values,
                given=consent.given,
                note=consent.note,
            )
