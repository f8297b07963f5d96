"""What is wrong with a record, said with its place in the mapping, the field of the source, the row and the value."""

from __future__ import annotations

from typing import Any

import msgspec

from server.errors import Invalid

LONGEST_VALUE = 200


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong. `words` is an English source text; `row` counts the records of a page or file from 1."""

    place: str
    field: str = ""
    value: str = ""
    words: str
    row: int | None = None

    def __str__(self) -> str:
        parts = [self.place]
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.field:
            parts.append(f"from {self.field}")
        if self.value:
            parts.append(f"value {self.value!r}")
        return f"{', '.join(parts)}: {self.words}"


class Unmapped(Invalid):
    """A record that cannot become a fact; `troubles` says why, all of it."""

    code = "unmapped"

    def __init__(self, troubles: list[Trouble]) -> None:
        super().__init__(fields={each.place: str(each) for each in troubles})
        self.troubles = troubles


def shown(value: Any) -> str:
    """A value of the source as it is quoted."""
    text = value if isinstance(value, str) else "" if value is None else repr(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
