"""From a source's mapping and its parameters to the reader that goes there."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass, field

import msgspec

from server.customers.sources.mapping import Http, Mapping
from server.customers.sources.reach import templates
from server.customers.sources.reach.asking import SPENT, Asker, KeepSecret, Line
from server.customers.sources.reach.http import HttpReader
from server.customers.sources.reach.pages import Failed, Reader
from server.customers.sources.reach.sql import SqlReader


@dataclass(frozen=True, slots=True)
class House:
    """What sources may reach besides the open internet, and what is held for each between two readings."""

    allow: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    lines: dict[str, Line] = field(default_factory=dict)


def open_reader(mapping: Mapping, given: Table[str, str], house: House, *, key: str, keep_secret: KeepSecret) -> Reader:
    """A reader. Nothing is connected before it is asked. `key` tells sources, and versions of one, apart."""
    values = {name: one.default for name, one in mapping.parameters.items() if one.default is not None}
    values |= {name: value for name, value in given.items() if value != ""}
    match mapping.kind:
        case "sql":
            return SqlReader(templates.fill_struct(mapping.sql, values), allow=house.allow, folders=house.folders)
        case "http":
            http = templates.fill_struct(mapping.http, values)
            if SPENT in given and http.auth.kind == "refresh_token":
                http = _renewed(http, given[SPENT])
            line = house.lines.setdefault(key, Line())
            asker = Asker(http, allow=house.allow, line=line, keep_secret=keep_secret)
            return HttpReader(mapping, asker, dict(values))
        case _:
            raise Failed("This source is read from files that it is given.")


def _renewed(http: Http, token: str) -> Http:
    return msgspec.structs.replace(http, auth=msgspec.structs.replace(http.auth, refresh_token=token))
