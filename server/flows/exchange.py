"""Flows as files, to be kept elsewhere or taken to another desk: JSON, or TOML to be read. What belongs to one desk
(teams, articles, segments) is kept by number, and looked over before the flow is published."""

from __future__ import annotations

import tomllib
from typing import Any, Literal

import msgspec

from server.errors import Invalid
from server.flows.steps import Scenario, read

Form = Literal["json", "toml"]
MOST_BYTES = 400_000


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A file's content."""

    name: str
    flow: Scenario


def written(name: str, flow: Scenario, form: Form) -> str:
    """A flow as a file."""
    if form == "json":
        return msgspec.json.format(msgspec.json.encode(Moved(name=name, flow=flow))).decode() + "\n"
    return f"name = {_toml(name)}\nflow = {_toml(msgspec.to_builtins(flow))}\n"


def taken(text: str) -> Moved:
    """What a file says, whichever of the two it is. Raises `Invalid`."""
    try:
        content: Any = msgspec.json.decode(text) if text.lstrip().startswith("{") else tomllib.loads(text)
        if not isinstance(content, dict):
            raise Invalid(fields={"file": "is no flow"})
        return Moved(name=str(content.get("name") or "Flow")[:100], flow=read(content.get("flow", content)))
    except (msgspec.MsgspecError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise Invalid(fields={"file": "is no flow"}) from error


def _toml(value: Any, depth: int = 0) -> str:
    """A value as TOML 1.0 writes it: lists over several lines, tables inline, strings as JSON's basic ones."""
    pad = "  " * depth
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
        case list() if value:
            inner = ",\n".join(f"{pad}  {_toml(each, depth + 1)}" for each in value)
            return f"[\n{inner}\n{pad}]"
        case list():
            return "[]"
        case dict():
            return (
                "{"
                + ", ".join(f"{_key(key)} = {_toml(each, depth)}" for key, each in value.items() if each is not None)
                + "}"
            )
    return '""'


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "a").isalnum() else msgspec.json.encode(key).decode()
