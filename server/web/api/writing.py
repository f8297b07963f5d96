"""Answering customers, and noting what only colleagues see."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from channels.contract import Choice, Rich
from server import tickets
from server.tickets.views import MessageView, Priority, Status
from server.web.api.shapes import Id, MessageSeq, Recipient, Text, parties
from server.web.call import Call
from server.web.drawing import drawing_kinds, tapping_kinds
from server.web.endpoints import Api, Number
from server.web.reading import Form

api = Api()
Recipients = Annotated[list[Recipient], Meta(max_length=50)]
Word = Annotated[str, Meta(min_length=1, max_length=60)]
Files = Annotated[list[Id], Meta(max_length=50)]


class Also(Form, frozen=True, kw_only=True):
    """What changes of the ticket in the same step; what is left out stays. `add_tags` join those that stand;
    `ask_rating` asks the customer of a chat how it was, unless they were asked already."""

    priority: Priority | UnsetType = UNSET
    assignee: Id | UnsetType | None = UNSET
    team: Id | UnsetType | None = UNSET
    add_tags: Annotated[list[Word], Meta(max_length=30)] = []
    ask_rating: bool = False

    def changes(self) -> tickets.Also:
        """The same as the domain takes it."""
        named = {name: getattr(self, name) for name in self.__struct_fields__}
        return tickets.Also(**named | {"add_tags": list(self.add_tags)})


class AlsoStatus(Also, frozen=True, kw_only=True):
    """The same with a status, which a note does not say otherwise."""

    status: Status | UnsetType = UNSET


class Reply(Form, frozen=True, kw_only=True):
    """An answer. `seen` is the seq of the last message its writer had before them; `to` and `cc` are the customer's
    own when they are left out; `status` is what the ticket becomes. `answers` is a message (id) to show as the one that
    is answered, `choices` are offered to tap, and `rich` is shown besides the text; where the network shows neither,
    both are sent in words."""

    text: Text
    seen: MessageSeq
    to: Recipients | None = None
    cc: Recipients | None = None
    attachments: Files = []
    status: Status = "waiting"
    account: Id | None = None
    quote: bool = True
    also: Also | None = None
    rich: Rich | None = None
    choices: Annotated[list[Choice], Meta(max_length=13)] = []
    answers: Id | None = None


class Note(Form, frozen=True, kw_only=True):
    """A note; `mentions` are agents (ids) who should look."""

    text: Text
    attachments: Files = []
    mentions: Annotated[list[Id], Meta(max_length=50)] = []
    also: AlsoStatus | None = None


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
        rich=form.rich,
        choices=form.choices,
        drawn_by=drawing_kinds(call.doors.channels),
        tapped_by=tapping_kinds(call.doors.channels),
        answers=form.answers,
        also=form.also.changes() if form.also else None,
    )


@api.post("/tickets/{number}/notes", "Write a private note")
async def note(call: Call, number: Number, form: Note) -> MessageView:
    """Only colleagues see it."""
    return await call.write(
        tickets.note,
        number,
        form.text,
        attachments=form.attachments,
        mentions=form.mentions,
        also=form.also.changes() if form.also else None,
    )
