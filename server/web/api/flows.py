"""Flows: drafts, versions, switching on and off, trying one, and how the customer of a ticket was led."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from server import errors
from server.errors import Invalid
from server.faq.views import NOTHING, Match
from server.flows import actions, queries, trying
from server.flows.steps import Lang, Scenario, read
from server.flows.trying import Tried, Wish
from server.flows.views import FlowRef, FlowVersionView, FlowView, RunView, StepCount
from server.web.api.shapes import Version
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Form

api = Api()


class NewFlow(Form, frozen=True, kw_only=True):
    """A flow that leads nobody yet. `content` is a tree of the shape that `GET /flows/{flow}` shows."""

    name: Annotated[str, Meta(max_length=actions.LONGEST_NAME)]
    content: dict[str, Any]


class FlowEdit(Form, frozen=True, kw_only=True):
    """What is to change; what is left out stays. `version` is the `edit` that the change is made of. The accounts
    change at once, the rest leads customers when it is published."""

    name: Annotated[str, Meta(max_length=actions.LONGEST_NAME)] | None = None
    content: dict[str, Any] | None = None
    accounts: list[int] | None = None
    version: Version | None = None


class SwitchForm(Form, frozen=True, kw_only=True):
    """Whether it leads customers."""

    on: bool


class TryForm(Form, frozen=True, kw_only=True):
    """A step of a conversation that is tried: what was answered before (empty to begin), and what is said now."""

    channel: Literal["webchat", "line"] = "webchat"
    language: Lang = "ja"
    tried: Tried = Tried()
    wish: Wish = Wish()


def _scenario(content: dict[str, Any]) -> Scenario:
    """The tree. Raises `Invalid`, naming the place."""
    try:
        return read(content)
    except msgspec.ValidationError as error:
        words, _, place = str(error).partition(" - at `$")
        raise Invalid(fields={f"content{place.rstrip('`')}": words}) from error
    except RecursionError as error:
        raise Invalid("This flow is too large.") from error


@api.get("/flows", "Flows")
async def all_flows(call: Call) -> list[FlowRef]:
    """Every flow that was not removed."""
    return await call.read(queries.all)


@api.post("/flows", "Write a flow", scope="admin")
async def add_flow(call: Call, form: NewFlow) -> FlowView:
    """A draft, with what keeps it from being published."""
    return await call.write(actions.add, form.name, _scenario(form.content))


@api.get("/flows/{flow}", "A flow")
async def one_flow(call: Call, flow: Number) -> FlowView:
    """What is being written, and what is wrong with it."""
    return await call.read(queries.flow, flow)


@api.patch("/flows/{flow}", "Change a flow", scope="admin")
async def change_flow(call: Call, flow: Number, form: FlowEdit) -> FlowView:
    """Customers are led by the published version until the next one is published."""
    return await call.write(
        actions.change,
        flow,
        name=form.name,
        content=None if form.content is None else _scenario(form.content),
        accounts=form.accounts,
        edit=call.version(form.version),
    )


@api.delete("/flows/{flow}", "Remove a flow", scope="admin")
async def remove_flow(call: Call, flow: Number) -> None:
    """Whoever is being led comes to a person with what they said."""
    await call.write(actions.remove, flow)


@api.put("/flows/{flow}/enabled", "Let a flow lead, or rest", scope="admin", conflicts=True)
async def switch_flow(call: Call, flow: Number, form: SwitchForm) -> FlowView:
    """Whoever is being led is led to the end."""
    return await call.write(actions.enable, flow, form.on)


@api.get("/flows/{flow}/versions", "The published versions of a flow")
async def flow_versions(call: Call, flow: Number) -> list[FlowVersionView]:
    """The newest first."""
    return await call.read(queries.versions, flow)


@api.post("/flows/{flow}/versions", "Publish a flow", scope="admin", conflicts=True)
async def publish_flow(call: Call, flow: Number) -> FlowView:
    """What is written leads whoever begins from now on. 422 names what is wrong, by step."""
    return await call.write(actions.publish, flow)


@api.put("/flows/{flow}/draft/{version}", "Bring a version of a flow back", scope="admin", conflicts=True)
async def bring_flow_back(call: Call, flow: Number, version: Number) -> FlowView:
    """What is being written becomes as it was; what is live stays until it is published."""
    return await call.write(actions.bring_back, flow, version)


@api.get("/flows/{flow}/counts", "How a flow's steps fare")
async def flow_counts(call: Call, flow: Number) -> list[StepCount]:
    """Of the last 30 days."""
    return list((await call.read(queries.counts, flow)).values())


@api.post("/flows/{flow}/tries", "Try a flow", status=200, scope="read", conflicts=False, idempotent=False)
async def try_flow(call: Call, flow: Number, form: TryForm) -> Tried:
    """What is being written, led as customers are; nothing is sent or kept."""
    view = await call.read(queries.flow, flow)
    shop = await call.read(queries.shop_of, view)
    found: dict[str, Match] = {}
    for _ in range(3):
        now = await call.read(
            trying.step,
            view.content,
            form.channel,
            shop,
            form.language,
            form.tried,
            form.wish,
            found,
            call.doors.file_links,
        )
        if not isinstance(now, str):
            return now
        faq = call.doors.faq
        found[now] = NOTHING if faq is None else await faq.match(now, channel=form.channel, shop=shop, internal=False)
    raise errors.Unavailable("The FAQ is not at hand.")


@api.get("/tickets/{number}/flows", "How a ticket's customer was led")
async def ticket_flows(call: Call, number: Number) -> list[RunView]:
    """The newest first; who is being led now has the state “on”."""
    return await call.read(queries.runs, number)
