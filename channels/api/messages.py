"""What a program may post, as it is written in JSON, and what it means to the desk.

`{"type": "message", …}` is a customer's message; the other types say what became of one. Unknown fields are refused
by name: a misspelt `attachements` would otherwise lose a customer's file without a word.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
import nh3

from channels import numbers
from channels.contract import (
    Account,
    Attachment,
    ContactChanged,
    DeliveryReport,
    Inbound,
    InboundMessage,
    Party,
    Raw,
    Routing,
    Seen,
    Withdrawn,
)
from channels.filenames import safe_content_type, safe_filename
from channels.multipart import BodyError, Part, View, media_type, parse
from channels.plain import clean, clean_line

MESSAGE_PART = b"message"
MAX_JSON_BYTES = 15 * 1024 * 1024

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Priority = Literal["low", "normal", "high", "urgent"]


class Sender(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who wrote: by the program's own id, a mail address or a phone number; at least one.

    `verified` says that the program knows the mail address or number to be theirs (they are signed in).
    """

    id: Id | None = None
    name: Annotated[str, msgspec.Meta(max_length=500)] = ""
    email: Annotated[str, msgspec.Meta(max_length=320, pattern=r"^[^\s@]+@[^\s@]+$")] | None = None
    phone: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    verified: bool = False

    def __post_init__(self) -> None:
        if not (self.id or self.email or self.phone):
            raise ValueError("a sender needs an id, an email or a phone")


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A small file within the JSON; `content` is base64. Large ones come as parts of a multipart body."""

    filename: Annotated[str, msgspec.Meta(max_length=500)]
    content: bytes
    content_type: str = "application/octet-stream"


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A customer's message. `external_id` makes repeats harmless; `sent_at` without a time zone is UTC."""

    type: str = "message"
    external_id: Id
    sender: Sender
    text: str = ""
    html: str | None = None
    subject: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    conversation: Id | None = None
    sent_at: datetime | None = None
    language: str | None = None
    attachments: tuple[File, ...] = ()
    tags: tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=100)], ...] = ()
    priority: Priority | None = None
    fields: dict[str, Any] = {}
    references: tuple[Id, ...] = ()


class Delivery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What became of an answer of ours; `key` is the `id` of its webhook."""

    type: str = "delivery"
    key: Id
    state: Literal["delivered", "delayed", "bounced", "complained"]
    recipient: str = ""
    at: datetime | None = None
    words: str = ""
    status: str = ""


class Read(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The customer has read the conversation up to here."""

    type: str = "seen"
    sender: Sender
    conversation: Id | None = None
    at: datetime | None = None


