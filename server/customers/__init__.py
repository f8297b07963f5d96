"""Customers and their contacts: who they are, whatever channel they write from."""

from server.customers.actions import (
    CustomerEdit,
    Identity,
    add,
    add_contact,
    block,
    edit,
    identify,
    reachable,
    unreachable,
)
from server.customers.profiles import contact_of, is_stale, join, move, picture, told, unreachable_because
from server.customers.queries import UNVERIFIED, find, find_by_phone, has, known, view

__all__ = [
    "UNVERIFIED",
    "CustomerEdit",
    "Identity",
    "add",
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
    "picture",
    "reachable",
    "told",
    "unreachable",
    "unreachable_because",
    "view",
]
