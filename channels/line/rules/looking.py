"""Looking at one object of a request's body, and writing down what is wrong with it in LINE's words."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlsplit

from channels.line.rules.limits import units
from channels.line.rules.refusal import Detail, Refusal

EMPTY = "May not be empty"
COLOR = re.compile(r"#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?\Z")


class Findings(list[Detail]):
    """What was found wrong; with `loopback` plain addresses of this machine and its private network pass."""

    def __init__(self, *, loopback: bool = False) -> None:
        super().__init__()
        self.loopback = loopback


class Look:
    """One JSON object, where it stands in the body, and the list of what was found wrong."""

    def __init__(self, value: dict[str, Any], path: str, found: Findings, join: str = ".") -> None:
        self.value = value
        self.path = path
        self.found = found
        self.join = join

    def place(self, name: str) -> str:
        """How LINE names a field of this object."""
        return f"{self.path}{self.join}{name}" if self.path else name

    def wrong(self, name: str, message: str) -> None:
        """Write down that something is wrong with a field."""
        self.found.append(Detail(message, self.place(name)))

    def has(self, name: str) -> bool:
        """Whether a field is there and not null."""
        return self.value.get(name) is not None

    def text(self, name: str, most: int | None = None, *, required: bool = False, least: int = 1) -> str | None:
        """A string of so many UTF-16 units, or None when it is missing or wrong."""
        value = self.value.get(name)
        if value is None:
            if required:
                self.wrong(name, EMPTY)
            return None
        if not isinstance(value, str):
            self.wrong(name, "Must be a string")
            return None
        if required and not value.strip() and least:
            self.wrong(name, EMPTY)
            return None
        if (most is not None and units(value) > most) or units(value) < (least if required else 0):
            self.wrong(name, f"Length must be between {least if required else 0} and {most}")
            return None
        return value

    def url(
        self,
        name: str,
        most: int = 2000,
        *,
        required: bool = False,
        schemes: Collection[str] = ("https",),
        message: str = "Must be a valid HTTPS URL",
    ) -> str | None:
        """An absolute address under one of the schemes."""
        value = self.text(name, most, required=required)
        if value is None:
            return None
        parts = urlsplit(value)
        if self.found.loopback and parts.scheme == "http" and _near(parts.hostname or ""):
            return value
        if parts.scheme not in schemes or (parts.scheme in ("http", "https") and not parts.hostname):
            self.wrong(name, message)
            return None
        return value

    def one_of(self, name: str, values: Collection[str], *, required: bool = False) -> str | None:
        """One word of a list."""
        value = self.value.get(name)
        if value is None and not required:
            return None
        if value not in values:
            self.wrong(name, f"Must be one of the following values: [{', '.join(values)}]")
            return None
        return str(value)

    def number(self, name: str, least: float, most: float, *, required: bool = False, whole: bool = False) -> None:
        """A number within its bounds."""
        value = self.value.get(name)
        if value is None:
            if required:
                self.wrong(name, EMPTY)
        elif isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            self.wrong(name, "Must be an integer" if whole else "Must be a number")
        elif not least <= value <= most:
            self.wrong(name, f"Must be between {least} and {most}")

    def truth(self, name: str) -> None:
        """A boolean, when it is there."""
        if self.has(name) and not isinstance(self.value[name], bool):
            self.wrong(name, "Must be a boolean")

    def color(self, name: str) -> None:
        """A hexadecimal colour, when it is there."""
        if self.has(name) and not (isinstance(self.value[name], str) and COLOR.match(self.value[name])):
            self.wrong(name, "invalid property")

    def matches(self, name: str, form: Callable[[str], bool], message: str = "invalid property") -> None:
        """A string of a given form, when it is there."""
        value = self.value.get(name)
        if value is not None and not (isinstance(value, str) and form(value)):
            self.wrong(name, message)

    def inside(self, name: str, *, required: bool = False) -> Look | None:
        """The object in a field."""
        value = self.value.get(name)
        if value is None:
            if required:
                self.wrong(name, EMPTY)
            return None
        if not isinstance(value, dict):
            self.wrong(name, "Must be an object")
            return None
        return Look(value, self.place(name), self.found, self.join)

    def each(self, name: str, least: int, most: int, *, required: bool = False) -> list[Look]:
        """The objects of a list that has so many."""
        value = self.value.get(name)
        if value is None:
            if required:
                self.wrong(name, EMPTY)
            return []
        if not isinstance(value, list) or not least <= len(value) <= most:
            self.wrong(name, f"Size must be between {least} and {most}")
            return []
        looks = []
        for index, item in enumerate(value):
            path = f"{self.place(name)}/{index}" if self.join == "/" else f"{self.place(name)}[{index}]"
            if isinstance(item, dict):
                looks.append(Look(item, path, self.found, self.join))
            else:
                self.found.append(Detail("Must be an object", path))
        return looks

    def only(self, names: Collection[str]) -> None:
        """Nothing but these fields: Flex refuses what it does not know."""
        for name in self.value:
            if name not in names:
                self.wrong(name, "unknown field")


def _near(host: str) -> bool:
    """Whether a host is this machine or one of the same house."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost"


def problems_of(found: Findings) -> Refusal | None:
    """The refusal that lists everything that was found, or None when nothing was."""
    if not found:
        return None
    return Refusal(400, f"The request body has {len(found)} error(s)", tuple(found))
