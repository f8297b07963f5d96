"""Customers and their contacts: who they are, whatever channel they write from."""

from server.customers.actions import Identity, add, add_contact, block, edit, identify, unreachable
from server.customers.queries import find, find_by_phone, shown_name, view

__all__ = [
    "Identity",
    "add",
    "add_contact",
    "block",
    "edit",
    "find",
    "find_by_phone",
    "identify",
    "shown_name",
    "unreachable",
    "view",
]
