"""What an agent writes down of a call, and the message that it becomes."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from channels import numbers
from channels.contract import Arrival, InboundMessage, Party, Routing
from channels.plain import clean, clean_line
from channels.wording import say


class BadNote(ValueError):
    """What was to be written down is no call; the words name the field."""


_WITHHELD = re.compile(r"非通知|公衆電話|表示圏外|anonymous|private|unknown|withheld", re.IGNORECASE)


class CallNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call in ten seconds: only `text` and `agent_id` are needed.

    `number` is as it was typed, handed over by a CTI link, or empty (number withheld). `callback_at` is when the
    customer was promised a call, `started_at` when they called, both with a time zone; a time without one is UTC.
    `key` makes a repeated save harmless; without it the same words by the same agent in the same minute are one call.
    """

    text: str
    agent_id: int
    number: str = ""
    name: str = ""
    callback_at: datetime | None = None
    direction: Literal["in", "out"] = "in"
    started_at: datetime | None = None
    key: str = ""
    language: str = "ja"
    subject: str = ""

    def external_id(self, now: datetime) -> str:
        """What the desk files it under, once."""
        if self.key:
            return self.key
        occasion = f"{(self.started_at or now):%Y%m%d%H%M}".encode()
        return "call:" + hashlib.sha256(occasion + msgspec.json.encode(self)).hexdigest()[:32]


def read(arrival: Arrival) -> InboundMessage:
    """The message in a written-down call. Raises `BadNote` when the bytes are no note."""
    try:
        note = msgspec.json.decode(arrival.raw.bytes(), type=CallNote)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadNote(str(error)) from error
    sender = _caller(note, arrival)
    fields: dict[str, Any] = {"direction": note.direction}
    if note.callback_at:
        fields["callback_at"] = _aware(note.callback_at).isoformat()
    if note.number and sender.kind != "phone":
        fields["number_as_written"] = note.number
    return InboundMessage(
        external_id=arrival.external_id,
        sender=sender,
        text=clean(note.text),
        sent_at=_aware(note.started_at or arrival.received_at),
        subject=clean_line(note.subject) or _subject(note, sender),
        language=note.language,
        fields=fields,
        routing=Routing(due_at=_aware(note.callback_at) if note.callback_at else None),
        agent_id=note.agent_id,
        marks=() if sender.kind == "phone" or not note.number else ("number-unreadable",),
    )


def _caller(note: CallNote, arrival: Arrival) -> Party:
    """Who called. Without a number that can be read it is somebody known by this one call only."""
    region = str(arrival.account.settings.get("region") or "JP")
    number = None if _WITHHELD.search(note.number) else numbers.normalise(note.number, region)
    name = clean_line(note.name)
    if number:
        return Party("phone", number, name)
    return Party("caller", arrival.external_id, name, verified=False)


def _subject(note: CallNote, sender: Party) -> str:
    shown = (
        numbers.readable(sender.address) if sender.kind == "phone" else note.number or say(note.language, "no number")
    )
    text = "Call from {who}" if note.direction == "in" else "Call to {who}"
    who = say(note.language, "{name} ({number})", name=sender.name, number=shown) if sender.name else shown
    return say(note.language, text, who=who)


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
