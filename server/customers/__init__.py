"""Customers and their contacts: who they are, whatever channel they write from."""

from server.customers.actions import (
    UNVERIFIED,
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
from server.customers.queries import find, find_by_phone, has, view

__all__ = [
    "UNVERIFIED",
    "CustomerEdit",
    "Identity",
    "add",
    "add_contact",
    "block",
    "edit",
    "find",
    "find_by_phone",
    "has",
    "identify",
    "reachable",
    "unreachable",
    "view",
]
