"""Rules: where one value of a fact comes from, and how it is read.

A rule is a path (`"customer.email"`), a value of its own (`"=email"`), or a table of the keys of `Rule`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from server.customers.readers import Unreadable, plain, read_choice, read_text
from server.customers.sources.mapping import paths, values
from server.customers.sources.mapping.values import Target

Word = str | int | float | bool
Written = str | dict[str, Any]


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of a rule. One of `from`, `join`, `sum`, `first` and `constant` says where the value comes from.

    `if` (and `is`): only when that field says something (one of these). `empty`: what the source writes for nothing.
    `match`: the part of the text that this expression finds. `codes`: a table of the source's words, or its name under
    `[codes]`; `""` stands for nothing there. `otherwise`: what counts when nothing, or an unknown code, is there.
    """

    source: str | None = msgspec.field(name="from", default=None)
    join: list[Written] = []
    by: str = " "
    sum: list[Written] = []
    first: list[Written] = []
    constant: Word | None = None
    condition: str | None = msgspec.field(name="if", default=None)
    among: list[Word] = msgspec.field(name="is", default_factory=list)
    type: Literal["text", "number", "whole", "flag", "date", "moment", "list"] | None = None
    format: str | list[str] = []
    order: Literal["ymd", "mdy", "dmy"] = "ymd"
    zone: str = ""
    codes: str | dict[str, Word] | None = None
    otherwise: Word | None = None
    empty: list[str] = []
    match: str | None = None
    scale: str | int | float | None = None
    split: str | None = None
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """A record that is being read, and the item of it where paths begin."""

    record: Any
    item: Any
    zone: ZoneInfo


