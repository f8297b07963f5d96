"""Paths into a record: `customer.email`, `lines[0].sku`, `tags[*]`, `meta[key=_kana].value`, `["a column.name"]`.

`$.` begins at the whole record where a path is read inside of an item of it; `.` is the record or item itself. A
column whose name is the whole path goes before everything else, so that names with dots need no care.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_STEP = re.compile(r'\.?(?:\[(?:"([^"]*)"|\'([^\']*)\'|(\*)|(-?\d+)|([^=\]\[]+)=([^\]]*))\]|([^.\[\]]+))')


@dataclass(frozen=True, slots=True)
class _Key:
    name: str


@dataclass(frozen=True, slots=True)
class _At:
    place: int


@dataclass(frozen=True, slots=True)
class _Where:
    name: str
    value: str


class _Every:
    pass


EVERY = _Every()
Step = _Key | _At | _Where | _Every


@dataclass(frozen=True, slots=True)
class Path:
    """A path that was read. `many`: it leads to a list of what it finds, and not to one value."""

    text: str
    whole: bool
    steps: tuple[Step, ...]

    @property
    def many(self) -> bool:
        """Whether it leads to several places."""
        return EVERY in self.steps

    @property
    def root(self) -> str:
        """The field of the record in which it begins; empty for the record itself."""
        first = self.steps[0] if self.steps else None
        return first.name if isinstance(first, _Key) else ""

    def find(self, item: Any, record: Any) -> Any:
        """What is there: None for nothing, a list for `[*]`."""
        if isinstance(item, Mapping) and self.text in item:
            return item[self.text]
        found = [record if self.whole else item]
        for step in self.steps:
            found = [each for value in found for each in _follow(value, step)]
            if not found:
                break
        if self.many:
            return found
        return found[0] if found else None


@lru_cache(maxsize=4096)
def parse(text: str) -> Path:
    """Read a path. Raises `ValueError` with what is wrong."""
    if text in (".", "$"):
        return Path(text, text == "$", ())
    whole = text.startswith("$.")
    rest = text[2:] if whole else text
    steps: list[Step] = []
    place = 0
    while place < len(rest):
        match = _STEP.match(rest, place)
        if match is None or (place == 0 and rest[0] == "."):
            raise ValueError(f"is not a path: {text!r} cannot be read from {rest[place:]!r} on")
        double, single, every, number, name, value, key = match.groups()
        if every:
            steps.append(EVERY)
        elif number is not None:
            steps.append(_At(int(number)))
        elif name is not None:
            steps.append(_Where(name.strip(), value.strip().strip("\"'")))
        else:
            steps.append(_Key(next(each for each in (double, single, key) if each is not None)))
        place = match.end()
    if not steps:
        raise ValueError("is not a path: it is empty")
    return Path(text, whole, tuple(steps))


def _follow(value: Any, step: Step) -> list[Any]:
    match step:
        case _Key(name):
            if isinstance(value, Mapping) and value.get(name) is not None:
                return [value[name]]
            return []
        case _At(place):
            if isinstance(value, list) and -len(value) <= place < len(value):
                return [value[place]]
            return []
        case _Where(name, wanted):
            items = value if isinstance(value, list) else []
            return [one for one in items if isinstance(one, Mapping) and str(one.get(name)) == wanted][:1]
        case _Every():
            if isinstance(value, list):
                return list(value)
            return list(value.values()) if isinstance(value, Mapping) else []
