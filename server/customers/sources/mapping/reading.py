"""Reading a mapping file: everything that is wrong with it is said at once, each by its place in the document."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from typing import Any

import msgspec

from server.customers.sources.mapping.document import (
    ASKED,
    GIVEN,
    LANGUAGE,
    PLACES,
    Mapping,
    Rules,
    Stream,
)
from server.customers.sources.mapping.rules import Compiled, compile_rule
from server.customers.sources.mapping.shapes import Object, compile_object
from server.customers.sources.mapping.values import NAMED_FORMATS, Target, check_format, zone
from server.customers.store.batch import KINDS
from server.errors import Invalid


@lru_cache(maxsize=64)
def read(text: str) -> Mapping:
    """Read a mapping and make it ready. Raises `Invalid`, its fields being places in the document."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(fields={"mapping": f"is not TOML: {error}"}) from error
    try:
        found = msgspec.convert(document, Mapping)
    except msgspec.ValidationError as error:
        words, _, place = str(error).partition(" - at `$.")
        raise Invalid(fields={place.rstrip("`") or "mapping": words.replace("`", "")}) from error
    errors: dict[str, str] = {}
    _check(found, errors)
    for stream in found.stream:
        _check_stream(stream, found, errors)
        rules = _rules(stream, found, errors)
        if rules is not None:
            stream.ready(rules)
    if errors:
        raise Invalid(fields=errors)
    return found


def _check(mapping: Mapping, errors: dict[str, str]) -> None:
    if mapping.mapping != LANGUAGE:
        errors["mapping"] = f"is {LANGUAGE}, the version of this language"
    parts = {"http": mapping.http, "sql": mapping.sql, "file": mapping.file}
    for name, part in parts.items():
        if part is not None and name != mapping.kind:
            errors[name] = f"does not belong to a source of the kind {mapping.kind}"
    if mapping.kind != "file" and parts[mapping.kind] is None:
        errors[mapping.kind] = "is wanted"
    try:
        zone(mapping.time_zone)
    except ValueError as error:
        errors["time_zone"] = str(error)
    names = [each.name for each in mapping.stream]
    if len(set(names)) != len(names) or not names:
        errors["stream"] = "each has a name of its own, and there is at least one"
    for name, parameter in mapping.parameters.items():
        if name in GIVEN:
            errors[f"parameters.{name}"] = "is a name that the desk fills in by itself"
        try:
            re.compile(parameter.pattern)
        except re.error as error:
            errors[f"parameters.{name}.pattern"] = str(error)
    for name, whole in (*parts.items(), ("hook", mapping.hook)):
        _check_places(msgspec.to_builtins(whole), name, frozenset(mapping.parameters), errors)
    for number, event in enumerate(mapping.hook.event if mapping.hook is not None else []):
        if event.stream not in names:
            errors[f"hook.event[{number}].stream"] = f"there is none named {event.stream}"


def _check_stream(stream: Stream, mapping: Mapping, errors: dict[str, str]) -> None:
    place = f"stream.{stream.name}"
    whole = msgspec.to_builtins(stream)
    for name in ("fields", "id", "updated", "only", "find", "children"):
        whole.pop(name, None)
    parameters = frozenset(mapping.parameters)
    _check_places(whole, place, parameters | GIVEN, errors)
    if mapping.kind == "sql":
        if bool(stream.table) == bool(stream.sql):
            errors[f"{place}.table"] = "wants either a table or its own sql"
        if stream.path:
            errors[f"{place}.path"] = "belongs to sources of the kind http"
    if mapping.kind == "http" and (stream.table or stream.sql):
        errors[f"{place}.table"] = "belongs to sources of the kind sql"
    if stream.since not in ("iso", "unix", "unix_ms", "number"):
        _form(stream.since, f"{place}.since", errors)
    paging = stream.paging
    if paging.by in ("next", "cursor") and not paging.next:
        errors[f"{place}.paging.next"] = "says where the answer names the next"
    if paging.by in ("page", "offset") and not paging.name:
        errors[f"{place}.paging.name"] = "is the name of the query's number"
    for number, find in enumerate(stream.find):
        where = f"{place}.find[{number}]"
        _check_places(msgspec.to_builtins(find), where, parameters | set(ASKED), errors)
        if mapping.kind == "sql" and not (find.where or find.sql):
            errors[f"{where}.where"] = f"is a condition such as customer_id = :{find.by}"
    for name, child in stream.children.items():
        where = f"{place}.children.{name}"
        _check_places(msgspec.to_builtins(child), where, parameters | {"id"}, errors)
        if mapping.kind == "sql" and not (child.key and (child.table or child.sql)):
            errors[where] = "wants the table, and in `key` its column with the record's id"
        if mapping.kind == "file":
            errors[where] = "belongs to sources of the kinds sql and http; a file has `group`"


def _rules(stream: Stream, mapping: Mapping, errors: dict[str, str]) -> Rules | None:
    place = f"stream.{stream.name}"
    before = len(errors)
    shape, _ = KINDS[stream.fact]
    fields = compile_object(shape, stream.fields, f"{place}.fields", mapping.codes, errors, top=True)
    key = stream.id if stream.id is not None else stream.fields.get("external_id", "")
    id_rule = compile_rule(key, Target("text"), f"{place}.id", mapping.codes, errors)
    updated = only = None
    if stream.updated is not None:
        updated = compile_rule(stream.updated, Target("revision"), f"{place}.updated", mapping.codes, errors)
    if stream.only is not None:
        only = _only(stream.only, f"{place}.only", errors)
    if mapping.kind == "sql" and not (isinstance(key, str) and _is_column(stream.updated)):
        errors[f"{place}.id"] = "a database is read by columns: `id` and `updated` are names of columns"
    if len(errors) > before or fields is None or id_rule is None:
        return None
    assert isinstance(fields, Object)
    return Rules(
        fields, id_rule, updated, only,
        frozenset(each.encode_name for each in msgspec.structs.fields(shape) if each.required) - {"source"},
    )  # fmt: skip


def _only(written: dict[str, Any], place: str, errors: dict[str, str]) -> Compiled | None:
    return compile_rule({**written, "constant": True}, Target("flag"), place, {}, errors)


def _is_column(rule: str | dict[str, Any] | None) -> bool:
    return rule is None or isinstance(rule if isinstance(rule, str) else rule.get("from"), str)


def _form(text: str, place: str, errors: dict[str, str]) -> None:
    try:
        if text in NAMED_FORMATS:
            raise ValueError("is iso, unix, unix_ms, number, or a form such as %Y-%m-%d %H:%M:%S")
        check_format(text)
    except ValueError as error:
        errors[place] = str(error)


def _check_places(value: Any, place: str, known: frozenset[str] | set[str], errors: dict[str, str]) -> None:
    """Every `${name}` must be known."""
    match value:
        case str():
            for name in PLACES.findall(value):
                if name not in known:
                    errors[place] = f"there is no parameter {name}"
        case dict():
            for name, each in value.items():
                _check_places(each, f"{place}.{name}", known, errors)
        case list():
            for number, each in enumerate(value):
                _check_places(each, f"{place}[{number}]", known, errors)
