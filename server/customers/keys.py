"""What a customer is found by: the words of a search, and the features that two entries of one person share.

Every key is one row of `customer_key`, looked up by its beginning. Words begin with `w`; what only an identity is
compared by begins with a letter of its own, given beside each below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from channels import numbers
from server.customers import entries, names
from server.database import Transaction
from server.language import fold, is_cjk

LONGEST = 64
MOST_SUFFIXES = 12
LEAST_LOCAL = 5
# Local parts that stand for an office or for nobody.
GENERIC = frozenset(
    re.findall(
        r"\S+",
        """
    info support sales contact admin office mail hello shop store order orders inquiry toiawase webmaster postmaster
    noreply no-reply customer service account accounts keiri soumu eigyo jinji honsha test user
    """,
    )
)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_DIGITS = re.compile(r"[0-9]+")
_KANJI_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")
_CHOME = re.compile(r"[〇一二三四五六七八九](?=丁目|番|号)")


class Person(NamedTuple):
    """What of a customer makes keys."""

    name: str
    kana: str
    given_name: str
    given_kana: str
    company: str
    birthday: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    addresses: tuple[tuple[str, str], ...] = ()
    external: tuple[str, ...] = ()


def of(person: Person) -> set[str]:
    """All keys of a person."""
    name, kana = names.key(person.name), names.key(person.kana)
    found: set[str] = set()
    found.update(_name_words(person.name, name))
    found.update(_kana_words(person))
    found.update(_company_words(person.company))
    for email in person.emails:
        found.add(f"w{email}")
        found.add(f"w{email.rpartition('@')[2]}")
        if local := local_part(email):
            found.add(f"l{local}")
    for phone in person.phones:
        digits = national(phone)
        found |= {f"w{digits}", f"w{digits[-4:]}"}
    found.update(f"w{fold(external)}" for external in person.external)
    for postal, street in person.addresses:
        code = postal_key(postal)
        if not code:
            continue
        found.update(f"{letter}{word}/{code}" for letter, word in (("n", name), ("k", kana)) if word)
        if block := street_key(street):
            found.add(f"a{code}/{block}")
    if person.birthday:
        found.update(f"{letter}{word}/{person.birthday}" for letter, word in (("n", name), ("k", kana)) if word)
    return {key[:LONGEST] for key in found if len(key) > 1}


def refresh(tx: Transaction, customer_id: int) -> None:
    """Bring a customer's keys in line with what is known of them now."""
    wanted = of(person(tx, customer_id))
    rows = tx.all("SELECT key FROM customer_key WHERE customer_id = :id", id=customer_id)
    standing = {row.key for row in rows}
    tx.many(
        "DELETE FROM customer_key WHERE customer_id = :id AND key = :key",
        [{"id": customer_id, "key": key} for key in standing - wanted],
    )
    tx.many(
        "INSERT INTO customer_key (customer_id, key) VALUES (:id, :key) ON CONFLICT DO NOTHING",
        [{"id": customer_id, "key": key} for key in sorted(wanted - standing)],
    )


def begin(tx: Transaction, customer_id: int, name: str, kind: str, address: str) -> None:
    """The keys of a customer who has just written for the first time."""
    known = Person(name, "", "", "", "", "")
    if kind.startswith("email") and not entries.is_relay(address):
        known = known._replace(emails=(address,))
    elif kind.startswith("phone"):
        known = known._replace(phones=(address,))
    write(tx, customer_id, known)


def write(tx: Transaction, customer_id: int, known: Person) -> None:
    """The keys of a customer who has none yet."""
    tx.many(
        "INSERT INTO customer_key (customer_id, key) VALUES (:id, :key)",
        [{"id": customer_id, "key": key} for key in sorted(of(known))],
    )


def person(tx: Transaction, customer_id: int) -> Person:
    """What of a customer makes keys. One who was merged into another has none."""
    row = tx.one("SELECT * FROM customer WHERE id = :id", id=customer_id)
    if row.merged_into is not None:
        return Person("", "", "", "", "", "")
    contacts = tx.all("SELECT kind, address, relay FROM contact WHERE customer_id = :id", id=customer_id)
    addresses = tx.all(
        "SELECT postal_code, region, city, street, phone FROM customer_address WHERE customer_id = :id AND name = ''",
        id=customer_id,
    )
    sources = tx.all("SELECT external_id FROM customer_source WHERE customer_id = :id", id=customer_id)
    return Person(
        name=row.name,
        kana=row.kana,
        given_name=row.given_name,
        given_kana=row.given_kana,
        company=row.company,
        birthday=row.birthday,
        emails=tuple(one.address for one in contacts if one.kind.startswith("email") and not one.relay),
        phones=(
            *(one.address for one in contacts if one.kind.startswith("phone")),
            *(one.phone for one in addresses if one.phone),
        ),
        addresses=tuple((one.postal_code, one.region + one.city + one.street) for one in addresses),
        external=tuple(one.external_id for one in sources if not one.external_id.startswith(("order:", "row:"))),
    )


def names_of(row: Any) -> tuple[str, str]:
    """The compared name and reading of a row of `customer`."""
    return names.key(row.name), names.key(row.kana)


def _name_words(name: str, key: str) -> Iterable[str]:
    if key and is_cjk(key[0]):
        yield from _suffixes(key)
    elif key:
        words = names.latin(name).split()
        yield f"w{''.join(words)}"
        yield f"w{''.join(reversed(words))}"
        yield from (f"w{word}" for word in words)


def _kana_words(person: Person) -> Iterable[str]:
    for kana, given in ((person.kana, person.given_kana), (person.name, person.given_name)):
        key = names.key(kana)
        if not key or not is_cjk(key[0]) or max(key) >= "\u4e00":
            continue
        words = names.romaji(kana).split()
        given_words = names.romaji(given).split()
        yield f"w{key}"
        yield f"w{''.join(words)}"
        yield f"w{''.join(reversed(words))}"
        yield from (f"w{word}" for word in (*words, *given_words, names.key(given)) if word)


def _company_words(company: str) -> Iterable[str]:
    key = names.company_key(company)
    if key and is_cjk(key[0]):
        yield from _suffixes(key)
    elif key:
        yield f"w{key}"
        yield from (f"w{word}" for word in fold(company).split())


def _suffixes(key: str) -> Iterable[str]:
    """Every end of a word of kanji or kana, so that any piece of it is the beginning of one."""
    return (f"w{key[place:]}" for place in range(min(max(len(key) - 1, 1), MOST_SUFFIXES)))


def national(phone: str) -> str:
    """The digits of a number as they are dialled at home: `+819012345678` → `09012345678`."""
    e164 = phone if _E164.fullmatch(phone) else numbers.normalise(phone) or phone
    digits = "".join(_DIGITS.findall(e164))
    return f"0{digits[2:]}" if e164.startswith("+81") else digits


def local_part(email: str) -> str:
    """The part before the @ when it tells people apart: no tag, no dots, nothing that an office uses."""
    local = fold(email).partition("@")[0].partition("+")[0].replace(".", "")
    return "" if len(local) < LEAST_LOCAL or local in GENERIC else local


def postal_key(code: str) -> str:
    """The letters and digits of a postal code."""
    return "".join(char for char in fold(code) if char.isalnum())


def street_key(street: str) -> str:
    """The numbers of an address, which are what its writings agree in: 三丁目2番1号 and ３－２－１ are `3-2-1`."""
    text = _CHOME.sub(lambda match: match[0].translate(_KANJI_DIGITS), fold(street))
    return "-".join(number.lstrip("0") or "0" for number in _DIGITS.findall(text)[:4])
