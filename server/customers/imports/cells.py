"""The cells of one row by the fields of a plan; what cannot be read is noted under the header of its column."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from server.customers import readers
from server.customers.imports.plans import Plan
from server.customers.readers import Unreadable
from server.customers.sheets.tables import LOST
from server.customers.sheets.writing import unguarded

R = TypeVar("R")
_PREFECTURE = re.compile(r"(?:北海道|東京都|京都府|大阪府|(?:神奈川|和歌山|鹿児島|[^\s\d都道府県]{2})県)")
_MAIL_ENDS = re.compile(r"[,;、\s]+")


class Cells:
    """A row that is being read. `reasons` are what is wrong, by header."""

    def __init__(self, plan: Plan, headers: Sequence[str]) -> None:
        self._places: dict[str, list[int]] = {}
        for place, name in enumerate(plan.columns):
            if name:
                self._places.setdefault(name, []).append(place)
        self._headers = headers
        self._row: Sequence[Any] = ()
        self.reasons: dict[str, str] = {}

    def turn(self, row: Sequence[Any]) -> None:
        """On to the next row."""
        self._row = row
        self.reasons = {}
        for places in self._places.values():
            for place in places:
                if place < len(row) and isinstance(cell := row[place], str) and (LOST in cell or "\0" in cell):
                    self.reasons[self._headers[place]] = "has characters that cannot be read"

    def has(self, name: str) -> bool:
        """Whether a column is of this field."""
        return name in self._places

    def texts(self, name: str) -> list[str]:
        """The texts of all columns of a field that say something."""
        return [text for place in self._places.get(name, ()) if (text := self._text(place))]

    def text(self, name: str) -> str:
        """The text of a field."""
        return next(iter(self.texts(name)), "")

    def read(self, name: str, reader: Callable[[Any], R], otherwise: R) -> R:
        """A field as its reader takes it; `otherwise` when it is empty or cannot be read."""
        for place in self._places.get(name, ()):
            if place < len(self._row):
                try:
                    found = reader(self._row[place])
                except Unreadable as error:
                    self.reasons[self._headers[place]] = error.words
                    continue
                if found not in (None, ""):
                    return found
        return otherwise

    def all(self, name: str, reader: Callable[[Any], R | None]) -> list[R]:
        """What a reader takes of each column of a field, without what is empty or the same."""
        found: list[R] = []
        for place in self._places.get(name, ()):
            if place < len(self._row):
                try:
                    value = reader(self._row[place])
                except Unreadable as error:
                    self.reasons[self._headers[place]] = error.words
                    continue
                if value not in (None, "") and value not in found:
                    found.append(value)
        return found

    def header(self, name: str) -> str:
        """The header of the column of a field; the field's own name where there is none."""
        return self._headers[self._places[name][0]] if name in self._places else name

    def miss(self, name: str) -> None:
        """Note that a field must say something and does not."""
        self.reasons.setdefault(self.header(name), "is missing")

    def _text(self, place: int) -> str:
        if place >= len(self._row):
            return ""
        text = readers.read_text(self._row[place])
        return "" if text in ("-", "－", "#N/A") else unguarded(text)

    # -------------------------------------------------------------------------------------------- people

    def names(self, side: str = "") -> dict[str, str]:
        """The names of a person, as far as the row gives them."""
        found = {
            name: " ".join(self.text(f"{side}{name}").split())
            for name in ("name", "family_name", "given_name", "kana", "family_kana", "given_kana", "company")
        }
        return {name: text for name, text in found.items() if text}

    def emails(self, side: str = "") -> list[str]:
        """The mail addresses; a cell may have several."""
        cells = self.all(f"{side}email", lambda cell: None if readers.is_empty(cell) else readers.read_text(cell))
        found: list[str] = []
        for cell in cells:
            for part in [cell] if "<" in cell else _MAIL_ENDS.split(cell):
                try:
                    if (address := readers.read_email(part)) and address not in found:
                        found.append(address)
                except Unreadable as error:
                    self.reasons[self.header(f"{side}email")] = error.words
        return found

    def phones(self, side: str = "") -> list[str]:
        """The telephone numbers in E.164."""
        return self.all(f"{side}phone", readers.read_phone)

    def address(self, side: str = "") -> dict[str, str]:
        """The address; the prefecture is taken from the beginning of a whole one."""
        country = (self.text("country") or "JP").upper() if not side else "JP"
        country = "JP" if country in ("日本", "JAPAN", "JPN") or not re.fullmatch("[A-Z]{2}", country) else country
        whole = "".join(self.texts(f"{side}address"))
        region, city = self.text(f"{side}region"), self.text(f"{side}city")
        if country == "JP" and whole and not region and (match := _PREFECTURE.match(whole)):
            region, whole = match[0], whole[match.end() :].strip()
        found = {
            "postal_code": self.read(f"{side}postal_code", lambda cell: readers.read_postal_code(cell, country), ""),
            "region": region,
            "city": city,
            "street": " ".join(part for part in (whole, *self.texts(f"{side}street")) if part),
        }
        found = {name: text for name, text in found.items() if text}
        return {**found, "country": country} if found else {}
