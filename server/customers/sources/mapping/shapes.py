"""From a fact's own type and the fields of a mapping: how to make the one from a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import msgspec.inspect as inspect

from server.customers.sources.mapping import paths
from server.customers.sources.mapping.rules import Compiled, Context, Word, Wrong, compile_rule
from server.customers.sources.mapping.troubles import Trouble, shown
from server.customers.sources.mapping.values import Target

GIVEN = ("source",)
"""Fields of facts that no mapping says."""


@dataclass(frozen=True, slots=True)
class Object:
    """A struct of a fact: rules by field, where it begins, and when it is there at all."""

    fields: dict[str, Compiled | Object | Items | Table]
    base: paths.Path | None = None
    condition: Compiled | None = None

    def value(self, context: Context, place: str, troubles: list[Trouble]) -> tuple[dict[str, Any] | None, bool]:
        """Its fields that say something; None, and whether the source said any, when it is not there."""
        if self.condition is not None and not self.condition.holds(context):
            return None, False
        if self.base is not None:
            item = self.base.find(context.item, context.record)
            if item is None:
                return None, False
            context = Context(context.record, item, context.zone)
        made: dict[str, Any] = {}
        told = False
        for name, rule in self.fields.items():
            found, said = _value(rule, context, f"{place}.{name}" if place else name, troubles)
            if found is not None:
                made[name] = found
            told = told or said
        return made, told


@dataclass(frozen=True, slots=True)
class Items:
    """A list of structs: each of its objects once, or once for every item of a list."""

    objects: tuple[tuple[paths.Path | None, Object], ...]

    def value(self, context: Context, place: str, troubles: list[Trouble]) -> tuple[list[Any] | None, bool]:
        """The items of which the source says anything."""
        made: list[Any] = []
        for number, (each, shape) in enumerate(self.objects):
            items: list[Any] = [context.item]
            if each is not None:
                found = each.find(context.item, context.record)
                items = found if isinstance(found, list) else [found] if found is not None else []
            where = f"{place}[{number}]" if len(self.objects) > 1 else place
            for item in items:
                one, said = shape.value(Context(context.record, item, context.zone), where, troubles)
                if one and said:
                    made.append(one)
        return made or None, bool(made)


@dataclass(frozen=True, slots=True)
class Table:
    """Named values: attributes of a customer, data of an interaction."""

    rules: dict[str, Compiled]

    def value(self, context: Context, place: str, troubles: list[Trouble]) -> tuple[dict[str, Any] | None, bool]:
        """Those that say something."""
        made = {}
        for name, rule in self.rules.items():
            found, _ = _value(rule, context, f"{place}.{name}", troubles)
            if found is not None:
                made[name] = found.isoformat() if hasattr(found, "isoformat") else found
        return made or None, bool(made)


def _value(rule: Any, context: Context, place: str, troubles: list[Trouble]) -> tuple[Any, bool]:
    if not isinstance(rule, Compiled):
        found, said = rule.value(context, place, troubles)
        return (found if said else None), said
    try:
        return rule.value(context)
    except Wrong as wrong:
        troubles.append(Trouble(place=place, field=wrong.source, value=shown(wrong.value), words=wrong.words))
        return None, True


def compile_object(
    shape: type[msgspec.Struct],
    written: Any,
    place: str,
    tables: Mapping[str, Mapping[str, Word]],
    errors: dict[str, str],
    *,
    top: bool = False,
) -> Object | None:
    """Make the fields of a struct ready; what is wrong goes into `errors` by place."""
    if not isinstance(written, dict):
        errors[place] = "is a table of fields"
        return None
    written = dict(written)
    base = _path(written.pop("from", None), f"{place}.from", errors)
    condition = _condition(written, place, tables, errors)
    info = inspect.type_info(shape)
    assert isinstance(info, inspect.StructType)
    known = {each.encode_name: each for each in info.fields if not (top and each.encode_name in GIVEN)}
    for name in written.keys() - known.keys():
        errors[f"{place}.{name}"] = f"is no field of {shape.__name__}: it has {', '.join(known)}"
    made: dict[str, Compiled | Object | Items | Table] = {}
    for name, each in known.items():
        if name in written:
            rule = _compile(each.type, written[name], f"{place}.{name}", tables, errors)
            if rule is not None:
                made[name] = rule
        elif each.required:
            errors[f"{place}.{name}"] = "is wanted"
    return Object(made, base, condition)


def _compile(kind: inspect.Type, written: Any, place: str, tables: Any, errors: dict[str, str]) -> Any:
    if isinstance(kind, inspect.UnionType):
        options = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
        if len(options) > 1:
            return compile_rule(written, Target("revision"), place, tables, errors)
        (kind,) = options
    if isinstance(kind, inspect.StructType):
        return compile_object(kind.cls, written, place, tables, errors)
    if isinstance(kind, inspect.ListType):
        if isinstance(kind.item_type, inspect.StructType):
            return _items(kind.item_type.cls, written, place, tables, errors)
        return compile_rule(written, Target("list"), place, tables, errors)
    if isinstance(kind, inspect.DictType):
        if not isinstance(written, dict):
            errors[place] = "is a table of names and rules"
            return None
        rules = {
            name: compile_rule(rule, Target("any"), f"{place}.{name}", tables, errors) for name, rule in written.items()
        }
        return Table({name: rule for name, rule in rules.items() if rule is not None})
    return compile_rule(written, _target(kind), place, tables, errors)


def _items(shape: type[msgspec.Struct], written: Any, place: str, tables: Any, errors: dict[str, str]) -> Items:
    many = written if isinstance(written, list) else [written]
    made: list[tuple[paths.Path | None, Object]] = []
    for number, one in enumerate(many):
        where = f"{place}[{number}]" if len(many) > 1 else place
        if not isinstance(one, dict):
            errors[where] = "is a table of fields"
            continue
        each = _path(one.get("each"), f"{where}.each", errors)
        rest = {name: value for name, value in one.items() if name != "each"}
        found = compile_object(shape, rest, where, tables, errors)
        if found is not None:
            made.append((each, found))
    return Items(tuple(made))


def _condition(written: dict[str, Any], place: str, tables: Any, errors: dict[str, str]) -> Compiled | None:
    if "if" not in written and "is" not in written:
        return None
    rule = {"if": written.pop("if", None), "is": written.pop("is", []), "constant": True}
    return compile_rule(rule, Target("flag"), f"{place}.if", tables, errors)


def _path(text: Any, place: str, errors: dict[str, str]) -> paths.Path | None:
    if text is None:
        return None
    try:
        if not isinstance(text, str):
            raise ValueError("is a path")
        return paths.parse(text)
    except ValueError as error:
        errors[place] = str(error)
        return None


def _target(kind: inspect.Type) -> Target:
    match kind:
        case inspect.LiteralType():
            return Target("choice", tuple(str(each) for each in kind.values))
        case inspect.DecimalType():
            return Target("number")
        case inspect.IntType():
            return Target("whole")
        case inspect.BoolType():
            return Target("flag")
        case inspect.DateTimeType():
            return Target("moment")
        case inspect.DateType():
            return Target("date")
        case _:
            return Target("text")
