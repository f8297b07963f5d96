"""Rich menus over HTTP. https://developers.line.biz/en/reference/messaging-api/#rich-menu"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from aiohttp import web

from channels.line.rules import Refusal
from channels.line.simulator import ids
from channels.line.simulator.doors.bodies import REQUEST_ID, body_of, empty
from channels.line.simulator.people import Person
from channels.line.simulator.refusals import NOT_FOUND, invalid_property
from channels.line.simulator.simulator import Simulator

_RESUME = re.compile(r"[a-zA-Z0-9_-]{1,100}\Z")


def add(app: web.Application, simulator: Simulator) -> None:
    """Add the doors."""
    _add_menus(app, simulator)
    _add_aliases(app, simulator)
    _add_people(app, simulator)
    _add_many(app, simulator)


def _add_menus(app: web.Application, simulator: Simulator) -> None:
    menus = simulator.menus

    async def create(request: web.Request) -> web.Response:
        return web.json_response({"richMenuId": menus.create(await body_of(request))})

    async def validate(request: web.Request) -> web.Response:
        menus.check(await body_of(request))
        return empty()

    async def everything(_: web.Request) -> web.Response:
        return web.json_response({"richmenus": [menu.shown() for menu in menus.menus.values()]})

    async def get(request: web.Request) -> web.Response:
        return web.json_response(menus.get(request.match_info["richMenuId"]).shown())

    async def delete(request: web.Request) -> web.Response:
        menus.delete(request.match_info["richMenuId"])
        simulator.touch()
        return empty()

    async def get_default(_: web.Request) -> web.Response:
        if menus.default is None:
            raise Refusal(404, "no default richmenu")
        return web.json_response({"richMenuId": menus.default})

    async def set_default(request: web.Request) -> web.Response:
        menus.default = menus.usable(request.match_info["richMenuId"]).id
        simulator.touch()
        return empty()

    async def cancel_default(_: web.Request) -> web.Response:
        menus.default = None
        simulator.touch()
        return empty()

    app.router.add_post("/v2/bot/richmenu", create)
    app.router.add_post("/v2/bot/richmenu/validate", validate)
    app.router.add_get("/v2/bot/richmenu/list", everything, allow_head=False)
    app.router.add_get("/v2/bot/user/all/richmenu", get_default, allow_head=False)
    app.router.add_delete("/v2/bot/user/all/richmenu", cancel_default)
    app.router.add_post("/v2/bot/user/all/richmenu/{richMenuId}", set_default)
    # Where a fixed path and a menu's id could both be meant, the fixed one stands first.
    app.router.add_get("/v2/bot/richmenu/{richMenuId:richmenu-[^/]+}", get, allow_head=False)
    app.router.add_delete("/v2/bot/richmenu/{richMenuId:richmenu-[^/]+}", delete)


def _add_aliases(app: web.Application, simulator: Simulator) -> None:
    menus = simulator.menus

    async def create(request: web.Request) -> web.Response:
        body = await body_of(request)
        menus.create_alias(str(body.get("richMenuAliasId", "")), str(body.get("richMenuId", "")))
        return empty()

    async def update(request: web.Request) -> web.Response:
        body = await body_of(request)
        menus.update_alias(request.match_info["richMenuAliasId"], str(body.get("richMenuId", "")))
        return empty()

    async def get(request: web.Request) -> web.Response:
        name = request.match_info["richMenuAliasId"]
        if name not in menus.aliases:
            raise Refusal(404, "richmenu alias not found")
        return web.json_response(_alias(name, menus.aliases[name]))

    async def delete(request: web.Request) -> web.Response:
        if menus.aliases.pop(request.match_info["richMenuAliasId"], None) is None:
            raise Refusal(404, "richmenu alias not found")
        return empty()

    async def everything(_: web.Request) -> web.Response:
        return web.json_response({"aliases": [_alias(name, menu) for name, menu in menus.aliases.items()]})

    app.router.add_post("/v2/bot/richmenu/alias", create)
    app.router.add_get("/v2/bot/richmenu/alias/list", everything, allow_head=False)
    app.router.add_get("/v2/bot/richmenu/alias/{richMenuAliasId}", get, allow_head=False)
    app.router.add_post("/v2/bot/richmenu/alias/{richMenuAliasId}", update)
    app.router.add_delete("/v2/bot/richmenu/alias/{richMenuAliasId}", delete)


def _alias(name: str, menu_id: str) -> dict[str, str]:
    return {"richMenuAliasId": name, "richMenuId": menu_id}


def _add_people(app: web.Application, simulator: Simulator) -> None:
    menus = simulator.menus

    def person(request: web.Request) -> Person:
        found = simulator.find_person(request.match_info["userId"])
        if found is None:
            raise Refusal(404, NOT_FOUND)
        return found

    async def get(request: web.Request) -> web.Response:
        linked = person(request).rich_menu
        if linked is None or linked not in menus.menus:
            raise Refusal(404, "the user has no richmenu")
        return web.json_response({"richMenuId": linked})

    async def link(request: web.Request) -> web.Response:
        menu = menus.usable(request.match_info["richMenuId"])
        person(request).rich_menu = menu.id
        simulator.touch()
        return empty()

    async def unlink(request: web.Request) -> web.Response:
        person(request).rich_menu = None
        simulator.touch()
        return empty()

    app.router.add_get("/v2/bot/user/{userId:U[0-9a-f]+}/richmenu", get, allow_head=False)
    app.router.add_delete("/v2/bot/user/{userId:U[0-9a-f]+}/richmenu", unlink)
    app.router.add_post("/v2/bot/user/{userId:U[0-9a-f]+}/richmenu/{richMenuId}", link)


def _add_many(app: web.Application, simulator: Simulator) -> None:
    menus = simulator.menus
    batches: dict[str, datetime] = {}

    def people(body: dict[str, Any]) -> list[Person]:
        user_ids = body.get("userIds")
        if not isinstance(user_ids, list) or not 1 <= len(user_ids) <= 500:
            raise invalid_property("userIds")
        if not all(isinstance(each, str) and ids.USER.match(each) for each in user_ids):
            raise invalid_property("userIds")
        return [found for found in map(simulator.find_person, user_ids) if found is not None]

    async def link(request: web.Request) -> web.Response:
        body = await body_of(request)
        menu = menus.usable(str(body.get("richMenuId", "")))
        for person in people(body):
            person.rich_menu = menu.id
        simulator.touch()
        return web.json_response({}, status=202)

    async def unlink(request: web.Request) -> web.Response:
        for person in people(await body_of(request)):
            person.rich_menu = None
        simulator.touch()
        return web.json_response({}, status=202)

    def check(body: dict[str, Any]) -> list[dict[str, Any]]:
        operations = body.get("operations")
        if not isinstance(operations, list) or not 1 <= len(operations) <= 1000:
            raise invalid_property("operations")
        for index, operation in enumerate(operations):
            kind = operation.get("type") if isinstance(operation, dict) else None
            wanted = {"link": ("from", "to"), "unlink": ("from",), "unlinkAll": ()}.get(str(kind))
            if wanted is None or any(operation.get(name) not in menus.menus for name in wanted):
                raise invalid_property(f"operations[{index}]")
        key = body.get("resumeRequestKey")
        if key is not None and not (isinstance(key, str) and _RESUME.match(key)):
            raise invalid_property("resumeRequestKey")
        return operations

    async def batch(request: web.Request) -> web.Response:
        operations = check(await body_of(request))
        for person in simulator.people:
            for operation in operations:
                if operation["type"] == "unlinkAll" or operation.get("from") == person.rich_menu:
                    person.rich_menu = operation.get("to")
                    break
        batches[request[REQUEST_ID]] = simulator.clock()
        simulator.touch()
        return web.json_response({}, status=202)

    async def validate(request: web.Request) -> web.Response:
        check(await body_of(request))
        return empty()

    async def progress(request: web.Request) -> web.Response:
        at = batches.get(request.query.get("requestId", ""))
        if at is None:
            raise Refusal(404, NOT_FOUND)
        moment = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
        return web.json_response({"phase": "succeeded", "acceptedTime": moment, "completedTime": moment})

    app.router.add_post("/v2/bot/richmenu/bulk/link", link)
    app.router.add_post("/v2/bot/richmenu/bulk/unlink", unlink)
    app.router.add_post("/v2/bot/richmenu/batch", batch)
    app.router.add_post("/v2/bot/richmenu/validate/batch", validate)
    app.router.add_get("/v2/bot/richmenu/progress/batch", progress, allow_head=False)
