"""The desk as a whole: what a console must know before it paints anything, and what leads keep of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server import accounts, agents
from server.accounts import desk_settings
from server.agents import AgentView, TeamView, availability
from server.agents.availability import AvailabilityView
from server.answers import queries as answers
from server.customers import attributes, blocks
from server.customers.attributes import AttributeView
from server.customers.blocks import BlockPage, BlockView
from server.database import Transaction
from server.faq import queries as articles
from server.notices import settings as notices
from server.tickets import fields, saved_views, tags
from server.tickets.fields import CustomFieldView
from server.tickets.saved_views import SavedCount, SavedViewView
from server.tickets.tags import TagView
from server.tickets.views import Priority
from server.web.call import Call
from server.web.doors import Doors
from server.web.endpoints import Api, Number
from server.web.feed import newest_seq
from server.web.reading import Form, Query

api = Api()
Title = Annotated[str, Meta(min_length=1, max_length=60)]
Color = Annotated[str, Meta(pattern="^#[0-9a-fA-F]{6}$")]
FieldName = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,39}$")]
Label = Annotated[str, Meta(min_length=1, max_length=60)]
Labels = Annotated[dict[Literal["open", "active", "waiting", "done", "none_needed"], Label], Meta(max_length=5)]
Position = Annotated[int, Meta(ge=0, le=10_000)]


class AccountRef(msgspec.Struct, frozen=True, kw_only=True):
    """Enough of an account to name it, and to choose it as the sender."""

    id: int
    kind: str
    name: str
    address: str
    can_send: bool


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk takes at most."""

    attachment_bytes: int
    text_characters: int


class DeskView(msgspec.Struct, frozen=True, kw_only=True):
    """What ids and names mean here. `articles`: the FAQ has something to say. `answers`: the desk says something by
    itself, or did. `notices_held`
    is why all notices are held back, empty while they leave. `seq` is the newest change this answer
    knows."""

    name: str
    agents: list[AgentView]
    availability: list[AvailabilityView]
    teams: list[TeamView]
    tags: list[TagView]
    accounts: list[AccountRef]
    custom_fields: list[CustomFieldView]
    customer_fields: list[AttributeView]
    views: list[SavedViewView]
    status_labels: dict[str, dict[str, str]]
    priorities: list[Priority]
    limits: Limits
    articles: bool
    answers: bool
    notices_held: str
    time_zone: str
    version: str
    seq: int


class TagForm(Form, frozen=True, kw_only=True):
    """A tag's name and colour."""

    name: Annotated[str, Meta(min_length=1, max_length=50)]
    color: Color = "#64748b"


class NewView(Form, frozen=True, kw_only=True):
    """A list to keep: the filter is what `GET /tickets` takes. A shared one is a lead's to make."""

    name: Title
    filter: dict[str, Any]
    shared: bool = False
    position: Position = 0


class ViewForm(Form, frozen=True, kw_only=True):
    """Another name, filter or place."""

    name: Title
    filter: dict[str, Any]
    position: Position | None = None


class FieldForm(Form, frozen=True, kw_only=True):
    """A property that this shop keeps of its tickets. The kind of a field that exists stays."""

    kind: Literal["text", "number", "boolean", "date", "choice"] = "text"
    label_ja: Label
    label_en: Label
    choices: Annotated[list[Annotated[str, Meta(min_length=1, max_length=100)]], Meta(max_length=200)] = []
    position: Position = 0

    def named(self, name: str) -> CustomFieldView:
        """The field as the domain takes it."""
        return CustomFieldView(name=name, **msgspec.structs.asdict(self))


class NewField(FieldForm, frozen=True, kw_only=True):
    """A new one, by its name in JSON."""

    name: FieldName


class StatusLabels(Form, frozen=True, kw_only=True):
    """What this desk calls the statuses, in both languages; what is left out stays."""

    ja: Labels | UnsetType = UNSET
    en: Labels | UnsetType = UNSET


class BlockForm(Form, frozen=True, kw_only=True):
    """An address, or for mail a whole domain (`@example.jp`)."""

    kind: Literal["email", "phone", "line", "visitor", "external"] = "email"
    address: Annotated[str, Meta(min_length=1, max_length=320)]


