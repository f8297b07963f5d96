"""Tickets: lists, threads, and what is done with a ticket as a whole."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server import tickets
from server.events import Change
from server.tickets import BulkView, NewTicket, Sort, TicketEdit, TicketFilter
from server.tickets.views import (
    Counts,
    DraftView,
    MessageView,
    Priority,
    Status,
    ThreadView,
    TicketPage,
    TicketRow,
    TicketView,
)
from server.web.api.shapes import (
    Id,
    IdOrNone,
    Line,
    MessageSeq,
    Moment,
    Paged,
    Recipient,
    Seq,
    Text,
    Version,
    parties,
)
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.live import LIVE
from server.web.reading import Form, Query

api = Api()
Some = Meta(max_length=50)
NEWEST = 9_007_199_254_740_991
"""Before it stands every change."""
Word = Annotated[str, Meta(min_length=1, max_length=60)]
Address = Annotated[list[Recipient], Meta(max_length=50)]
Files = Annotated[list[Id], Meta(max_length=50)]


class TicketQuery(Paged, frozen=True, kw_only=True):
    """Conditions that must all hold. In `assignee` and `team` 0 stands for nobody."""

    view: Annotated[str, Meta(pattern="^([a-z_]{1,30}|view:[0-9]{1,9})$")] = "all"
    status: Annotated[list[Status], Some] = []
    assignee: Annotated[list[IdOrNone], Some] = []
    team: Annotated[list[IdOrNone], Some] = []
    tag: Annotated[list[Word], Some] = []
    channel: Annotated[list[Word], Some] = []
    account: Annotated[list[Id], Some] = []
    priority: Annotated[list[Priority], Some] = []
    customer: Id | None = None
    sort: Sort = "waiting"

    def filter(self) -> TicketFilter:
        """The conditions as the domain takes them."""
        return msgspec.convert({name: getattr(self, name) for name in TicketFilter.__struct_fields__}, TicketFilter)


class Numbers(Query, frozen=True, kw_only=True):
    """Ticket numbers, separated by commas."""

    numbers: Annotated[list[Id], Meta(min_length=1, max_length=200)]


class ThreadQuery(Query, frozen=True, kw_only=True):
    """How many of the newest messages."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class MessagesQuery(ThreadQuery, frozen=True, kw_only=True):
    """Messages before or after a seq; the newest ones without either."""

    before: MessageSeq | None = None
    after: MessageSeq | None = None


class HistoryQuery(Query, frozen=True, kw_only=True):
    """The changes after a place in the feed, oldest first; or with `order=newest` those before one, newest first."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 200
    order: Literal["oldest", "newest"] = "oldest"
    after: Seq = 0
    before: Seq = NEWEST


class MessagePage(msgspec.Struct, frozen=True, kw_only=True):
    """Messages, oldest first. `next` goes on in the direction that was asked for; None at the end."""

    items: list[MessageView]
    next: int | None


class HistoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """Changes in the order asked for; `next` is the `after` (newest first: the `before`) of the following page."""

    items: list[Change]
    next: int | None


class Outbound(Form, frozen=True, kw_only=True):
    """A ticket that begins with a message of ours, from an account that can send. The first of `to` is the customer."""

    account: Id
    to: Annotated[list[Recipient], Meta(min_length=1, max_length=50)]
    text: Text
    subject: Line = ""
    cc: Address = []
    attachments: Files = []
    status: Status = "waiting"
    team: Id | None = None
    tags: Annotated[list[Word], Some] = []
    customer: Id | None = None


class Changes(Form, frozen=True, kw_only=True):
    """What to change of a ticket; what is left out stays."""

    subject: Line | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    assignee: Id | UnsetType | None = UNSET
    team: Id | UnsetType | None = UNSET
    tags: Annotated[list[Word], Some] | UnsetType = UNSET
    fields: dict[str, Any] | UnsetType = UNSET
    snoozed_until: Moment | UnsetType | None = UNSET
    due_at: Moment | UnsetType | None = UNSET
    spam: bool | UnsetType = UNSET

    def edit(self) -> TicketEdit:
        """The same as the domain takes it."""
        return TicketEdit(**{name: getattr(self, name) for name in TicketEdit.__struct_fields__})


class VersionedChanges(Changes, frozen=True, kw_only=True):
    """The same, made of a version: refused when somebody changed the same property since."""

    version: Version | None = None


class Bulk(Form, frozen=True, kw_only=True):
    """One change to many tickets."""

    numbers: Annotated[list[Id], Meta(min_length=1, max_length=200)]
    changes: Changes


class Merge(Form, frozen=True, kw_only=True):
    """The ticket that stays."""

    into: Id


class Split(Form, frozen=True, kw_only=True):
    """The messages (ids) that begin a ticket of their own."""

    messages: Annotated[list[Id], Meta(min_length=1, max_length=200)]
    subject: Line = ""


class HandOver(Form, frozen=True, kw_only=True):
    """To whom: a colleague (`to`) or a team; the note is for them only."""

    to: Id | None = None
    team: Id | None = None
    note: Text = ""


class End(Form, frozen=True, kw_only=True):
    """`ask_rating` asks the customer how they were served."""

    ask_rating: bool = False


class Draft(Form, frozen=True, kw_only=True):
    """The composer's own JSON."""

    body: dict[str, Any]


