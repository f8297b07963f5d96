"""Customers and their contacts: who they are, whatever channel they write from."""

from server.customers.actions import (
    CustomerEdit,
    Identity,
    add,
    block,
    edit,
    identify,
    reachable,
    unreachable,
)
from server.customers.beside import purchases
from server.customers.contacts import add as add_contact
from server.customers.details import add_address, note_consent, remove_address
from server.customers.entries import UNVERIFIED
from server.customers.finding import find
from server.customers.profiles import contact_of, is_stale, join, move, picture, told, unreachable_because
from server.customers.queries import find_by_phone, has, known, view
from server.customers.segments import raised
from server.customers.value import of as worth

__all__ = [
    "UNVERIFIED",
    "CustomerEdit",
    "Identity",
    "add",
    "add_address",
    "add_contact",
    "block",
    "contact_of",
    "edit",
    "find",
    "find_by_phone",
    "has",
    "identify",
    "is_stale",
    "join",
    "known",
    "move",
    "note_consent",
    "picture",
    "purchases",
    "raised",
    "reachable",
    "remove_address",
    "told",
    "unreachable",
    "unreachable_because",
    "view",
    "worth",
]
