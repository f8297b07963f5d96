"""What a visitor said or did, as it is kept raw and read again: one small JSON object, or a file with one beside it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from channels.contract import (
    Account,
    Arrival,
    Asked,
    Attachment,
    Inbound,
    InboundMessage,
    Party,
    Rated,
    Raw,
    Routing,
    Seen,
    Tapped,
)
from channels.filenames import safe_content_type, safe_filename
from channels.plain import clean, clean_line
from channels.webchat.identity import Signed
from channels.webchat.site import Site

MEDIA_TYPE = "application/vnd.madoguchi.chat+json"


class Who(msgspec.Struct, frozen=True, omit_defaults=True):
    """The visitor, by what they say of themselves (unconfirmed) and by what the site signed."""

    visitor: str
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    signed: Signed | None = None

    @property
    def mail(self) -> str:
        """Where to write to; a signed address before a typed one."""
        return (self.signed.email if self.signed and self.signed.email else self.email).lower()

    def party(self, account: Account) -> Party:
        """Who it is for the desk. Only what the site vouches for finds a known customer."""
        signed = self.signed
        if signed is None:
            return Party("visitor", f"{account.id}:{self.visitor}", clean_line(self.name), verified=False)
        name = clean_line(signed.name or self.name)
        if signed.email and signed.email_verified:
            return Party("email", signed.email, name)
        return Party("external", f"{account.id}:{signed.sub}", name)


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing. `id` is the client's own for a line or a file. `first`: nothing was said in the conversation yet."""

    what: Literal["line", "file", "read", "end", "mail", "transcript", "rate"] = "line"
    id: str
    conversation: str
    who: Who
    at: datetime
    text: str = ""
    first: bool = False
    fields: dict[str, Any] = {}
    seq: int | None = None
    score: int = 0
    address: str = ""
    file_name: str = ""
    tapped: str = ""
    """What stands behind the choice of the message `seq` that was tapped."""

    @property
    def external_id(self) -> str:
        """What it is filed under, once."""
        if self.what in ("line", "file"):
            return f"{self.who.visitor}:{self.id}"
        return f"{self.conversation}:{self.what}:{self.id}"


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Said)


class Spoken(Raw):
    """What was said just now: its bytes, and what they would be read as."""

    __slots__ = ("said",)

    def __init__(self, said: Said) -> None:
        super().__init__(_encode(said))
        self.said = said


def arrival(account: Account, said: Said, address: str) -> Arrival:
    """As it is handed to the desk. `address` is where it came from."""
    return Arrival(account, said.external_id, Spoken(said), MEDIA_TYPE, said.at, {"remote": address})


def file_arrival(account: Account, said: Said, raw: Raw, content_type: str, address: str) -> Arrival:
    """A file as it is handed to the desk: its bytes as they came, what is known of it beside them."""
    envelope = {"remote": address, "said": msgspec.to_builtins(said)}
    return Arrival(account, said.external_id, raw, safe_content_type(content_type), said.at, envelope)


def read(arrival: Arrival) -> Inbound:
    """What it means to the desk. Raises `ValueError` for bytes that this module never wrote."""
    account = arrival.account
    if arrival.media_type != MEDIA_TYPE or "said" in arrival.envelope:
        said = msgspec.convert(arrival.envelope["said"], Said)
        raw, size = arrival.raw, arrival.raw.size
        kind = safe_content_type(arrival.media_type)
        file = Attachment(safe_filename(said.file_name), kind, size, lambda: _chunks(raw))
        return _message(account, said, (file,))
    said = arrival.raw.said if isinstance(arrival.raw, Spoken) else _decoder.decode(arrival.raw.bytes())
    if said.what == "line":
        return _message(account, said, ())
    party = said.who.party(account)
    match said.what:
        case "read":
            return Seen(party, said.at, said.conversation, said.seq)
        case "end" | "mail" | "transcript":
            language = said.who.language or None
            return Asked(said.what, party, said.conversation, said.at, said.address, language)
        case "rate":
            return Rated(party, said.conversation, said.seq or 0, said.score, said.at, clean(said.text))
        case _:
            return _message(account, said, ())


def _message(account: Account, said: Said, files: tuple[Attachment, ...]) -> InboundMessage:
    who = said.who
    return InboundMessage(
        external_id=said.external_id,
        sender=who.party(account),
        text=clean(said.text),
        sent_at=said.at,
        attachments=files,
        conversation=said.conversation,
        language=(who.language or None) if said.first else None,
        fields=said.fields,
        routing=Site.of(account.settings).routing if said.first else Routing(),
        continue_at=who.mail if said.first else "",
        acknowledge=said.first and Site.of(account.settings).acknowledge,
        card=Tapped(data=said.tapped, of=said.seq or 0) if said.tapped else None,
    )


def _chunks(raw: Raw) -> Any:
    view = raw.view()
    return (bytes(view[start : start + 262_144]) for start in range(0, raw.size, 262_144))