class Taken(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The customer took a message back."""

    type: str = "withdrawn"
    external_id: Id
    at: datetime | None = None


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A customer can or can no longer be reached, or their name became known."""

    type: str = "contact"
    contact: Sender
    reachable: bool | None = None
    at: datetime | None = None
    words: str = ""


Posted = Message | Delivery | Read | Taken | Contact


class _Typed(msgspec.Struct):
    type: str = "message"


# By hand and not as msgspec's tagged union, which wants the tag: a plain message may leave it out.
_KINDS: dict[str, type[Posted]] = {
    "message": Message, "delivery": Delivery, "seen": Read, "withdrawn": Taken, "contact": Contact
}  # fmt: skip


def open_body(view: View, content_type: str) -> tuple[Posted, Sequence[Part]]:
    """What was posted, and the files beside it. Raises `msgspec.ValidationError` or `BodyError`."""
    posted, files = _open(view, content_type)
    if isinstance(posted, Message) and not (posted.text.strip() or posted.html or posted.attachments or files):
        raise msgspec.ValidationError("a message needs a text, an html or attachments")
    return posted, files


def _open(view: View, content_type: str) -> tuple[Posted, Sequence[Part]]:
    kind, _ = media_type(content_type)
    if kind == "application/json":
        return _decode(view[: MAX_JSON_BYTES + 1]), ()
    if kind == "multipart/form-data":
        parts = parse(view, content_type, max_parts=100)
        note = next((part for part in parts if part.name == MESSAGE_PART and part.filename is None), None)
        if note is None:
            raise BodyError('multipart without a part named "message"')
        return _decode(note.read(view, MAX_JSON_BYTES + 1)), [part for part in parts if part.filename is not None]
    raise BodyError("post application/json or multipart/form-data")


def _decode(data: bytes) -> Posted:
    if len(data) > MAX_JSON_BYTES:
        raise BodyError(f"more than {MAX_JSON_BYTES} bytes of JSON")
    try:
        kind = msgspec.json.decode(data, type=_Typed).type
        if kind not in _KINDS:
            raise msgspec.ValidationError(f"Invalid value {kind!r} - at `$.type`")
        return msgspec.json.decode(data, type=_KINDS[kind])
    except (UnicodeDecodeError, RecursionError) as error:
        raise BodyError(f"not JSON: {error}") from error
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError as error:
        raise BodyError(f"not JSON: {error}") from error


def external_id(posted: Posted, view: View) -> str:
    """What the arrival is filed under, once. Reports have no id of their own: their bytes are it."""
    match posted:
        case Message():
            return posted.external_id
        case Taken():
            return f"withdrawn:{posted.external_id}"
        case _:
            return f"report:{hashlib.sha256(view[:]).hexdigest()[:32]}"


def meaning(posted: Posted, files: Sequence[Part], account: Account, raw: Raw, received_at: datetime) -> Inbound:
    """The desk's word for it."""
    match posted:
        case Message():
            return _message(posted, files, account, raw, received_at)
        case Delivery():
            at = _aware(posted.at, received_at)
            return DeliveryReport(posted.key, posted.recipient, posted.state, at, posted.words, posted.status)
        case Read():
            return Seen(_party(posted.sender, account), _aware(posted.at, received_at), posted.conversation)
        case Taken():
            return Withdrawn(posted.external_id, _aware(posted.at, received_at))
        case Contact():
            party, at = _party(posted.contact, account), _aware(posted.at, received_at)
            return ContactChanged(party, at, posted.reachable, posted.words)


def _message(
    posted: Message, files: Sequence[Part], account: Account, raw: Raw, received_at: datetime
) -> InboundMessage:
    sender, settings = posted.sender, account.settings
    safe = nh3.clean(clean(posted.html)) if posted.html else None
    fields = dict(posted.fields)
    if sender.phone and (sender.id or sender.email):
        fields.setdefault("phone", numbers.normalise(sender.phone) or sender.phone)
    return InboundMessage(
        external_id=posted.external_id,
        sender=_party(sender, account),
        text=clean(posted.text) or _without_tags(safe or ""),
        sent_at=_aware(posted.sent_at, received_at),
        subject=clean_line(posted.subject),
        html=safe,
        reply_to=Party("email", sender.email.lower(), verified=sender.verified) if sender.id and sender.email else None,
        attachments=(*map(_small, posted.attachments), *(_large(part, raw) for part in files)),
        references=posted.references,
        conversation=posted.conversation,
        language=posted.language,
        fields=fields,
        routing=Routing(
            settings.get("team_id"),
            posted.priority or settings.get("priority") or None,
            tuple(dict.fromkeys((*(settings.get("tags") or ()), *posted.tags))),
        ),
    )


def _party(sender: Sender, account: Account) -> Party:
    """The program's own id counts within its account only, so the account's is part of the address."""
    name = clean_line(sender.name)
    if sender.id:
        return Party("external", f"{account.id}:{sender.id}", name)
    if sender.email:
        return Party("email", sender.email.lower(), name, verified=sender.verified)
    number = numbers.normalise(sender.phone or "")
    return Party("phone", number or clean_line(sender.phone or ""), name, verified=sender.verified and bool(number))


def _small(file: File) -> Attachment:
    kind = safe_content_type(file.content_type)
    return Attachment(safe_filename(file.filename), kind, len(file.content), lambda: iter((file.content,)))


def _large(part: Part, raw: Raw) -> Attachment:
    name = part.filename_utf8 or (part.filename or b"").decode("utf-8", "replace")
    kind = safe_content_type(part.content_type)
    return Attachment(safe_filename(name), kind, part.size, lambda: part.chunks(raw.view()))


def _without_tags(safe: str) -> str:
    return html.unescape(nh3.clean(safe, tags=set())).strip()


def _aware(moment: datetime | None, otherwise: datetime) -> datetime:
    if moment is None:
        return otherwise
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
