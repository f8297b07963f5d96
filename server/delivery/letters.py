"""What a letter holds: everything its channel needs, so that it can leave although the rest has changed since."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from channels.contract import Account, Attachment, Choice, Handles, OutboundMessage, Party, Quoted, Rich
from server.files import Files


class Someone(msgspec.Struct, frozen=True, omit_defaults=True):
    """A recipient."""

    kind: str
    address: str
    name: str = ""


class Attached(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that goes along; its bytes are in the store under `digest`."""

    filename: str
    content_type: str
    size: int
    digest: str
    inline: bool = False
    content_id: str | None = None


class Onward(msgspec.Struct, frozen=True):
    """The account on which its reader is offered to go on, and the customer as whom: decided when it was written."""

    kind: str
    account: int
    customer: int


class Leg(msgspec.Struct, frozen=True):
    """Another way to the same person: the letter that leaves when this one cannot be delivered."""

    account: int
    line: str
    envelope: Envelope


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of a letter, as JSON in its row."""

    to: tuple[Someone, ...]
    text: str
    cc: tuple[Someone, ...] = ()
    subject: str = ""
    html: str | None = None
    signature: str = ""
    quoted: Quoted | None = None
    sender_name: str = ""
    attachments: tuple[Attached, ...] = ()
    token: str | None = None
    conversation: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    automatic: bool = False
    unsubscribe_url: str | None = None
    language: str = "ja"
    rich: Rich | None = None
    choices: tuple[Choice, ...] = ()
    quotes: str = ""
    handles: Handles | None = None
    onward: Onward | None = None
    second: Leg | None = None


def open_letter(
    row: Any, account: Account, files: Files, unreachable: str = "", postscript: str = ""
) -> OutboundMessage:
    """A letter's row as its channel wants it. `unreachable` says why its recipient is known to be out of reach."""
    body = msgspec.convert(row.body, Envelope)
    return OutboundMessage(
        key=row.key,
        account=account,
        to=tuple(Party(one.kind, one.address, one.name) for one in body.to),
        cc=tuple(Party(one.kind, one.address, one.name) for one in body.cc),
        text=body.text,
        created_at=row.created_at,
        subject=body.subject,
        html=body.html,
        signature=body.signature,
        postscript=postscript,
        quoted=body.quoted,
        sender_name=body.sender_name,
        attachments=tuple(
            Attachment(one.filename, one.content_type, one.size, _chunks(files, one.digest), one.inline, one.content_id)
            for one in body.attachments
        ),
        token=body.token,
        conversation=body.conversation,
        in_reply_to=body.in_reply_to,
        references=body.references,
        automatic=body.automatic,
        unsubscribe_url=body.unsubscribe_url,
        language=body.language,
        ticket=row.ticket_number,
        rich=body.rich,
        choices=body.choices,
        quotes=body.quotes,
        handles=body.handles or Handles(),
        first_tried_at=row.first_try_at,
        unreachable=unreachable,
    )


def _chunks(files: Files, digest: str) -> Callable[[], Iterator[bytes]]:
    return lambda: files.chunks(digest)
