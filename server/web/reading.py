"""Reading requests: JSON bodies and queries into typed forms, with what is wrong told field by field."""

from __future__ import annotations

import re
from collections.abc import Hashable
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar, cast, get_type_hints

import msgspec
import orjson
from aiohttp import web

from server.errors import DeskError, Invalid, TooLarge

Shape = TypeVar("Shape")

MOST_JSON_BYTES = 1_000_000
EARLIEST, LATEST = 1990, 2200
_PLACE = re.compile(r" - at `(?:key` in `)?\$\.?([^`]*)`$")
_MISSING = re.compile(r"^Object missing required field `(.+)`$")
_UNKNOWN = re.compile(r"^Object contains unknown field `(.+)`$")


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a request. A field that it does not know is refused, since it is a misspelt one."""


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The query of a request. Lists are written with commas."""


class BadRequest(DeskError):
    """Bytes that are not what they say they are."""

    status = 400
    code = "bad_request"


class UnsupportedMediaType(DeskError):
    """A body of a type that is not read here."""

    status = 415
    code = "unsupported_media_type"


async def body(request: web.Request, *, limit: int = MOST_JSON_BYTES) -> bytes:
    """The bytes of a body. Raises `TooLarge` before they are all in memory."""
    if (request.content_length or 0) > limit:
        raise TooLarge("At most {limit} bytes are taken here.", limit=limit)
    parts: list[bytes] = []
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > limit:
            raise TooLarge("At most {limit} bytes are taken here.", limit=limit)
        parts.append(chunk)
    return b"".join(parts)


def parse(data: bytes, shape: type[Shape], request: web.Request) -> Shape:
    """A body that was read as `shape`. Nothing at all stands for an empty object."""
    if data and request.content_type != "application/json":
        raise UnsupportedMediaType("This takes application/json.")
    data = data or b"{}"
    try:
        value = msgspec.json.decode(data, type=shape)
    except msgspec.ValidationError as error:
        raise Invalid(fields=_all_wrong(data, shape, error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest("The body is not JSON: {reason}", reason=str(error)) from error
    if is_free(cast(Hashable, shape)) or b"\\u0000" in data:
        _refuse_unkeepable(data)
    _refuse_odd_moments(value)
    return value


def read_query(request: web.Request, shape: type[Shape]) -> Shape:
    """The query as `shape`. Raises `Invalid` with fields."""
    given: dict[str, Any] = {}
    lists = _list_fields(shape)
    for name, value in request.query.items():
        if name in given:
            raise Invalid(fields={name: "is given twice"})
        if "\0" in value:
            raise Invalid(fields={name: "has a character that is not allowed"})
        given[name] = [part for part in value.split(",") if part] if name in lists else value
    given.pop("lang", None) if "lang" not in getattr(shape, "__struct_fields__", ()) else None
    try:
        return msgspec.convert(given, shape, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid(fields=_all_wrong(given, shape, error, strict=False)) from error


def _list_fields(shape: type[Any]) -> frozenset[str]:
    info = msgspec.inspect.type_info(shape)
    assert isinstance(info, msgspec.inspect.StructType)
    found = set()
    for field in info.fields:
        kinds = field.type.types if isinstance(field.type, msgspec.inspect.UnionType) else (field.type,)
        if any(isinstance(kind, msgspec.inspect.ListType) for kind in kinds):
            found.add(field.encode_name)
    return frozenset(found)


def _all_wrong(given: Any, shape: type[Any], first: msgspec.ValidationError, *, strict: bool = True) -> dict[str, str]:
    """Every field that is wrong, by trying each alone: msgspec stops at the first. Only asked for after a failure."""
    found = {}
    if isinstance(given, bytes):
        try:
            given = msgspec.json.decode(given)
        except (msgspec.DecodeError, RecursionError):
            return dict([_place(str(first))])
    if not isinstance(given, dict):
        return dict([_place(str(first))])
    hints = get_type_hints(shape, include_extras=True)
    for name in shape.__struct_fields__:
        if name not in given:
            continue
        try:
            msgspec.convert(given[name], hints[name], strict=strict)
        except msgspec.ValidationError as error:
            place, words = _place(str(error))
            found[_join(name, place)] = words
    if shape.__struct_config__.forbid_unknown_fields:
        found |= {str(name): "is not known here" for name in given.keys() - set(shape.__struct_fields__)}
    for field in msgspec.structs.fields(shape):
        if field.required and field.encode_name not in given:
            found[field.encode_name] = "is missing"
    return found or dict([_place(str(first))])


def _place(words: str) -> tuple[str, str]:
    """msgspec's words as the path of a field and what is wrong with it."""
    match = _PLACE.search(words)
    path = match[1] if match else ""
    said = words[: match.start()] if match else words
    if missing := _MISSING.match(said):
        return _join(path, missing[1]), "is missing"
    if unknown := _UNKNOWN.match(said):
        return _join(path, unknown[1]), "is not known here"
    return path, said.replace("`", "")


def _join(path: str, name: str) -> str:
    return f"{path}{'' if name.startswith('[') or not path or not name else '.'}{name}"


def _refuse_odd_moments(form: Any, path: str = "") -> None:
    """A time that nobody means breaks every calendar below. Raises `Invalid`."""
    for name in getattr(form, "__struct_fields__", ()):
        value = getattr(form, name)
        if isinstance(value, datetime) and not EARLIEST < value.year < LATEST:
            raise Invalid(fields={_join(path, name): "is not a time of ours"})
        if isinstance(value, msgspec.Struct):
            _refuse_odd_moments(value, _join(path, name))


@lru_cache(maxsize=512)
def is_free(shape: Hashable) -> bool:
    """Whether a form has a place for any JSON."""
    return _has_any(msgspec.inspect.type_info(shape), set())


def _has_any(kind: msgspec.inspect.Type, seen: set[type]) -> bool:
    """`seen` are the structs that were looked at: a tree's are inside each other."""
    match kind:
        case msgspec.inspect.AnyType():
            return True
        case msgspec.inspect.StructType():
            if kind.cls in seen:
                return False
            seen.add(kind.cls)
            return any(_has_any(field.type, seen) for field in kind.fields)
        case msgspec.inspect.UnionType():
            return any(_has_any(each, seen) for each in kind.types)
        case msgspec.inspect.ListType():
            return _has_any(kind.item_type, seen)
        case msgspec.inspect.DictType():
            return _has_any(kind.value_type, seen)
    return False


def _refuse_unkeepable(data: bytes) -> None:
    """JSON that no database keeps: NUL, numbers beyond 64 bits, depths beyond reason. Raises `Invalid`."""
    plain = msgspec.json.decode(data)
    try:
        orjson.dumps(plain)
    except (TypeError, RecursionError) as error:
        raise Invalid("The body holds what cannot be kept: {reason}", reason=str(error)) from error
    _refuse_nul(plain, "")


def _refuse_nul(value: Any, path: str) -> None:
    """PostgreSQL keeps no NUL, and no text needs one. Raises `Invalid`."""
    if isinstance(value, str):
        if "\0" in value:
            raise Invalid(fields={path: "has a character that is not allowed"})
    elif isinstance(value, dict):
        for name, inner in value.items():
            _refuse_nul(name, path)
            _refuse_nul(inner, _join(path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _refuse_nul(inner, f"{path}[{index}]")
