"""Notices: what is planned and what was sent, the kinds there are, their words, and who is not written to."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.agents import AgentView
from server.customers.views import View
from server.database import Transaction
from server.errors import Invalid
from server.notices import actions, kinds, queries, rehearsal, settings, suppression, templates, trying
from server.notices.kinds import Kind
from server.notices.queries import Wanted
from server.notices.rehearsal import RehearsalView
from server.notices.settings import NoticeSettings
from server.notices.suppression import SuppressionView
from server.notices.suppression import lift as lift_suppression
from server.notices.templates import TemplateDiff, TemplateDraft, TemplateView
from server.notices.trying import About, PreviewView
from server.notices.views import Many, NoticePage, NoticeView
from server.web import wrong
from server.web.api.shapes import Id
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.pages import language_of
from server.web.reading import Form, Query

api = Api()
Word = Annotated[str, Meta(pattern="^_?[a-z][a-z0-9_]{0,39}$")]
"""The name of a kind of notices, or of a piece of templates (_signature)."""
Place = Annotated[str, Meta(pattern="^(email|line)$")]
Language = Annotated[str, Meta(pattern="^(ja|en)$")]


class NoticeQuery(Query, frozen=True, kw_only=True):
    """Conditions that must all hold; newest first. `number` is an order's, in any writing; `who` a name, address or
    number of a customer, `customer` their id; `begins` and `ends` are days, both included."""

    state: Literal["planned", "held", "sent", "skipped", "task", "cancelled", "opened", "bounced"] | None = None
    kind: Annotated[str, Meta(max_length=40)] | None = None
    number: Annotated[str, Meta(max_length=100)] | None = None
    who: Annotated[str, Meta(max_length=200)] | None = None
    customer: Id | None = None
    begins: date | None = None
    ends: date | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    after: Annotated[str, Meta(pattern="^[0-9]{1,15}$")] | None = None


class Because(Form, frozen=True, kw_only=True):
    """Why, in somebody's words."""

    reason: Annotated[str, Meta(max_length=500)] = ""


class ManyForm(Form, frozen=True, kw_only=True):
    """Which notices, and what to do with them. To send them again takes a reason."""

    ids: Annotated[list[Id], Meta(min_length=1, max_length=200)]
    do: actions.Deed
    reason: Annotated[str, Meta(max_length=500)] = ""


class Held(View, frozen=True, kw_only=True):
    """Who holds all notices back, and why; both empty when they leave."""

    by: str
    because: str


class TemplatePlace(Query, frozen=True, kw_only=True):
    """Which words."""

    channel: Place = "email"
    language: Language = "ja"


Long = Annotated[str, Meta(max_length=20_000)]


class TemplateForm(Form, frozen=True, kw_only=True):
    """New words; `seen` is the version that the writer had before them. On LINE the subject is the title of a card.

    `html` is a mail's own HTML, `card` LINE's own Flex; empty, both are drawn from the text.
    """

    subject: Annotated[str, Meta(max_length=500)] = ""
    text: Long
    html: Long = ""
    card: Long = ""
    seen: int


class TwoVersions(TemplatePlace, frozen=True, kw_only=True):
    """Which words, and which two versions of them are compared."""

    old: Annotated[int, Meta(ge=0)]
    new: Annotated[int, Meta(ge=0)]


class Back(Form, frozen=True, kw_only=True):
    """The version to be sent again; 0 for the words that ship with the product."""

    to: Annotated[int, Meta(ge=0)]


class TemplatePreviewForm(Form, frozen=True, kw_only=True):
    """Words to look at (None: those that are sent), filled in with the values of an order, by its id or its number,
    else of a made-up one: `full` with everything, `bare` with next to nothing, `long` with thirty articles."""

    subject: Annotated[str, Meta(max_length=500)] | None = None
    text: Long | None = None
    html: Long = ""
    card: Long = ""
    order: Id | None = None
    number: Annotated[str, Meta(max_length=100)] = ""
    sample: Literal["full", "bare", "long"] = "full"


class TestForm(Form, frozen=True, kw_only=True):
    """Where a preview is sent: a mail address; on LINE, the id of a contact there."""

    to: Annotated[str, Meta(max_length=320)]


class SuppressionForm(Form, frozen=True, kw_only=True):
    """An address that is not written to by itself; `purpose` is all, or advertising."""

    kind: Literal["email", "line"] = "email"
    address: Annotated[str, Meta(min_length=1, max_length=320)]
    purpose: Literal["all", "advertising"] = "all"
    words: Annotated[str, Meta(max_length=500)] = ""


