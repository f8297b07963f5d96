"""A record of a source into a fact, by the fields of its stream."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import msgspec

from server.customers.sources.mapping import paths
from server.customers.sources.mapping.document import Mapping, Stream
from server.customers.sources.mapping.rules import Compiled, Context, Wrong
from server.customers.sources.mapping.shapes import Items, Object, Table
from server.customers.sources.mapping.troubles import Trouble, Unmapped, shown
from server.customers.sources.mapping.values import zone
from server.customers.store.batch import KINDS
from server.customers.store.facts import Fact


class Made(NamedTuple):
    """A record as it was read: its id and when it changed there, as far as they could be read, and the fact."""

    id: str
    updated: Any
    fact: Fact


def wanted(stream: Stream, record: Any, mapping: Mapping) -> bool:
    """Whether the stream tells of this record at all (`only`)."""
    return stream.rules.only is None or stream.rules.only.holds(_context(mapping, record))


def id_of(stream: Stream, record: Any, mapping: Mapping) -> str:
    """The record's id in its stream; empty when it has none."""
    try:
        found, _ = stream.rules.id.value(_context(mapping, record))
    except Wrong:
        return ""
    return str(found or "")


def updated_of(stream: Stream, record: Any, mapping: Mapping) -> Any:
    """When the record changed there, or its running number. Raises `Unmapped`."""
    rule = stream.rules.updated
    if rule is None:
        return None
    try:
        return rule.value(_context(mapping, record))[0]
    except Wrong as wrong:
        raise Unmapped([_trouble("updated", wrong)]) from wrong


def make(mapping: Mapping, stream: Stream, record: Any, *, source: str, row: int | None = None) -> Made:
    """A record as a fact told by `source`. Raises `Unmapped` with all that is wrong with it."""
    context = _context(mapping, record)
    troubles: list[Trouble] = []
    told, _ = stream.rules.fields.value(context, "", troubles)
    updated = None
    try:
        updated = updated_of(stream, record, mapping)
    except Unmapped as error:
        troubles += error.troubles
    document = dict(told or {})
    if updated is not None and "revision" not in stream.fields:
        document["revision"] = updated
    for name, rule in stream.rules.fields.fields.items():
        if name in stream.rules.required and name not in document and not any(each.place == name for each in troubles):
            words = "nothing is there, and it is wanted"
            troubles.append(Trouble(place=name, field=_field(rule), words=words))
    if troubles:
        raise Unmapped([_placed(each, stream, row) for each in troubles])
    shape, _ = KINDS[stream.fact]
    try:
        fact = msgspec.convert({**document, "source": source}, shape)
    except msgspec.ValidationError as error:
        words, _, at = str(error).partition(" - at `$.")
        place = at.rstrip("`")
        value = _at(document, place)
        raise Unmapped(
            [
                _placed(
                    Trouble(
                        place=place or stream.fact,
                        field=_field(_rule_at(stream.rules.fields, place)),
                        value=shown(value),
                        words=words.replace("`", ""),
                    ),
                    stream,
                    row,
                )
            ]
        ) from error
    return Made(id_of(stream, record, mapping) or fact.external_id, updated, fact)


def reads(stream: Stream) -> frozenset[str]:
    """The fields of a record that the stream's rules read."""
    found: set[str] = set()
    for rule in (stream.rules.fields, stream.rules.id, stream.rules.updated, stream.rules.only):
        _collect(rule, found)
    return frozenset(found)


def needs(stream: Stream) -> frozenset[str]:
    """Those of them that have to be there: what stands among others in `first` may be missing."""
    found: set[str] = set()
    for rule in (stream.rules.fields, stream.rules.id, stream.rules.updated, stream.rules.only):
        _collect(rule, found, needed=True)
    return frozenset(found)


def _collect(rule: Any, found: set[str], below: bool = False, *, needed: bool = False) -> None:
    match rule:
        case Compiled():
            found.update(() if below else _needed(rule) if needed else rule.roots)
            whole = [each for each in (rule.path, rule.condition) if each is not None and each.whole]
            found.update(each.root for each in whole)
        case Object():
            if rule.base is not None and rule.base.root and not below:
                found.add(rule.base.root)
            for each in rule.fields.values():
                _collect(each, found, below or rule.base is not None, needed=needed)
        case Items():
            for base, each in rule.objects:
                if base is not None and base.root and not below:
                    found.add(base.root)
                _collect(each, found, below or base is not None, needed=needed)
        case Table():
            for each in rule.rules.values():
                _collect(each, found, below, needed=needed)


def _needed(rule: Compiled) -> set[str]:
    """The roots of a rule without those of which any one is enough."""
    own = {each.root for each in (rule.path, rule.condition) if each is not None and each.root}
    return own if rule.rule.first else own.union(*(_needed(part) for part in rule.parts))


def _context(mapping: Mapping, record: Any) -> Context:
    return Context(record, record, zone(mapping.time_zone))


def _trouble(place: str, wrong: Wrong) -> Trouble:
    return Trouble(place=place, field=wrong.source, value=shown(wrong.value), words=wrong.words)


def _placed(trouble: Trouble, stream: Stream, row: int | None) -> Trouble:
    inside = trouble.place if trouble.place == "updated" else f"fields.{trouble.place}"
    return msgspec.structs.replace(trouble, place=f"stream.{stream.name}.{inside}", row=row)


def _field(rule: Any) -> str:
    return ", ".join(sorted(rule.roots)) if isinstance(rule, Compiled) else ""


def _rule_at(rule: Any, place: str) -> Any:
    """The rule that made a place of a fact; of a list that is made in several ways the first that has the field."""
    for name in re.findall(r"[^.\[\]]+", re.sub(r"\[[^\]]*\]", "", place)):
        options = [each for _, each in rule.objects] if isinstance(rule, Items) else [rule]
        fields = [each.rules if isinstance(each, Table) else each.fields for each in options if _has_fields(each)]
        rule = next((each[name] for each in fields if name in each), None)
    return rule


def _has_fields(rule: Any) -> bool:
    return isinstance(rule, Object | Table)


def _at(document: Any, place: str) -> Any:
    try:
        return paths.parse(place.replace("[...]", "[0]")).find(document, document)
    except ValueError:
        return None


__all__ = ["Made", "id_of", "make", "needs", "reads", "updated_of", "wanted"]
