"""Custom fields: the properties that this shop keeps of its tickets, beside those that every ticket has."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, get_args

import msgspec

from server.agents import AgentView, require
from server.database import Transaction
from server.database.types import dump
from server.errors import Conflict, Invalid, NotFound
from server.events import DeskChanged

Kind = Literal["text", "number", "boolean", "date", "choice"]


class CustomFieldView(msgspec.Struct, frozen=True, kw_only=True):
    """One custom field; its values are in a ticket's `fields` under `name`."""

    name: str
    kind: Kind
    label_ja: str
    label_en: str
    choices: list[str] = []
    position: int = 0

    def says(self, language: str) -> str:
        """Its label."""
        return (self.label_en or self.label_ja) if language == "en" else (self.label_ja or self.label_en)


def all(tx: Transaction) -> list[CustomFieldView]:
    """Every field in the order in which screens show them."""
    return [_view(row) for row in tx.all("SELECT * FROM custom_field ORDER BY position, name")]


def view(tx: Transaction, name: str) -> CustomFieldView:
    """One field. Raises `NotFound`."""
    row = tx.first("SELECT * FROM custom_field WHERE name = :name", name=name)
    if row is None:
        raise NotFound("There is no such field.")
    return _view(row)


def add(tx: Transaction, agent: AgentView, field: CustomFieldView) -> CustomFieldView:
    """A new field, at the end."""
    require(agent, "lead")
    field = _checked(field)
    if tx.value("SELECT name FROM custom_field WHERE name = :name", name=field.name) is not None:
        raise Conflict("There is a field of this name already.", current=view(tx, field.name))
    last = tx.value("SELECT max(position) FROM custom_field")
    tx.run(
        "INSERT INTO custom_field (name, kind, label_ja, label_en, choices, position)"
        " VALUES (:name, :kind, :label_ja, :label_en, :choices, :position)",
        **_columns(msgspec.structs.replace(field, position=0 if last is None else last + 1)),
    )
    tx.record(DeskChanged(what="field"), by=agent.actor)
    return view(tx, field.name)


def edit(tx: Transaction, agent: AgentView, field: CustomFieldView) -> CustomFieldView:
    """Other words, choices or another place. The kind stays: tickets hold values of it."""
    require(agent, "lead")
    before = view(tx, field.name)
    field = _checked(msgspec.structs.replace(field, kind=before.kind))
    tx.run(
        "UPDATE custom_field SET kind = :kind, label_ja = :label_ja, label_en = :label_en, choices = :choices,"
        " position = :position WHERE name = :name",
        **_columns(field),
    )
    tx.record(DeskChanged(what="field"), by=agent.actor)
    return view(tx, field.name)


def remove(tx: Transaction, agent: AgentView, name: str) -> None:
    """Stop showing a field. Tickets keep the values they have, so that a field made anew shows them again."""
    require(agent, "lead")
    view(tx, name)
    tx.run("DELETE FROM custom_field WHERE name = :name", name=name)
    tx.record(DeskChanged(what="field"), by=agent.actor)


def check_values(tx: Transaction, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values for a ticket's fields, each of its field's kind; None takes one away. Raises `Invalid`."""
    known = {field.name: field for field in all(tx)}
    checked: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, value in values.items():
        if name not in known:
            problems[f"fields.{name}"] = "is no field of this desk"
        elif value is None or value == "":
            checked[name] = None
        elif problem := _wrong(known[name], value):
            problems[f"fields.{name}"] = problem
        else:
            checked[name] = value
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    return checked


def _wrong(field: CustomFieldView, value: Any) -> str:
    """What is wrong with a value of a field; empty when nothing is."""
    match field.kind:
        case "text":
            fits = isinstance(value, str) and len(value) <= 2000 and "\0" not in value
            return "" if fits else "must be text"
        case "number":
            fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            return "" if fits and abs(value) < 1e15 else "must be a number"
        case "boolean":
            return "" if isinstance(value, bool) else "must be yes or no"
        case "choice":
            return "" if value in field.choices else "is not one of the choices"
        case "date":
            try:
                date.fromisoformat(value)
            except (TypeError, ValueError):
                return "must be a date like 2026-08-20"
            return ""


def _checked(field: CustomFieldView) -> CustomFieldView:
    problems: dict[str, str] = {}
    labels = field.label_ja.strip(), field.label_en.strip()
    choices = list(dict.fromkeys(" ".join(choice.split()) for choice in field.choices if choice.strip()))
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", field.name):
        problems["name"] = "must be lower-case letters, digits and _, beginning with a letter"
    if field.kind not in get_args(Kind):
        problems["kind"] = "is not one of the choices"
    if not any(labels):
        problems["label_ja"] = "is missing"
    for name, label in (("label_ja", labels[0]), ("label_en", labels[1])):
        if len(label) > 60:
            problems[name] = "is too long"
    if field.kind == "choice" and not choices:
        problems["choices"] = "is missing"
    if len(choices) > 200 or any(len(choice) > 100 for choice in choices):
        problems["choices"] = "is too long"
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    chosen = choices if field.kind == "choice" else []
    return msgspec.structs.replace(field, label_ja=labels[0], label_en=labels[1], choices=chosen)


def _columns(field: CustomFieldView) -> dict[str, Any]:
    return {**msgspec.structs.asdict(field), "choices": dump(field.choices)}


def _view(row: Any) -> CustomFieldView:
    return CustomFieldView(**{name: getattr(row, name) for name in CustomFieldView.__struct_fields__})
