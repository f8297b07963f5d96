"""In charge of turning what an admin typed into an account's settings, each value of the type its field wants."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import orjson

from channels.contract import Field
from server.errors import Invalid

DEFAULTED = frozenset(("number", "choice", "color", "words", "questions", "json"))
"""Kinds of which an empty value means the default, not an empty one."""
TRUE = frozenset(("1", "true", "on", "yes"))
MOST_ROWS = 200
LONGEST = {"text": 1000, "secret": 20_000, "long": 100_000, "lines": 100_000, "json": 500_000}


@runtime_checkable
class JudgesSettings(Protocol):
    """A channel whose settings must fit together in ways that single fields cannot say."""

    def judge(self, settings: Mapping[str, Any], language: str = "en") -> Mapping[str, str]:
        """What is wrong, by the setting's path; empty when all is well."""


@runtime_checkable
class StartsWith(Protocol):
    """A channel whose accounts begin with more than the defaults of single fields."""

    def starter(self) -> dict[str, Any]:
        """The settings of a new account."""


def split(
    fields: Sequence[Field], given: Mapping[str, Any], secrets: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The settings and the secrets out of what was typed; an empty secret stays what it was.

    Settings that no field names are kept as they are: a channel may hold structured ones (a form's definition) that
    a page of its own edits. Raises `Invalid` naming each field at fault.
    """
    problems: dict[str, str] = {}
    names = {field.name for field in fields}
    settings = {name: value for name, value in given.items() if name not in names}
    kept = {field.name: secrets[field.name] for field in fields if field.kind == "secret" and field.name in secrets}
    for field in fields:
        try:
            value = typed(field, given.get(field.name))
        except ValueError as error:
            problems[field.name] = str(error)
            continue
        if field.kind != "secret":
            if value is not None:
                settings[field.name] = value
        elif value:
            kept[field.name] = value
        elif field.required and field.name not in kept:
            problems[field.name] = "is missing"
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    return settings, kept


def typed(field: Field, value: Any) -> Any:
    """One value of the field's type. Raises `ValueError` with English words for the catalogue."""
    if isinstance(value, str):
        value = value.replace("\r\n", "\n").replace("\0", "")
        if field.kind not in ("long", "json", "lines"):
            value = value.strip()
    if field.kind == "boolean":
        if value is None:
            return bool(field.default)
        return value.lower() in TRUE if isinstance(value, str) else bool(value)
    if value == "" and field.kind == "lines":
        return []
    if value is None or value == "":
        if field.kind == "secret":
            return ""
        if field.required and field.default in (None, ""):
            raise ValueError("is missing")
        return field.default if value is None or field.required or field.kind in DEFAULTED else ""
    if isinstance(value, str) and len(value) > LONGEST.get(field.kind, 1000):
        raise ValueError("is too long")
    return _CONVERT[field.kind](field, value)


def _text(_field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")
    return value


def _number(_field: Field, value: Any) -> int | float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError("must be a number") from None
    if not math.isfinite(number):
        raise ValueError("must be a number")
    return int(number) if number.is_integer() else number


def _choice(field: Field, value: Any) -> str:
    if str(value) not in {name for name, _ in field.choices}:
        raise ValueError("is not one of the choices")
    return str(value)


def _json(_field: Field, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise ValueError("is no JSON") from None


def _read(value: Any) -> Any:
    """JSON, where somebody wrote it down as such: on the command line."""
    return _json(Field("", ""), value) if isinstance(value, str) else value


def _lines(_field: Field, value: Any) -> list[str]:
    if isinstance(value, str) and not value.lstrip().startswith("["):
        value = value.splitlines()
    value = _read(value)
    if not isinstance(value, list) or len(value) > MOST_ROWS or not all(isinstance(one, str) for one in value):
        raise ValueError("is not of the right type")
    return [one.strip() for one in value if one.strip()]


def _words(_field: Field, value: Any) -> dict[str, str]:
    value = _read(value)
    if not isinstance(value, Mapping) or not all(isinstance(one, str) for one in value.values()):
        raise ValueError("is not of the right type")
    if any(len(one) > LONGEST["text"] * 4 for one in value.values()):
        raise ValueError("is too long")
    return {str(language): said.replace("\r\n", "\n").strip() for language, said in value.items() if said.strip()}


def _questions(_field: Field, value: Any) -> list[dict[str, Any]]:
    """A list of questions, also as a page sends it: by place, with empty rows."""
    value = _read(value)
    rows = list(value.values()) if isinstance(value, Mapping) else value
    if not isinstance(rows, list) or len(rows) > MOST_ROWS or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError("is not of the right type")
    return [
        {
            "name": str(row["name"]).strip(),
            "label": _words(_field, row.get("label") or {}),
            "required": row.get("required") in (True, *TRUE),
        }
        for row in rows
        if str(row.get("name") or "").strip()
    ]


_CONVERT = {
    "text": _text,
    "long": _text,
    "secret": _text,
    "color": _text,
    "number": _number,
    "choice": _choice,
    "lines": _lines,
    "words": _words,
    "questions": _questions,
    "json": _json,
}