class BlockQuery(Query, frozen=True, kw_only=True):
    """A page of the block list."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 100
    after: Annotated[str, Meta(pattern="^[0-9]{1,15}$")] | None = None


def desk_view(tx: Transaction, agent: AgentView, doors: Doors) -> DeskView:
    """All of it, of one moment."""
    settings = desk_settings.read(tx)
    return DeskView(
        name=settings.shop(agent.language),
        agents=agents.all_agents(tx),
        availability=availability.everybody(tx),
        teams=agents.teams(tx),
        tags=tags.all(tx),
        accounts=[
            AccountRef(
                id=one.id, kind=one.kind, name=one.name, address=one.address, can_send=one.can_send and one.enabled
            )
            for one in accounts.all(tx, doors.keys)
        ],
        custom_fields=fields.all(tx),
        customer_fields=attributes.all(tx),
        views=saved_views.all(tx, agent),
        status_labels=settings.status_labels,
        priorities=["low", "normal", "high", "urgent"],
        articles=articles.any_live(tx),
        answers=answers.in_use(tx),
        limits=Limits(attachment_bytes=doors.max_upload_bytes, text_characters=200_000),
        notices_held=notices.held(tx)[1],
        time_zone=settings.time_zone,
        version=doors.version,
        seq=newest_seq(tx),
    )


@api.get("/desk", "What ids and names mean here")
async def desk(call: Call) -> DeskView:
    """Agents, teams, tags, accounts, fields, views and labels, in one answer."""
    return await call.read(desk_view, call.agent, call.doors)


@api.get("/tags", "All tags")
async def all_tags(call: Call) -> list[TagView]:
    """By name, with how many tickets carry each."""
    return await call.read(tags.all, counted=True)


@api.post("/tags", "Add a tag")
async def add_tag(call: Call, form: TagForm) -> TagView:
    """For leads. Agents make tags by putting them on tickets."""
    return await call.write(tags.add, form.name, form.color)


@api.patch("/tags/{tag}", "Change a tag")
async def edit_tag(call: Call, tag: Number, form: TagForm) -> TagView:
    """For leads: on every ticket that carries it."""
    return await call.write(tags.edit, tag, form.name, form.color)


@api.delete("/tags/{tag}", "Remove a tag")
async def remove_tag(call: Call, tag: Number) -> None:
    """For leads: off every ticket."""
    await call.write(tags.remove, tag)


@api.get("/views", "The saved lists")
async def all_views(call: Call) -> list[SavedViewView]:
    """The shared ones, then one's own."""
    return await call.read(saved_views.all, call.agent)


@api.get("/views/counts", "How many tickets stand in the saved lists")
async def view_counts(call: Call) -> list[SavedCount]:
    """Of the shared ones and one's own, each counted up to 99, so that it costs no more than a page of it."""
    return await call.read(saved_views.counts, call.agent)


@api.post("/views", "Keep a list")
async def add_view(call: Call, form: NewView) -> SavedViewView:
    """One's own; a shared one is a lead's to make."""
    return await call.write(saved_views.add, form.name, form.filter, shared=form.shared, position=form.position)


@api.patch("/views/{view}", "Change a kept list")
async def edit_view(call: Call, view: Number, form: ViewForm) -> SavedViewView:
    """One's own; a shared one for leads."""
    return await call.write(saved_views.edit, view, form.name, form.filter, form.position)


@api.delete("/views/{view}", "Forget a kept list")
async def remove_view(call: Call, view: Number) -> None:
    """The tickets in it are not touched."""
    await call.write(saved_views.remove, view)


@api.get("/fields", "The custom fields")
async def all_fields(call: Call) -> list[CustomFieldView]:
    """In the order in which screens show them."""
    return await call.read(fields.all)


@api.post("/fields", "Add a custom field", scope="admin")
async def add_field(call: Call, form: NewField) -> CustomFieldView:
    """For leads."""
    return await call.write(fields.add, CustomFieldView(**msgspec.structs.asdict(form)))


@api.put("/fields/{name}", "Change a custom field", scope="admin", conflicts=True)
async def edit_field(call: Call, name: FieldName, form: FieldForm) -> CustomFieldView:
    """For leads. The kind stays."""
    return await call.write(fields.edit, form.named(name))


@api.delete("/fields/{name}", "Stop showing a custom field", scope="admin")
async def remove_field(call: Call, name: FieldName) -> None:
    """For leads. Tickets keep their values."""
    await call.write(fields.remove, name)


@api.get("/labels", "What this desk calls the statuses")
async def labels(call: Call) -> dict[str, dict[str, str]]:
    """By language, then status."""
    return (await call.read(desk_settings.read)).status_labels


@api.put("/labels", "Rename the statuses", scope="admin")
async def rename(call: Call, form: StatusLabels) -> dict[str, dict[str, str]]:
    """For admins."""
    now = (await call.read(desk_settings.read)).status_labels
    wanted = {"ja": form.ja, "en": form.en}
    named = {
        language: {**now.get(language, {}), **(labels if labels is not UNSET else {})}
        for language, labels in wanted.items()
    }
    return (await call.write(desk_settings.write, {"status_labels": named})).status_labels


@api.get("/blocks", "The block list")
async def all_blocks(call: Call, query: BlockQuery) -> BlockPage:
    """Newest first."""
    return await call.read(blocks.page, after=query.after, limit=query.limit)


@api.post("/blocks", "Block a sender")
async def add_block(call: Call, form: BlockForm) -> BlockView:
    """What they send is filed as spam."""
    return await call.write(blocks.add, form.kind, form.address)


@api.delete("/blocks/{block}", "Let a sender write again")
async def remove_block(call: Call, block: Number) -> None:
    """What was filed as spam stays there."""
    await call.write(blocks.remove, block)
