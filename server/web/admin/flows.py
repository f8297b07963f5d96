"""The pages of flows: the list, an editor of the tree that needs no JavaScript, versions, files."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote

import msgspec
from aiohttp import web

from channels.wording import say
from server import agents
from server.accounts import desk_settings
from server.agents import AgentView
from server.customers import segments
from server.database import Transaction
from server.errors import DeskError, Invalid
from server.flows import actions, editing, exchange, queries, ready
from server.flows.steps import LANGUAGES, Scenario, read
from server.flows.views import FlowView
from server.tickets import fields
from server.web import wrong
from server.web.admin import flow_editor, flow_preview
from server.web.admin.frame import agent, chosen, database, done, ids, nested, number, page, tried, typed
from server.web.pages import language_of

HERE = "/admin/flows"


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get(HERE, index),
        web.post(HERE, begin),
        web.post(f"{HERE}/import", take),
        web.get(f"{HERE}/{{id}}", show),
        web.post(f"{HERE}/{{id}}", change),
        web.post(f"{HERE}/{{id}}/versions/{{version}}", bring_back),
        web.get(f"{HERE}/{{id}}/export.json", export),
        web.get(f"{HERE}/{{id}}/export.toml", export),
        *flow_preview.routes(HERE),
    ]


async def index(request: web.Request) -> web.Response:
    """Every flow."""
    await agent(request, "lead")
    return await _index(request)


async def begin(request: web.Request) -> web.StreamResponse:
    """A new flow: the ready-made one, an empty one."""
    lead = await agent(request, "lead")
    data = await typed(request)
    content = ready.sample() if data.get("like") == "sample" else Scenario()
    made, error = await tried(database(request).write(actions.add, lead, data.get("name", ""), content))
    return done(f"{HERE}/{made.id}", "added") if made is not None else await _index(request, error=error)


async def take(request: web.Request) -> web.StreamResponse:
    """A flow out of a file."""
    lead = await agent(request, "lead")
    given = (await request.post()).get("file")
    error: DeskError | None = Invalid(fields={"file": "is missing"})
    if isinstance(given, web.FileField) and given.filename:
        try:
            moved = exchange.taken(given.file.read(exchange.MOST_BYTES).decode("utf-8-sig"))
            made, error = await tried(database(request).write(actions.add, lead, moved.name, moved.flow))
            if made is not None:
                return done(f"{HERE}/{made.id}", "added")
        except UnicodeDecodeError:
            error = Invalid(fields={"file": "is not text in UTF-8"})
        except Invalid as refused:
            error = refused
    return await _index(request, error=error)


async def show(request: web.Request) -> web.Response:
    """One flow, with its tree."""
    await agent(request, "lead")
    view = await database(request).read(queries.flow, number(request))
    return await _editor(request, view, actions.plain(view.content))


async def change(request: web.Request) -> web.StreamResponse:
    """Keep what was typed, and do what the button says."""
    lead, store, id = await agent(request, "lead"), database(request), number(request)
    data = await typed(request)
    act = str(data.get("do", "save"))
    if act in ("enable", "disable", "remove", "duplicate"):
        return await _standing(request, lead, id, act)
    view = await store.read(queries.flow, id)
    content = flow_editor.written(actions.plain(view.content), nested(data))
    what, _, where = act.partition(":")
    focus = editing.changed(content, act, str(data.get(f"kind:{where}", "")), str(data.get(f"to:{where}", "")))
    try:
        scenario = read(content)
    except msgspec.ValidationError as refused:
        return await _editor(request, view, content, error=Invalid(fields={"flow": str(refused)}))
    named = str(data.get("name", view.name))
    edit = partial(
        actions.change, name=named, content=scenario, accounts=ids(data, "accounts"), edit=chosen(data.get("edit"))
    )
    kept, error = await tried(store.write(_keep, lead, id, edit))
    if kept is not None and what == "publish":
        kept, error = await tried(store.write(actions.publish, lead, id))
        content = actions.plain(scenario)
    if kept is None:
        return await _editor(request, await store.read(queries.flow, id), content, error=error, name=named)
    if focus is not None:
        return web.Response(status=303, headers={"Location": f"{HERE}/{id}?open={quote(focus)}#step-{quote(focus)}"})
    return done(f"{HERE}/{id}", "published" if what == "publish" else "saved")


async def bring_back(request: web.Request) -> web.StreamResponse:
    """What is being written becomes as a version was."""
    lead = await agent(request, "lead")
    await database(request).write(actions.bring_back, lead, number(request), number(request, "version"))
    return done(f"{HERE}/{number(request)}", "saved")


async def export(request: web.Request) -> web.Response:
    """What is being written, as a file."""
    await agent(request, "lead")
    view = await database(request).read(queries.flow, number(request))
    form: exchange.Form = "toml" if request.path.endswith(".toml") else "json"
    name = quote(f"{view.name}.{form}")
    headers = {"Content-Disposition": f"attachment; filename=\"flow-{view.id}.{form}\"; filename*=UTF-8''{name}"}
    text = exchange.written(view.name, view.content, form)
    return web.Response(text=text, content_type=f"application/{form}", charset="utf-8", headers=headers)


# ------------------------------------------------------------------------------------------------------- parts


def _keep(tx: Transaction, lead: AgentView, id: int, edit: Any) -> FlowView:
    kept: FlowView = edit(tx, lead, id)
    return kept


async def _standing(request: web.Request, lead: AgentView, id: int, act: str) -> web.StreamResponse:
    store = database(request)
    if act == "remove":
        await store.write(actions.remove, lead, id)
        return done(HERE, "removed")
    if act == "duplicate":
        view = await store.read(queries.flow, id)
        name = say(language_of(request), "{name} (copy)", name=view.name)[: actions.LONGEST_NAME]
        return done(f"{HERE}/{(await store.write(actions.copy, lead, id, name)).id}", "added")
    switched, error = await tried(store.write(actions.enable, lead, id, act == "enable"))
    if switched is None:
        view = await store.read(queries.flow, id)
        return await _editor(request, view, actions.plain(view.content), error=error)
    return done(f"{HERE}/{id}", f"{act}d")


async def _index(request: web.Request, error: DeskError | None = None) -> web.Response:
    store = database(request)
    return await page(
        request,
        "flows.html",
        error=error,
        flows=await store.read(queries.all),
        account_names=dict(await store.read(_places)),
    )


async def _editor(
    request: web.Request, view: FlowView, content: dict[str, Any], *, error: DeskError | None = None, name: str = ""
) -> web.Response:
    store, language = database(request), language_of(request)
    wrongs: dict[str, list[tuple[str, str]]] = {}
    for one in view.problems:
        wrongs.setdefault(one.step, []).append((one.where, wrong.said(language, one.words)))
    return await page(
        request,
        "flow.html",
        error=error,
        view=view,
        name=name or view.name,
        content=content,
        wrongs=wrongs,
        open_step=request.query.get("open", ""),
        versions=await store.read(queries.versions, view.id),
        counts=await store.read(queries.counts, view.id),
        people_names={f"agent:{one.id}": one.name for one in await store.read(agents.all_agents)},
        steps={step["id"]: step for step in editing.steps(content)},
        places=await store.read(_places),
        languages=LANGUAGES,
        lists=[place for place, _ in editing.lists(content)],
        overtaken=error is not None and error.status == 409,
        options_text=flow_editor.options_text,
        pairs_text=flow_editor.pairs_text,
        **_words(language),
        **await store.read(_desk),
    )


def _words(language: str) -> dict[str, Any]:
    def told(pairs: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
        return [(key, say(language, text)) for key, text in pairs]

    return {
        "kinds": told(flow_editor.KINDS),
        "kind_words": dict(told(flow_editor.KINDS)),
        "field_kinds": told(flow_editor.FIELD_KINDS),
        "tests": told(flow_editor.TESTS),
        "order_states": told(flow_editor.ORDER_STATES),
    }


def _places(tx: Transaction) -> list[tuple[int, str]]:
    """The accounts on which a flow can lead."""
    kinds = ", ".join(f"'{kind}'" for kind in queries.KINDS)
    rows = tx.all(
        f"SELECT id, name FROM channel_account WHERE kind IN ({kinds}) AND removed_at IS NULL ORDER BY kind DESC, id"
    )
    return [(row.id, row.name) for row in rows]


def _desk(tx: Transaction) -> dict[str, Any]:
    """What of the desk a step can name."""
    language = desk_settings.read(tx).language
    return {
        "teams": [(team.id, team.name) for team in agents.teams(tx)],
        "articles": [
            (row.id, row.title)
            for row in tx.all("SELECT id, title FROM article WHERE live_version IS NOT NULL ORDER BY title")
        ],
        "custom_fields": [(field.name, field.says(language)) for field in fields.all(tx)],
        "segment_choices": [(one.id, one.name) for one in segments.all(tx, counted=False)],
    }
