"""Attributes: what this shop keeps of its customers, beside what every customer has; each has a type."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import msgspec

from server.agents import AgentView, require
from server.database import Transaction
from server.database.types import dump
from server.errors import Invalid, NotFound
from server.events import DeskChanged

Kind = Literal["text", "number", "boolean", "date", "choice"]
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
LONGEST = 2000


class AttributeView(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute; its values are in a customer's `attributes` under `name`."""

    name: str
    kind: Kind
    label_ja: str
    label_en: str
    choices: list[str] = []
    position: int = 0

    def says(self, language: str) -> str:
        """Its label in a language, or in the one that there is."""
        return (self.label_en or self.label_ja) if language == "en" else (self.label_ja or self.label_en)


def all(tx: Transaction) -> list[AttributeView]:
    """Every attribute in the order in which screens show them."""
    return [_view(row) for row in tx.all("SELECT * FROM customer_field ORDER BY position, name")]


def put(tx: Transaction, agent: AgentView, attribute: AttributeView) -> AttributeView:
    """Make an attribute, or change one; its kind stays what it was. Raises `Invalid`."""
    require(agent, "lead")
    problems: dict[str, str] = {}
    if not NAME.fullmatch(attribute.name):
        problems["name"] = "must begin with a letter and have only a to z, digits and _"
    if not (attribute.label_ja or attribute.label_en):
        problems["label_ja"] = "is missing"
    if attribute.kind == "choice" and not attribute.choices:
        problems["choices"] = "is missing"
    before = tx.value("SELECT kind FROM customer_field WHERE name = :name", name=attribute.name)
    if before is not None and before != attribute.kind:
        problems["kind"] = "cannot be changed: there are values"
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    tx.run(
        "INSERT INTO customer_field (name, kind, label_ja, label_en, choices, position)"
        " VALUES (:name, :kind, :label_ja, :label_en, :choices, :position) ON CONFLICT (name) DO UPDATE SET"
        " label_ja = excluded.label_ja, label_en = excluded.label_en, choices = excluded.choices,"
        " position = excluded.position",
        **{**msgspec.structs.asdict(attribute), "choices": dump(attribute.choices)},
    )
    tx.record(DeskChanged(what="customer_field"), by=agent.actor)
    return attribute


def remove(tx: Transaction, agent: AgentView, name: str) -> None:
    """Keep this of customers no longer. The values stay in the database, unseen, until the name is used again."""
    require(agent, "lead")
    if not tx.run("DELETE FROM customer_field WHERE name = :name", name=name):
        raise NotFound("There is no such field.")
    tx.record(DeskChanged(what="customer_field"), by=agent.actor)


def checked(tx: Transaction, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values for a customer's attributes, each of its kind; None takes one away. Raises `Invalid`."""
    if not values:
        return {}
    known = {attribute.name: attribute for attribute in all(tx)}
    problems: dict[str, str] = {}
    for name, value in values.items():
        attribute = known.get(name)
        if attribute is None:
            problems[f"attributes.{name}"] = "is no field of this desk"
        elif value is not None and (problem := _problem(attribute, value)):
            problems[f"attributes.{name}"] = problem
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    return dict(values)


def _problem(attribute: AttributeView, value: Any) -> str:
    match attribute.kind:
        case "text":
            return "" if isinstance(value, str) and len(value) <= LONGEST else "must be a text"
        case "number":
            number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            return "" if number else "must be a number"
        case "boolean":
            return "" if isinstance(value, bool) else "must be true or false"
        case "date":
            try:
                date.fromisoformat(value)
            except (TypeError, ValueError):
                return "must be a date, YYYY-MM-DD"
            return ""
        case "choice":
            return "" if value in attribute.choices else "is not one of the choices"


def _view(row: Any) -> AttributeView:
    return AttributeView(**{name: getattr(row, name) for name in AttributeView.__struct_fields__})
