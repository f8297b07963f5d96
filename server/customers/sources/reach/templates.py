"""`${name}` in the texts of a mapping, filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from server.customers.sources.mapping import document


class Missing(Exception):
    """A name that has nothing to say."""


def fill(value: Any, given: Mapping[str, Any]) -> Any:
    """A text, or anything with texts in it, filled in; items of tables of which a name says nothing are left out."""
    match value:
        case str():
            whole = document.PLACES.fullmatch(value)
            if whole is not None:
                return _given(whole[1], given)
            return document.PLACES.sub(lambda match: str(_given(match[1], given)), value)
        case dict():
            made = {}
            for name, each in value.items():
                try:
                    made[name] = fill(each, given)
                except Missing:
                    continue
            return made
        case list():
            return [fill(each, given) for each in value]
        case _:
            return value


def fill_path(text: str, given: Mapping[str, Any]) -> str:
    """A path of a URL; what is filled in is quoted, so that it cannot lead elsewhere."""
    return document.PLACES.sub(lambda match: quote(str(_given(match[1], given)), safe=""), text)


def fill_struct(part: Any, given: Mapping[str, Any]) -> Any:
    """A struct of the mapping with parameters filled in; an empty text where one is missing."""
    whole = {name: "" for name in names(msgspec.to_builtins(part))}
    return msgspec.convert(fill(msgspec.to_builtins(part), {**whole, **given}), type(part))


def names(value: Any) -> set[str]:
    """The names in a text, or in anything with texts in it."""
    match value:
        case str():
            return set(document.PLACES.findall(value))
        case dict():
            return {name for each in value.values() for name in names(each)}
        case list():
            return {name for each in value for name in names(each)}
        case _:
            return set()


def _given(name: str, given: Mapping[str, Any]) -> Any:
    value = given.get(name)
    if value is None:
        raise Missing(name)
    return value