class ReadUpTo(Form, frozen=True, kw_only=True):
    """The seq of the newest message read."""

    seq: MessageSeq


Mode = Literal["reply", "note"]


@api.get("/tickets", "A page of a list of tickets")
async def page(call: Call, query: TicketQuery) -> TicketPage:
    """A fixed view, a saved one (`view:ID`), conditions, or all of them together."""
    return await call.read(
        tickets.page, call.agent, query.filter(), sort=query.sort, limit=query.limit, after=query.after
    )


@api.get("/tickets/counts", "How many tickets stand where")
async def counts(call: Call) -> Counts:
    """From kept counters, so it costs the same for any number of tickets."""
    return await call.read(tickets.counts, call.agent)


@api.get("/tickets/rows", "Certain tickets as list rows")
async def rows(call: Call, query: Numbers) -> list[TicketRow]:
    """Numbers that do not exist are left out."""
    return await call.read(tickets.some, call.agent, query.numbers)


@api.post("/tickets", "Begin a ticket with a message of ours")
async def write(call: Call, form: Outbound) -> TicketView:
    """The message leaves as a letter."""
    first, *more = parties(list(form.to)) or []
    return await call.write(
        tickets.write,
        NewTicket(
            account=form.account,
            to=first,
            cc=[*more, *(parties(list(form.cc)) or [])],
            subject=form.subject,
            text=form.text,
            attachments=form.attachments,
            status=form.status,
            team=form.team,
            tags=form.tags,
            customer=form.customer,
        ),
    )


@api.post("/tickets/bulk", "Change many tickets", status=200)
async def bulk(call: Call, form: Bulk) -> BulkView:
    """Each by itself: what could not be changed is named with its reason."""
    return await call.write(tickets.bulk, form.numbers, form.changes.edit())


@api.get("/tickets/{number}", "A ticket with its newest messages and its customer")
async def thread(call: Call, number: Number, query: ThreadQuery) -> ThreadView:
    """Everything a console paints, in one answer."""
    return await call.read(tickets.thread, call.agent, number, limit=query.limit)


@api.patch("/tickets/{number}", "Change a ticket")
async def edit(call: Call, number: Number, form: VersionedChanges) -> TicketView:
    """A property that somebody else changed since `version` is refused with what stands now."""
    return await call.write(tickets.edit, number, form.edit(), version=call.version(form.version))


