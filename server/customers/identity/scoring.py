"""How likely two customers are one person: evidence for and against, each with its weight, added up.

Weights are logarithms of odds (Fellegi and Sunter, 1969): +1 makes it 2.7 times as likely. They were set on the
labelled pairs of `bench/pairs.py` and are held there by `python -m bench identity`. Precision counts more than recall:
one word against (another given name in the same family, another birthday) outweighs a shared door or telephone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, NamedTuple

from server.customers import keys, names
from server.customers.keys import Person
from server.language import is_cjk

THRESHOLD = 0.7
"""From here on a pair is suggested."""
BIAS = -5.0
WEIGHTS = {
    "email": 6.5,
    "phone": 4.0,
    "local_part": 4.0,
    "name": 3.0,
    "kana": 2.5,
    "name_and_kana": 3.5,
    "nameless": 2.5,
    "address": 3.5,
    "postal_code": 1.0,
    "birthday": 4.0,
    "company": 0.5,
    "given_name": 2.4,
    "other_given_name": -6.5,
    "other_name": -6.0,
    "other_kana": -3.0,
    "other_address": -0.5,
    "other_phone": -0.1,
    "birthday_misread": -0.5,
    "other_birthday": -5.0,
    "other_sex": -3.0,
    "other_account": -3.0,
}
Reason = Literal[
    "email", "phone", "local_part", "name", "kana", "name_and_kana", "nameless", "address", "postal_code", "birthday",
    "company", "given_name", "other_given_name", "other_name", "other_kana", "other_address", "other_phone",
    "birthday_misread", "other_birthday", "other_sex", "other_account",
]  # fmt: skip
"""What speaks for or against; those that begin with `other` speak against."""


class Score(NamedTuple):
    """`value` from 0 to 1, and what led to it."""

    value: float
    reasons: tuple[Reason, ...]


class Features(NamedTuple):
    """A person made ready to be compared with many."""

    name: str
    kana: str
    latin: frozenset[str]
    given_name: str
    family_name: str
    company: str
    birthday: str
    sex: str
    emails: frozenset[str]
    locals: frozenset[str]
    phones: frozenset[str]
    postal: frozenset[str]
    doors: frozenset[str]
    accounts: frozenset[tuple[str, str]] = frozenset()


def features(
    person: Person, *, family_name: str = "", sex: str = "", accounts: frozenset[tuple[str, str]] = frozenset()
) -> Features:
    """A person as it is compared. `accounts` are (source, id there), without those of guests."""
    family, given = names.parts(person.name)
    if person.given_name and family_name:
        family, given = family_name, person.given_name
    elif not given:
        family = ""
    doors = frozenset(
        f"{code}/{block}"
        for postal, street in person.addresses
        if (code := keys.postal_key(postal)) and (block := keys.street_key(street))
    )
    return Features(
        name=names.key(person.name),
        kana=names.key(person.kana) or _own_kana(person.name),
        latin=_latin(person),
        given_name=names.key(given),
        family_name=names.key(family),
        company=names.company_key(person.company),
        birthday=person.birthday,
        sex=sex,
        emails=frozenset(person.emails),
        locals=frozenset(filter(None, (keys.local_part(email) for email in person.emails))),
        phones=frozenset(keys.national(phone) for phone in person.phones),
        postal=frozenset(filter(None, (keys.postal_key(postal) for postal, _ in person.addresses))),
        doors=doors,
        accounts=accounts,
    )


def score(one: Features, other: Features) -> Score:
    """How likely the two are one person."""
    reasons = tuple(_evidence(one, other))
    total = BIAS + sum(WEIGHTS[reason] for reason in reasons)
    return Score(1 / (1 + math.exp(-total)), reasons)


def conflicting(one: Features, other: Features) -> bool:
    """Whether the two cannot be taken for one by a shared address alone: other names in kanji, another birthday."""
    against: set[Reason] = {"other_given_name", "other_name", "other_birthday"}
    if not (_kanji(one.name) and _kanji(other.name)):
        against = {"other_birthday"}
    return bool(against.intersection(_evidence(one, other)))


def _evidence(one: Features, other: Features) -> Iterator[Reason]:
    if one.emails & other.emails:
        yield "email"
    elif one.locals & other.locals:
        yield "local_part"
    if one.phones & other.phones:
        if not _switchboard(one, other):
            yield "phone"
    elif one.phones and other.phones:
        yield "other_phone"
    yield from _names(one, other)
    if one.doors & other.doors:
        yield "address"
    elif one.postal & other.postal:
        yield "postal_code"
    elif one.postal and other.postal:
        yield "other_address"
    if one.birthday and other.birthday:
        yield _birthdays(one.birthday, other.birthday)
    if one.company and one.company == other.company:
        yield "company"
    if one.sex and other.sex and one.sex != other.sex:
        yield "other_sex"
    if _two_accounts(one.accounts, other.accounts):
        yield "other_account"


def _switchboard(one: Features, other: Features) -> bool:
    """Whether a shared telephone may be that of the company where both work: it says nothing of two other names."""
    return bool(one.company) and one.company == other.company and one.name != other.name


def _names(one: Features, other: Features) -> Iterator[Reason]:
    if not one.name or not other.name:
        if not (one.kana and other.kana):
            yield "nameless"
        return
    same_kana = bool(one.kana) and one.kana == other.kana
    if one.name == other.name:
        yield "name_and_kana" if same_kana else "name"
        if one.kana and other.kana and not same_kana:
            yield "other_kana"
        return
    if _kanji(one.name) and _kanji(other.name):
        yield from _kanji_names(one, other)
        return
    # One of them is not in kanji: their readings are compared.
    if same_kana or one.latin & other.latin:
        yield "kana"
    elif one.latin and other.latin:
        yield "other_name"


def _kanji_names(one: Features, other: Features) -> Iterator[Reason]:
    """Two names in kanji that are not the same. Who has the same reading may be the father, or a slip of the IME."""
    if one.family_name and one.family_name == other.family_name:
        yield "other_given_name"
    elif one.given_name and one.given_name == other.given_name:
        yield "given_name"
    elif one.name in (other.family_name, other.given_name) or other.name in (one.family_name, one.given_name):
        yield "nameless"
    elif _begins_alike(one.name, other.name):
        yield "other_given_name"
    else:
        yield "other_name"


def _begins_alike(one: str, other: str) -> bool:
    return one[0] == other[0] and one[:2] == other[:2]


def _birthdays(one: str, other: str) -> Reason:
    if one == other:
        return "birthday"
    apart = sum(a != b for a, b in zip(one, other, strict=False))
    swapped = one[:4] == other[:4] and one[5:7] == other[8:10] and one[8:10] == other[5:7]
    return "birthday_misread" if apart == 1 or swapped else "other_birthday"


def _two_accounts(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> bool:
    """Whether one system knows the two as different people."""
    theirs = {source for source, _ in other}
    return any(source in theirs for source, _ in one) and not one & other


def _kanji(name: str) -> bool:
    return bool(name) and is_cjk(name[0]) and max(name) >= "\u4e00"


def _own_kana(name: str) -> str:
    """The reading of a name that is written in kana itself."""
    key = names.key(name)
    return key if key and is_cjk(key[0]) and not _kanji(key) else ""


def _latin(person: Person) -> frozenset[str]:
    """The name in Latin letters, in either order of its words; empty when there is no reading."""
    reading = person.kana or ("" if _kanji(names.key(person.name)) else person.name)
    words = names.romaji(reading).split() if reading else []
    return frozenset({"".join(words), "".join(reversed(words))}) if len(words) > 1 else frozenset(words)