@api.get("/notices", "A page of notices")
async def page(call: Call, query: NoticeQuery) -> NoticePage:
    """Newest first, each with how its letter fares."""
    wanted = Wanted(
        state=query.state or "",
        kind=query.kind or "",
        number=query.number or "",
        who=query.who or "",
        customer=query.customer,
        begins=query.begins,
        ends=query.ends,
    )
    return await call.read(queries.page, wanted, limit=query.limit, after=query.after)


@api.post("/notices/many", "Do the same with several notices", status=200)
async def many(call: Call, form: ManyForm) -> Many:
    """Hold, release, cancel, retry or again; what cannot be done with one is said, and hurts no other."""
    return await call.write(actions.many, form.ids, form.do, form.reason)


@api.post("/notices/{notice}/retry", "Try a notice's letter again", status=200)
async def retry(call: Call, notice: Number) -> None:
    """One that waits, failed or came back: the same letter, now. 409 for another."""
    await call.write(actions.retry, notice)


@api.get("/notices/{notice}", "A notice")
async def one(call: Call, notice: Number) -> NoticeView:
    """With how its letter fares."""
    return await call.read(queries.one, notice)


@api.post("/notices/{notice}/hold", "Hold a planned notice back", status=200)
async def hold(call: Call, notice: Number, form: Because) -> None:
    """Until somebody releases it. 409 for one that is not planned any more."""
    await call.write(actions.hold, notice, form.reason)


@api.post("/notices/{notice}/release", "Let a held notice go", status=200)
async def release(call: Call, notice: Number) -> None:
    """When it is due, or at once; if it is still true."""
    await call.write(actions.release, notice)


@api.post("/notices/{notice}/cancel", "Never send a notice", status=200)
async def cancel(call: Call, notice: Number, form: Because) -> None:
    """409 for one that has left."""
    await call.write(actions.cancel, notice, form.reason)


@api.post("/notices/{notice}/again", "Send a copy of a notice", status=200)
async def again(call: Call, notice: Number, form: Because) -> NoticeView:
    """Now, whatever became of the first; a reason is needed. The copy."""
    return await call.write(_again, notice, form.reason)


@api.get("/orders/{order}/notices", "The notices of an order")
async def of_order(call: Call, order: Number) -> list[NoticeView]:
    """In the order they were planned."""
    return await call.read(queries.of, f"order:{order}")


@api.get("/customers/{customer}/notices", "The notices of a customer")
async def of_customer(call: Call, customer: Number) -> list[NoticeView]:
    """The newest first, at most fifty."""
    return await call.read(queries.of_customer, customer)


@api.get("/notice-settings", "What holds for all notices")
async def decided(call: Call) -> NoticeSettings:
    """Whether they are on, quiet hours, days on which the shop works, limits of advertising."""
    return await call.read(settings.read)


@api.put("/notice-settings", "Decide what holds for all notices", scope="admin")
async def decide(call: Call, form: NoticeSettings) -> NoticeSettings:
    """All of it at once; what is left out is as it ships."""
    return await call.write(settings.write, form)


@api.get("/notice-hold", "Whether all notices are held back")
async def held(call: Call) -> Held:
    """Who holds them, and why."""
    return await call.read(_held)


@api.put("/notice-hold", "Hold all notices back")
async def hold_all(call: Call, form: Because) -> Held:
    """配送停止中: nothing leaves until they are released. A reason is needed."""
    return await call.write(_hold_all, form.reason)


@api.delete("/notice-hold", "Let all notices go")
async def release_all(call: Call) -> None:
    """What is not true any more by then is skipped."""
    await call.write(settings.release_all)


@api.get("/notice-kinds", "The kinds of notices")
async def all_kinds(call: Call) -> list[Kind]:
    """Those that ship with the product as they were changed, then this desk's own."""
    return await call.read(kinds.all)


@api.put("/notice-kinds/{kind}", "Decide a kind of notice", scope="admin")
async def save_kind(call: Call, kind: Word, form: Kind) -> Kind:
    """A new one, or another version of one there is."""
    return await call.write(_save_kind, kind, form)


@api.delete("/notice-kinds/{kind}", "Take a kind of notice away", scope="admin")
async def remove_kind(call: Call, kind: Word) -> None:
    """One that ships with the product is as it shipped again."""
    await call.write(kinds.remove, kind)


@api.post("/notice-kinds/{kind}/rehearsal", "Try a kind on the last 30 days", status=200)
async def rehearse(call: Call, kind: Word, form: Kind) -> RehearsalView:
    """To how many it would have gone, with samples; nothing is sent, and nothing is saved."""
    return await call.read(_rehearse, kind, form)


@api.get("/notice-kinds/{kind}/template", "The words of a kind")
async def template(call: Call, kind: Word, query: TemplatePlace) -> TemplateView:
    """As they are sent now, with what is wrong with them."""
    return await call.read(templates.view, kind, query.channel, query.language)


