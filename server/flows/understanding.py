"""What a customer's words mean to a question: an answer that was offered, a wish for a person, a value of a field."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from unicodedata import normalize

from channels.wording import LANGUAGES, say
from server.customers.readers import Unreadable, is_empty, read_date, read_email, read_number, read_phone
from server.flows.steps import Field, in_language
from server.flows.talk import AGAIN, BACK, PERSON, Offer
from server.language import fold

NEARLY = 0.8
"""How alike words must be to a label to be taken for it."""
CLEARLY = 0.1
"""By how much they must be liker to it than to the next one."""
LONGEST_VALUE = 2_000
LABELS = {PERSON: "Talk to a person", BACK: "Back", AGAIN: "Start over"}
"""What can be tapped at any question."""
MAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s.,;<>\"]+")
UNREADABLE = {
    "mail": "This does not look like a mail address. Please write it again.",
    "phone": "This does not look like a phone number. Please write it again.",
    "number": "Please write a number.",
    "date": "Please write a date, like 2026-08-20.",
    "choice": "Please choose one of these.",
}
_POLITE = re.compile(r"(です|ます|ください|お願いします|お願いいたします|について|のこと|を|は|が|で|に|please|\W|_)+$")
_BARE = re.compile(r"[\W_]+")
_PERSON = re.compile(
    r"(担当者?|オペレータ[ーァ]?|人間|有人|スタッフ|店員|係の?(人|者|方))(と|に|へ|の|を|は)?.{0,6}"
    r"(話|相談|繋|つな|かわ|代わ|替|お願い|呼|出して|対応|チャット|希望)"
    r"|^(担当者?|オペレータ[ーァ]?|人間|有人|スタッフ|有人対応)(で|を|に)?(お願い(します|いたします)?|希望)?[。!]?$"
    r"|人と(話|相談)"
    r"|\b(talk|speak|chat|connect|transfer|get)\b.{0,20}\b(human|person|agent|someone|somebody|representative|staff)\b"
    r"|^\W*(a\s+)?(human|real person|agent|representative|operator)( please)?\W*$",
    re.IGNORECASE,
)


def bare(text: str) -> str:
    """A text without marks and blanks, in one spelling."""
    return _BARE.sub("", fold(text))


def wish(text: str) -> str:
    """What somebody wants who does not answer: a person, back, start over; empty for none of these."""
    said = bare(text)
    for key, label in LABELS.items():
        if any(said == bare(say(language, label)) for language in LANGUAGES):
            return key
    return PERSON if len(text) <= 60 and _PERSON.search(text) else ""


def chosen(text: str, offers: Sequence[Offer]) -> str:
    """The key of the offer that the words mean: its label, nearly its label, or its number; empty for none."""
    said = bare(text)
    if not said:
        return ""
    labels = [(bare(offer.label), offer.key) for offer in offers]
    for label, key in labels:
        if label == said:
            return key
    if said.isdecimal() and len(said) <= 2:
        place = int(said) - 1
        return offers[place].key if 0 <= place < len(offers) else ""
    short = bare(_POLITE.sub("", fold(text)))
    likeness = sorted(
        ((max(_like(said, label), _like(short, label)), key) for label, key in labels if label), reverse=True
    )
    if not likeness or likeness[0][0] < NEARLY:
        return ""
    clear = len(likeness) == 1 or likeness[0][0] - likeness[1][0] >= CLEARLY
    return likeness[0][1] if clear else ""


def value(field: Field, text: str, lang: str) -> str:
    """A field's value as it is kept. Raises `Unreadable` with what to say to the customer."""
    said = " ".join(text.split()) if field.type != "text" else text.strip()
    if not said:
        raise Unreadable(say(lang, "Please write an answer."))
    match field.type:
        case "mail":
            found = MAIL.search(normalize("NFKC", said))
            return _read(lambda: read_email(found[0]) if found else "", lang, "mail")
        case "phone":
            return _read(lambda: read_phone(said) or "", lang, "phone")
        case "number":
            return _read(lambda: f"{read_number(said) or 0:f}" if not is_empty(said) else "", lang, "number")
        case "date":
            return _read(lambda: "" if bare(said).isdecimal() and len(bare(said)) < 8 else _day(said), lang, "date")
        case "choice":
            offers = [Offer(str(n), in_language(each, lang)) for n, each in enumerate(field.options)]
            key = chosen(said, offers)
            if not key:
                raise Unreadable(say(lang, UNREADABLE["choice"]))
            return offers[int(key)].label
    if len(said) > LONGEST_VALUE:
        raise Unreadable(say(lang, "Please write a little less."))
    return said


def _day(said: str) -> str:
    day = read_date(said)
    return day.isoformat() if day is not None else ""


def _read(reader: Callable[[], str], lang: str, kind: str) -> str:
    try:
        found = reader()
    except Unreadable as error:
        raise Unreadable(say(lang, UNREADABLE[kind])) from error
    if not found:
        raise Unreadable(say(lang, UNREADABLE[kind]))
    return found


def _like(said: str, label: str) -> float:
    return SequenceMatcher(None, said, label).ratio() if said else 0.0
