"""Answering customers, and noting what only colleagues see."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from server import tickets
from server.tickets.views import MessageView, Status
from server.web.api.shapes import Id, MessageSeq, Recipient, Text, parties
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Form

api = Api()
Recipients = Annotated[list[Recipient], Meta(max_length=50)]
Files = Annotated[list[Id], Meta(max_length=50)]


class Reply(Form, frozen=True, kw_only=True):
    """An answer. `seen` is the seq of the last message its writer had before them; `to` and `cc` are the customer's
    own when they are left out; `status` is what the ticket becomes."""

    text: Text
    seen: MessageSeq
    to: Recipients | None = None
    cc: Recipients | None = None
    attachments: Files = []
    status: Status = "waiting"
    account: Id | None = None
    quote: bool = True


class Note(Form, frozen=True, kw_only=True):
    """A note; `mentions` are agents (ids) who should look."""

    text: Text
    attachments: Files = []
    mentions: Annotated[list[Id], Meta(max_length=50)] = []


@api.post("/tickets/{number}/replies", "Answer the customer")
async def reply(call: Call, number: Number, form: Reply) -> MessageView:
    """409 with the newer messages as `current` when a colleague answered since `seen`."""
    return await call.write(
        tickets.reply,
        number,
        form.text,
        seen=form.seen,
        to=parties(form.to),
        cc=parties(form.cc),
        attachments=form.attachments,
        status=form.status,
        account=form.account,
        quote=form.quote,
    )


@api.post("/tickets/{number}/notes", "Write a private note")
async def note(call: Call, number: Number, form: Note) -> MessageView:
    """Only colleagues see it."""
    return await call.write(tickets.note, number, form.text, attachments=form.attachments, mentions=form.mentions)