class Wrong(Exception):
    """A value that cannot be read: the field it came from, and words."""

    def __init__(self, source: str, value: Any, words: str) -> None:
        super().__init__(words)
        self.source = source
        self.value = value
        self.words = words


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule ready to be used."""

    rule: Rule
    target: Target
    path: paths.Path | None = None
    condition: paths.Path | None = None
    parts: tuple[Compiled, ...] = ()
    codes: Mapping[str, str] | None = None
    pattern: re.Pattern[str] | None = None
    zone: ZoneInfo | None = None
    formats: tuple[str, ...] = ()
    roots: frozenset[str] = field(default_factory=frozenset)
    """The fields of the record that it reads."""

    def holds(self, context: Context) -> bool:
        """Whether its condition is met."""
        if self.condition is None:
            return True
        found = self.condition.find(context.item, context.record)
        said = found not in (None, "", [], False)
        if not self.rule.among:
            return said
        return plain(found) in {plain(each) for each in self.rule.among}

    def value(self, context: Context) -> tuple[Any, bool]:
        """The value, None for nothing; and whether the source said it. Raises `Wrong`."""
        if not self.holds(context):
            return None, False
        if self.rule.first:
            for part in self.parts:
                found, said = part.value(context)
                if found is not None:
                    return found, said
            return self._otherwise()
        raw = self._raw(context)
        if self.target.kind == "list" and not isinstance(raw, list):
            raw = read_text(raw).split(self.rule.split) if self.rule.split and raw is not None else [raw]
        if isinstance(raw, list):
            if self.target.kind == "list":
                texts = [text for each in raw if (text := self._one(each, context)) not in (None, "")]
                return (texts, self.rule.constant is None) if texts else self._otherwise()
            raw = next((each for each in raw if not self._says_nothing(each)), None)
        found = self._one(raw, context)
        if found is None:
            return self._otherwise()
        return found, self.rule.constant is None

    def _raw(self, context: Context) -> Any:
        if self.rule.constant is not None:
            return self.rule.constant
        if self.path is not None:
            return self.path.find(context.item, context.record)
        found = [part.value(context)[0] for part in self.parts]
        if self.rule.sum:
            numbers = [each for each in found if each is not None]
            return sum(numbers, Decimal(0)) if numbers else None
        return self.rule.by.join(text for each in found if (text := read_text(each)))

    def _one(self, raw: Any, context: Context) -> Any:
        """One value, read; None for nothing."""
        if self._says_nothing(raw):
            if self.codes is not None and "" in self.codes:
                raw = self.codes[""]
                return self._typed(raw, context, raw)
            return None
        value = raw
        if self.pattern is not None:
            match = self.pattern.search(read_text(value))
            value = (match[1] if self.pattern.groups else match[0]) if match else None
            if not value:
                return None
        if self.codes is not None:
            try:
                value = read_choice(value, self.codes)
            except Unreadable:
                if self.rule.otherwise is not None:
                    return None
                raise self._wrong(raw, "is not in the table of codes") from None
            if value == "":
                return None
        if self.rule.prefix or self.rule.suffix:
            value = f"{self.rule.prefix}{read_text(value)}{self.rule.suffix}"
        return self._typed(value, context, raw)

    def _typed(self, value: Any, context: Context, raw: Any) -> Any:
        try:
            found = values.convert(
                value, self.target, self.zone or context.zone, formats=self.formats, order=self.rule.order
            )
        except Unreadable as error:
            raise self._wrong(raw, error.words) from error
        if self.rule.scale is not None and found is not None:
            found = values.scaled(found, self.rule.scale)
        return found

    def _otherwise(self) -> tuple[Any, bool]:
        if self.rule.otherwise is None:
            return None, False
        zone = self.zone or ZoneInfo("UTC")
        return values.convert(self.rule.otherwise, self.target, zone, formats=(), order="ymd"), False

    def _says_nothing(self, raw: Any) -> bool:
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return True
        return bool(self.rule.empty) and read_text(raw) in self.rule.empty

    def _wrong(self, raw: Any, words: str) -> Wrong:
        return Wrong(self.path.text if self.path is not None else ", ".join(sorted(self.roots)), raw, words)


def compile_rule(
    written: Any, target: Target, place: str, tables: Mapping[str, Mapping[str, Word]], errors: dict[str, str]
) -> Compiled | None:
    """Make a rule ready. What is wrong with it goes into `errors` by place, and None comes back."""
    if isinstance(written, str):
        written = {"constant": written[1:]} if written.startswith("=") else {"from": written}
    elif isinstance(written, list) and target.kind == "list":
        written = {"join": written, "by": "\n", "split": "\n"}
    if not isinstance(written, dict):
        errors[place] = "is neither a path, nor =value, nor a rule"
        return None
    try:
        rule = msgspec.convert(written, Rule)
        return _compiled(rule, target, place, tables, errors)
    except msgspec.ValidationError as error:
        errors[place] = str(error).replace("`", "")
    except (ValueError, re.error) as error:
        errors[place] = str(error)
    return None


def _compiled(
    rule: Rule, target: Target, place: str, tables: Mapping[str, Mapping[str, Word]], errors: dict[str, str]
) -> Compiled:
    origins = [rule.source is not None, bool(rule.join), bool(rule.sum), bool(rule.first), rule.constant is not None]
    if origins.count(True) != 1:
        raise ValueError("wants one of from, join, sum, first and constant")
    if rule.among and rule.condition is None:
        raise ValueError("has `is` without `if`")
    if rule.type is not None:
        if target.kind not in ("any", "revision") and rule.type != target.kind:
            raise ValueError(f"is of the type {target.kind} and of no other")
        target = Target(rule.type)
    inner = {"join": Target("text"), "sum": Target("number"), "first": target}
    parts = [
        compile_rule(each, inner[name], f"{place}.{name}[{number}]", tables, errors)
        for name in ("join", "sum", "first")
        for number, each in enumerate(getattr(rule, name))
    ]
    path = paths.parse(rule.source) if rule.source is not None else None
    condition = paths.parse(rule.condition) if rule.condition is not None else None
    formats = tuple([rule.format] if isinstance(rule.format, str) else rule.format)
    for each in formats:
        values.check_format(each)
    if rule.scale is not None:
        values.check_scale(rule.scale, target)
    made = Compiled(
        rule,
        target,
        path,
        condition,
        tuple(part for part in parts if part is not None),
        _codes(rule.codes, tables),
        re.compile(rule.match) if rule.match is not None else None,
        values.zone(rule.zone) if rule.zone else None,
        formats,
        frozenset(
            {each.root for each in (path, condition) if each is not None and each.root}
            | {root for part in parts if part is not None for root in part.roots}
        ),
    )
    _try_fixed(made)
    return made


def _codes(codes: str | dict[str, Word] | None, tables: Mapping[str, Mapping[str, Word]]) -> Mapping[str, str] | None:
    if isinstance(codes, str):
        if codes not in tables:
            raise ValueError(f"there is no table of codes named {codes}")
        codes = dict(tables[codes])
    return {code: read_text(word) for code, word in codes.items()} if codes is not None else None


def _try_fixed(made: Compiled) -> None:
    """What the mapping itself says must be of the right type: its constants, defaults and codes."""
    fixed: Sequence[Any] = [each for each in (made.rule.constant, made.rule.otherwise) if each not in (None, "")]
    if made.target.kind == "choice" and made.codes is not None:
        fixed = [*fixed, *(word for word in made.codes.values() if word)]
    for each in fixed:
        try:
            values.convert(each, made.target, made.zone or ZoneInfo("UTC"), formats=made.formats, order="ymd")
        except Unreadable as error:
            raise ValueError(f"{each!r} {error.words}") from error
