"""Who somebody is in our tables: every id under which they stand, and the words by which their traces are found."""

from __future__ import annotations

import re
from typing import NamedTuple

import phonenumbers

from server.database import Transaction
from server.errors import NotFound
from server.tickets.rows import several

MARK = "[erased]"
SHORTEST_SIGN = 5
"""An identifier shorter than this is no sign of anybody."""


class Person(NamedTuple):
    """One person: the customer that stands, and those who were merged into them."""

    id: int
    customers: tuple[int, ...]
    contacts: tuple[int, ...]

    @property
    def listed(self) -> str:
        """Their customers' ids, for an IN."""
        return several(self.customers)


class Words(NamedTuple):
    """By what somebody's traces are known: `signs` are theirs alone (addresses, numbers, ids); `names` may be others'
    too, and count only beside a sign."""

    signs: tuple[str, ...]
    names: tuple[str, ...]

    def scrub(self, text: str) -> str:
        """A text without them, when it has a sign; the same text when it has none."""
        found = self._signs().sub(MARK, text)
        return self.scrub_names(found) if found != text else text

    def scrub_names(self, text: str) -> str:
        """A text that is known to be of the person, without signs and names."""
        text = self._signs().sub(MARK, text)
        for name in self.names:
            text = re.sub(re.escape(name), MARK, text, flags=re.IGNORECASE)
        return text

    def _signs(self) -> re.Pattern[str]:
        whole = "|".join(sorted((re.escape(sign) for sign in self.signs), key=len, reverse=True)) or "(?!)"
        return re.compile(rf"(?<![A-Za-z0-9.+_-])(?:{whole})(?![A-Za-z0-9_-]|\.[A-Za-z0-9])", re.IGNORECASE)


def person(tx: Transaction, customer_id: int) -> Person:
    """The person behind a customer, whichever of their entries is asked for. Raises `NotFound`."""
    row = tx.first("SELECT id, merged_into FROM customer WHERE id = :id", id=customer_id)
    while row is not None and row.merged_into is not None:
        row = tx.first("SELECT id, merged_into FROM customer WHERE id = :id", id=row.merged_into)
    if row is None:
        raise NotFound("There is no customer {id}.", id=customer_id)
    found = [
        each.id
        for each in tx.all(
            "WITH RECURSIVE gone(id) AS (SELECT id FROM customer WHERE id = :id UNION"
            " SELECT c.id FROM customer c JOIN gone g ON c.merged_into = g.id) SELECT id FROM gone ORDER BY id",
            id=row.id,
        )
    ]
    contacts = tx.all(f"SELECT id FROM contact WHERE customer_id IN ({several(found)}) ORDER BY id")
    return Person(row.id, tuple(found), tuple(each.id for each in contacts))


def words(tx: Transaction, who: Person) -> Words:
    """By what their traces are known."""
    signs: dict[str, None] = {}
    names: dict[str, None] = {}
    for row in tx.all(f"SELECT kind, address, name FROM contact WHERE customer_id IN ({who.listed})"):
        signs.update(dict.fromkeys(_forms(row.kind, row.address)))
        names[row.name] = None
    for row in tx.all(f"SELECT * FROM customer WHERE id IN ({who.listed})"):
        names.update(dict.fromkeys(_names(row)))
    for row in tx.all(f"SELECT name, street, phone FROM customer_address WHERE customer_id IN ({who.listed})"):
        signs.update(dict.fromkeys(_forms("phone", row.phone)))
        names.update({row.name: None, row.street: None})
    for row in tx.all(f"SELECT document FROM customer_source WHERE customer_id IN ({who.listed})"):
        names.update({str(row.document.get(name, "")): None for name in ("name", "kana")})
    return Words(
        tuple(sign for sign in signs if len(sign) >= SHORTEST_SIGN and not sign.startswith("erased:")),
        tuple(sorted((name for name in names if _telling(name)), key=len, reverse=True)),
    )


def _names(row: NamedTuple | object) -> list[str]:
    """A customer's names, whole and with and without the blank between."""
    found: list[str] = []
    for whole, family, given in (("name", "family_name", "given_name"), ("kana", "family_kana", "given_kana")):
        name = str(getattr(row, whole))
        parts = (str(getattr(row, family)), str(getattr(row, given)))
        found += [name, name.replace(" ", ""), name.replace("\u3000", ""), *parts]
        if all(parts):
            found += [f"{parts[0]} {parts[1]}", f"{parts[1]} {parts[0]}", f"{parts[0]}\u3000{parts[1]}"]
    return found


def _telling(name: str) -> bool:
    """Whether a name says anything: two kanji do, two Latin letters do not."""
    return len(name) >= 3 or (len(name) == 2 and name > "\u3000")


def _forms(kind: str, address: str) -> list[str]:
    """An address in the ways it is written."""
    if not address or not kind.startswith("phone"):
        return [address]
    try:
        number = phonenumbers.parse(address, "JP")
    except phonenumbers.NumberParseException:
        return [address]
    formats = phonenumbers.PhoneNumberFormat
    national = phonenumbers.format_number(number, formats.NATIONAL)
    return [
        address,
        phonenumbers.format_number(number, formats.E164),
        phonenumbers.format_number(number, formats.INTERNATIONAL),
        phonenumbers.format_number(number, formats.E164).lstrip("+"),
        national,
        re.sub(r"\D", "", national),
        re.sub(r"\D+", " ", national),
    ]