@api.get("/notice-kinds/{kind}/template/versions", "Every version of the words of a kind")
async def template_versions(call: Call, kind: Word, query: TemplatePlace) -> list[TemplateView]:
    """The newest first; version 0 ships with the product."""
    return await call.read(templates.versions, kind, query.channel, query.language)


@api.get("/notice-kinds/{kind}/template/diff", "What changed between two versions")
async def template_diff(call: Call, kind: Word, query: TwoVersions) -> TemplateDiff:
    """Lines of a unified diff: those that went begin with -, those that came with +."""
    return await call.read(_diff, kind, query)


@api.put("/notice-kinds/{kind}/template", "Write the words of a kind", scope="admin", conflicts=True)
async def save_template(call: Call, kind: Word, query: TemplatePlace, form: TemplateForm) -> TemplateView:
    """A new version. 422 for words that could not be sent, 409 when somebody wrote meanwhile."""
    return await call.write(_save_template, kind, query, form)


@api.post("/notice-kinds/{kind}/template/back", "Go back to earlier words", status=200, scope="admin")
async def back(call: Call, kind: Word, query: TemplatePlace, form: Back) -> TemplateView:
    """They become the newest version."""
    return await call.write(templates.roll_back, kind, query.channel, query.language, form.to)


@api.post("/notice-kinds/{kind}/template/preview", "See what a template makes", status=200)
async def preview(call: Call, kind: Word, query: TemplatePlace, form: TemplatePreviewForm) -> PreviewView:
    """Of an order here, or of one that is made up; with what is wrong, in your language, and which values are empty."""
    draft = (
        TemplateDraft(subject=form.subject or "", text=form.text, html=form.html, card=form.card)
        if form.text is not None
        else None
    )
    about = About(order=form.order, number=form.number, sample=form.sample)
    made = await call.read(trying.preview, kind, query.channel, query.language, draft, about)
    language = language_of(call.request)
    return msgspec.structs.replace(made, faults=[wrong.said(language, fault) for fault in made.faults])


@api.post("/notice-kinds/{kind}/template/test", "Send a preview", status=202, scope="admin")
async def test(call: Call, kind: Word, query: TemplatePlace, form: TestForm) -> None:
    """To an address of yours, or to a contact on LINE."""
    await call.write(trying.send_test, kind, query.channel, query.language, form.to)


@api.get("/suppressions", "Addresses that are not written to by themselves")
async def suppressions(call: Call) -> list[SuppressionView]:
    """The newest thousand, with why."""
    return await call.read(suppression.newest)


@api.post("/suppressions", "Write to an address no more", status=201)
async def suppress(call: Call, form: SuppressionForm) -> SuppressionView:
    """By itself; people may still answer."""
    return await call.write(_suppress, form)


@api.delete("/suppressions/{suppression}", "Write to an address again")
async def lift(call: Call, suppression: Number) -> None:
    """404 when it is not suppressed."""
    await call.write(lift_suppression, suppression)


def _again(tx: Transaction, agent: AgentView, notice: int, reason: str) -> NoticeView:
    return queries.one(tx, actions.again(tx, agent, notice, reason))


def _held(tx: Transaction) -> Held:
    by, because = settings.held(tx)
    return Held(by=by, because=because)


def _hold_all(tx: Transaction, agent: AgentView, because: str) -> Held:
    settings.hold_all(tx, agent, because)
    return _held(tx)


def _save_kind(tx: Transaction, agent: AgentView, name: str, kind: Kind) -> Kind:
    if kind.name != name:
        raise Invalid(fields={"name": "is not the one in the address"})
    return kinds.save(tx, agent, kind)


def _save_template(
    tx: Transaction, agent: AgentView, kind: str, place: TemplatePlace, form: TemplateForm
) -> TemplateView:
    draft = TemplateDraft(subject=form.subject, text=form.text, html=form.html, card=form.card)
    return templates.save(tx, agent, kind, place.channel, place.language, draft, seen=form.seen)


def _rehearse(tx: Transaction, name: str, kind: Kind) -> RehearsalView:
    if kind.name != name:
        raise Invalid(fields={"name": "is not the one in the address"})
    return rehearsal.rehearse(tx, kind)


def _diff(tx: Transaction, kind: str, query: TwoVersions) -> TemplateDiff:
    return templates.diff(tx, kind, query.channel, query.language, query.old, query.new)


def _suppress(tx: Transaction, agent: AgentView, form: SuppressionForm) -> SuppressionView:
    return suppression.put(tx, agent, form.kind, form.address, purpose=form.purpose, words=form.words)