@api.get("/tickets/{number}/messages", "Messages of a ticket")
async def messages(call: Call, number: Number, query: MessagesQuery) -> MessagePage:
    """Oldest first: the newest ones, those before a seq, or those after one."""
    await call.read(tickets.view, call.agent, number)
    found = await call.read(tickets.messages, number, before=query.before, after=query.after, limit=query.limit)
    full = len(found) == query.limit
    edge = found[-1 if query.after is not None else 0].seq if found and full else None
    return MessagePage(items=found, next=edge if edge != 1 else None)


@api.get("/tickets/{number}/history", "What happened to a ticket")
async def history(call: Call, number: Number, query: HistoryQuery) -> HistoryPage:
    """Who, what, when, from what to what."""
    await call.read(tickets.view, call.agent, number)
    before = query.before if query.order == "newest" else None
    found = await call.read(tickets.history, number, after=query.after, before=before, limit=query.limit)
    return HistoryPage(items=found, next=found[-1].seq if len(found) == query.limit else None)


@api.post("/tickets/{number}/merge", "Merge a ticket into another", status=200)
async def merge(call: Call, number: Number, form: Merge) -> TicketView:
    """A stub that points to the other stays. Answers the ticket that both are now."""
    return await call.write(tickets.merge, number, form.into)


@api.post("/tickets/{number}/split", "Let messages begin a ticket of their own")
async def split(call: Call, number: Number, form: Split) -> TicketView:
    """Answers the new ticket."""
    return await call.write(tickets.split, number, form.messages, form.subject)


@api.post("/tickets/{number}/accept", "Accept a chat", status=200, conflicts=True)
async def accept(call: Call, number: Number) -> TicketView:
    """It is the caller's and active. Of two at once one wins; the other is told by whom, with 409."""
    return await call.write(tickets.accept, number)


@api.post("/tickets/{number}/hand-over", "Hand a chat over", status=200, conflicts=True)
async def hand_over(call: Call, number: Number, form: HandOver) -> TicketView:
    """To a colleague, or to a team for whoever accepts it there."""
    return await call.write(tickets.hand_over, number, to=form.to, team=form.team, note=form.note)


@api.post("/tickets/{number}/end", "End a chat", status=200, conflicts=True)
async def end(call: Call, number: Number, form: End) -> TicketView:
    """It is done, and its customer sees that; they open it again by writing."""
    return await call.write(tickets.end, number, ask_rating=form.ask_rating)


@api.post("/tickets/{number}/ratings", "Ask for a rating", conflicts=True)
async def ask_rating(call: Call, number: Number) -> MessageView:
    """The customer of a chat is asked in the conversation; 409 when they were asked already."""
    return await call.write(tickets.ask_rating, number)


@api.put("/tickets/{number}/links/{other}", "Link two tickets", conflicts=True)
async def link(call: Call, number: Number, other: Number) -> TicketView:
    """Harmless when they are linked already."""
    return await call.write(tickets.link, number, other)


@api.delete("/tickets/{number}/links/{other}", "Unlink two tickets", conflicts=True)
async def unlink(call: Call, number: Number, other: Number) -> TicketView:
    """Harmless when they are not linked."""
    return await call.write(tickets.unlink, number, other)


@api.put("/tickets/{number}/drafts/{mode}", "Keep a draft")
async def save_draft(call: Call, number: Number, mode: Mode, form: Draft) -> DraftView:
    """One's own, for replies and notes each."""
    return await call.write(tickets.save_draft, number, mode, form.body)


@api.delete("/tickets/{number}/drafts/{mode}", "Throw a draft away")
async def drop_draft(call: Call, number: Number, mode: Mode) -> None:
    """Harmless when there is none."""
    await call.write(tickets.drop_draft, number, mode)


@api.put("/tickets/{number}/read", "Say up to where one has read")
async def mark_read(call: Call, number: Number, form: ReadUpTo) -> None:
    """Never backwards."""
    await call.read(tickets.view, call.agent, number)
    await call.write(tickets.mark_read, number, form.seq)
    call.request.app[LIVE].tell_agent(call.agent.id, "read", {"ticket": number, "seq": form.seq})
