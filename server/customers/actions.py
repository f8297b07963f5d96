"""What can be done with customers: identify who wrote, edit, block, and remember that a contact is out of reach."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple
from zoneinfo import available_timezones

import msgspec

from channels.contract import Party
from server.agents import AgentView, require
from server.customers import attributes, entries, keys, names, queries
from server.customers.changes import note
from server.customers.contacts import refuse_taken
from server.customers.entries import UNVERIFIED
from server.customers.views import CustomerView
from server.database import Transaction
from server.database.types import dump
from server.errors import Conflict, Invalid, NotFound
from server.events import CustomerChanged

EDITABLE = ("name", "kana", "family_name", "given_name", "family_kana", "given_kana", "honorific", "company",
            "department", "birthday", "sex", "language", "time_zone", "member_rank", "note", "tags", "attributes",
            "vip", "opted_out", "notices_by")  # fmt: skip
SEXES = ("", "female", "male", "other")
NOTICES_BY = ("", "line", "email", "none")
_PARTED = {"name": ("family_name", "given_name"), "kana": ("family_kana", "given_kana")}


class Identity(NamedTuple):
    """Who wrote: the contact, its customer, and whether they were known before."""

    contact_id: int
    customer_id: int
    name: str
    blocked: bool
    known: bool


class CustomerEdit(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What is to change of a customer; what is left out stays. Of `attributes` only those named change."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    kana: str | msgspec.UnsetType = msgspec.UNSET
    family_name: str | msgspec.UnsetType = msgspec.UNSET
    given_name: str | msgspec.UnsetType = msgspec.UNSET
    family_kana: str | msgspec.UnsetType = msgspec.UNSET
    given_kana: str | msgspec.UnsetType = msgspec.UNSET
    honorific: str | msgspec.UnsetType = msgspec.UNSET
    company: str | msgspec.UnsetType = msgspec.UNSET
    department: str | msgspec.UnsetType = msgspec.UNSET
    birthday: date | msgspec.UnsetType | None = msgspec.UNSET
    sex: str | msgspec.UnsetType = msgspec.UNSET
    language: str | msgspec.UnsetType | None = msgspec.UNSET
    time_zone: str | msgspec.UnsetType = msgspec.UNSET
    member_rank: str | msgspec.UnsetType = msgspec.UNSET
    note: str | msgspec.UnsetType = msgspec.UNSET
    tags: list[str] | msgspec.UnsetType = msgspec.UNSET
    attributes: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    vip: bool | msgspec.UnsetType = msgspec.UNSET
    opted_out: bool | msgspec.UnsetType = msgspec.UNSET
    notices_by: str | msgspec.UnsetType = msgspec.UNSET


def identify(tx: Transaction, party: Party, *, language: str | None = None) -> Identity:
    """The customer behind a party; a new one when the contact is not known.

    Only the same address of the same kind matches, and only when the channel vouches for it: an unverified
    claim is kept as a contact of its own kind and never finds the customer whose address it names.
    """
    kind = party.kind if party.verified else party.kind + UNVERIFIED
    # Touching the contact first holds off a merge that would give it to somebody else meanwhile.
    contact = tx.first(
        "UPDATE contact SET seen_at = :now WHERE kind = :kind AND address = :address RETURNING id, customer_id, name",
        now=tx.now,
        kind=kind,
        address=party.address,
    )
    if contact is not None:
        customer = tx.one("SELECT name, blocked FROM customer WHERE id = :id", id=contact.customer_id)
        if party.name and party.name != contact.name:
            tx.run("UPDATE contact SET name = :name WHERE id = :id", name=party.name, id=contact.id)
            if not customer.name:
                tx.run("UPDATE customer SET name = :name WHERE id = :id", name=party.name, id=contact.customer_id)
                keys.refresh(tx, contact.customer_id)
                tx.record(CustomerChanged(customer=contact.customer_id, what="name"))
        named = customer.name or party.name
        return Identity(contact.id, contact.customer_id, named, bool(customer.blocked), True)
    customer_id = entries.new(tx, name=party.name, language=language)
    contact_id = entries.new_contact(
        tx, customer_id, kind, party.address, party.name, verified_by="channel" if party.verified else ""
    )
    keys.begin(tx, customer_id, party.name, kind, party.address)
    return Identity(contact_id, customer_id, party.name, False, False)


def add(tx: Transaction, agent: AgentView, *, name: str, contacts: list[Party]) -> int:
    """A customer that an agent writes down. Raises `Conflict` when a contact belongs to somebody already."""
    require(agent, "agent")
    for party in contacts:
        refuse_taken(tx, party)
    customer_id = entries.new(tx, name=name)
    for party in contacts:
        entries.new_contact(tx, customer_id, party.kind, party.address, party.name or name, verified_by=agent.actor)
    keys.refresh(tx, customer_id)
    note(tx, customer_id, "added", agent.actor)
    return customer_id


def edit(
    tx: Transaction, agent: AgentView, customer_id: int, changes: CustomerEdit, *, version: int | None = None
) -> CustomerView:
    """Change what is known of a customer. Raises `Conflict` with the customer as it stands on a stale version."""
    require(agent, "agent")
    current = queries.view(tx, customer_id)
    if version is not None and version != current.version:
        raise Conflict("Somebody changed this customer in between.", current=current)
    if current.merged_into is not None:
        raise Conflict("This customer was merged into customer {id}.", id=current.merged_into, current=current)
    values = _edited(tx, current, changes)
    if values:
        values["kept"] = sorted({*current.kept, *_own(values, changes)})
        row = {name: dump(value) if name in ("tags", "attributes", "kept") else value for name, value in values.items()}
        places = ", ".join(f"{field} = :{field}" for field in row)
        tx.run(
            f"UPDATE customer SET {places}, version = version + 1, updated_at = :now WHERE id = :id",
            **row,
            now=tx.now,
            id=customer_id,
        )
        keys.refresh(tx, customer_id)
        note(tx, customer_id, "edited", agent.actor, [name for name in values if name != "kept"])
    return queries.view(tx, customer_id)


def _edited(tx: Transaction, current: CustomerView, changes: CustomerEdit) -> dict[str, Any]:
    """The columns that an edit sets. A name and its parts follow each other. Raises `Invalid`."""
    values: dict[str, Any] = {
        field: value for field in EDITABLE if (value := getattr(changes, field)) is not msgspec.UNSET
    }
    problems = {
        field: "at most 200 characters"
        for field, value in values.items()
        if field != "note" and isinstance(value, str) and len(value) > 200
    }
    if "time_zone" in values and values["time_zone"] and values["time_zone"] not in available_timezones():
        problems["time_zone"] = "is not one of the choices"
    if values.get("sex", "") not in SEXES:
        problems["sex"] = "is not one of the choices"
    if values.get("notices_by", "") not in NOTICES_BY:
        problems["notices_by"] = "is not one of the choices"
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    if "birthday" in values:
        values["birthday"] = values["birthday"].isoformat() if values["birthday"] else ""
    if "tags" in values:
        values["tags"] = sorted({tag.strip() for tag in values["tags"] if tag.strip()})
    if "attributes" in values:
        whole = {**current.attributes, **attributes.checked(tx, values["attributes"])}
        values["attributes"] = {name: value for name, value in whole.items() if value is not None}
    for whole_name, (family, given) in _PARTED.items():
        if whole_name in values and not {family, given} & values.keys():
            first, last = names.parts(values[whole_name])
            values |= {family: first if last else "", given: last}
        elif whole_name not in values and {family, given} & values.keys():
            parts = [values.get(name, getattr(current, name)) for name in (family, given)]
            values[whole_name] = names.together(*parts)
    return values


def _own(values: dict[str, Any], changes: CustomerEdit) -> set[str]:
    """The fields that are people's own from now on."""
    own = set(values) - {"note", "attributes"}
    if isinstance(changes.attributes, dict):
        own |= {f"attributes.{name}" for name in changes.attributes}
    return own


def block(tx: Transaction, agent: AgentView, customer_id: int, blocked: bool) -> CustomerView:
    """From now on file what this customer writes as spam; or no longer."""
    require(agent, "agent")
    if tx.run("UPDATE customer SET blocked = :blocked WHERE id = :id", blocked=blocked, id=customer_id) == 0:
        raise NotFound("There is no customer {id}.", id=customer_id)
    note(tx, customer_id, "blocked" if blocked else "unblocked", agent.actor)
    return queries.view(tx, customer_id)


def unreachable(tx: Transaction, kind: str, address: str, words: str) -> None:
    """A letter came back: mark the contact, so that the next agent sees it before writing."""
    tx.run(
        "UPDATE contact SET reachable = :no, unreachable_because = :words WHERE kind = :kind AND address = :address",
        no=False,
        words=words[:500],
        kind=kind,
        address=address,
    )


def reachable(tx: Transaction, kind: str, address: str) -> None:
    """The contact can be reached after all."""
    tx.run(
        "UPDATE contact SET reachable = :yes, unreachable_because = '' WHERE kind = :kind AND address = :address"
        " AND reachable = :no",
        yes=True,
        no=False,
        kind=kind,
        address=address,
    )
