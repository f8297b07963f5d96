"""In charge of what is to become of a file: what its columns are, and what happens with what is known already."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from server.customers.attributes import AttributeView
from server.customers.imports import fields
from server.customers.imports.fields import What
from server.customers.readers import Order
from server.errors import Invalid

SOURCE = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a file.

    `columns` has a field for each column, "" for one that is left out. `existing` is for customers and orders that are
    known already: take the file's word, fill only what is empty, leave them alone, or make new ones beside them.
    `twice` is for what the file has twice. `unreadable` cells refuse their row, or are left out of it. `verified`: the
    mail addresses and telephones in the file are known to be theirs. `source` is the system whose numbers these are.
    """

    what: What = "customers"
    columns: list[str] = []
    source: str = "file"
    existing: Literal["update", "fill", "skip", "new"] = "update"
    twice: Literal["later", "first", "refuse"] = "later"
    unreadable: Literal["refuse", "leave"] = "refuse"
    verified: bool = True
    day_order: Order = "ymd"


def proposed(headers: Sequence[str], attributes: Sequence[AttributeView], what: What | None = None) -> Plan:
    """What the headers speak for."""
    what = what or fields.likely(headers)
    return Plan(what=what, columns=fields.guess(headers, what, attributes))


def digest(headers: Sequence[str]) -> str:
    """Files with the same column names have the same."""
    return hashlib.sha256("\x1f".join(fields.folded(header) for header in headers).encode()).hexdigest()[:32]


def check(plan: Plan, headers: Sequence[str], attributes: Sequence[AttributeView]) -> None:
    """Raises `Invalid`, naming what is wrong with a plan."""
    problems: dict[str, str] = {}
    known = {**fields.SETS[plan.what]}
    own = {f"attributes.{one.name}" for one in attributes} if plan.what == "customers" else set()
    if len(plan.columns) != len(headers):
        problems["columns"] = "must be as many as the file has"
    for place, name in enumerate(plan.columns):
        if name and name not in known and name not in own:
            problems[f"columns.{place}"] = "is no field that can be imported"
        elif name and not (name in known and known[name].many) and name in plan.columns[:place]:
            problems[f"columns.{place}"] = "is chosen twice"
    if not SOURCE.fullmatch(plan.source):
        problems["source"] = "must have only a to z, digits, dots, hyphens and _"
    if plan.what == "orders":
        problems |= _missing(plan, ("number", "ordered_at"))
        if plan.existing in ("fill", "new"):
            problems["existing"] = "is not for orders"
    elif not any(name in plan.columns for name in ("name", "family_name", "company", "email", "phone", "external_id")):
        problems["columns"] = "have neither a name nor a number nor an address"
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)


def _missing(plan: Plan, names: Sequence[str]) -> Mapping[str, str]:
    return {f"columns.{name}": "is missing" for name in names if name not in plan.columns}


def read(kept: Any) -> Plan:
    """A plan out of the database."""
    return msgspec.convert(kept, Plan)
