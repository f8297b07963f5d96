"""Who is there: profiles, followers, groups, the account itself, link tokens."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from channels.line.rules import Refusal
from channels.line.simulator import ids
from channels.line.simulator.bubbles import Chat
from channels.line.simulator.doors.bodies import empty
from channels.line.simulator.people import Person
from channels.line.simulator.refusals import NOT_FOUND
from channels.line.simulator.simulator import Simulator


def add(app: web.Application, simulator: Simulator) -> None:
    """Add the doors."""
    _add_single(app, simulator)
    for kind in ("group", "room"):
        _add_several(app, simulator, kind)


def _profile(simulator: Simulator, person: Person, *, full: bool) -> dict[str, Any]:
    profile: dict[str, Any] = {"userId": person.id, "displayName": person.name}
    if person.has_picture:
        profile["pictureUrl"] = f"{simulator.base_url}/pictures/{person.id}"
    if full:
        if person.status is not None:
            profile["statusMessage"] = person.status
        if person.language is not None:
            profile["language"] = person.language
    return profile


def _known(simulator: Simulator, user_id: str) -> Person:
    if not ids.USER.match(user_id):
        raise Refusal(400, "The value for the 'userId' parameter is invalid")
    person = simulator.find_person(user_id)
    if person is None or not person.reachable:
        raise Refusal(404, NOT_FOUND)
    return person


def _page(request: web.Request, everything: list[str], size: int) -> tuple[list[str], str | None]:
    """A slice of ids, and the token of the next one."""
    start = request.query.get("start", "0")
    if not (start.isascii() and start.isdigit()):
        raise Refusal(400, "The value for the 'start' parameter is invalid")
    first = int(start)
    end = first + size
    return everything[first:end], str(end) if end < len(everything) else None


def _add_single(app: web.Application, simulator: Simulator) -> None:
    async def profile(request: web.Request) -> web.Response:
        return web.json_response(_profile(simulator, _known(simulator, request.match_info["userId"]), full=True))

    async def followers(request: web.Request) -> web.Response:
        limit = request.query.get("limit", "300")
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= 1000):
            raise Refusal(400, "The value for the 'limit' parameter is invalid")
        friends = [person.id for person in simulator.people if person.friend and not person.blocked]
        page, after = _page(request, friends, int(limit))
        return web.json_response({"userIds": page} | ({"next": after} if after else {}))

    async def info(_: web.Request) -> web.Response:
        account = simulator.account
        answer = {
            "userId": account.user_id,
            "basicId": account.basic_id,
            "displayName": account.name,
            "pictureUrl": f"{simulator.base_url}/pictures/{account.user_id}",
            "chatMode": account.chat_mode,
            "markAsReadMode": account.mark_as_read,
        }
        if account.premium_id is not None:
            answer["premiumId"] = account.premium_id
        return web.json_response(answer)

    async def link_token(request: web.Request) -> web.Response:
        person = _known(simulator, request.match_info["userId"])
        return web.json_response({"linkToken": simulator.links.issue(person)})

    app.router.add_get("/v2/bot/profile/{userId}", profile, allow_head=False)
    app.router.add_get("/v2/bot/followers/ids", followers, allow_head=False)
    app.router.add_get("/v2/bot/info", info, allow_head=False)
    app.router.add_post("/v2/bot/user/{userId}/linkToken", link_token)


def _add_several(app: web.Application, simulator: Simulator, kind: str) -> None:
    def inside(request: web.Request) -> Chat:
        chat = simulator.chat(request.match_info["chatId"])
        if chat is None or chat.kind != kind or not chat.account_inside:
            raise Refusal(404, NOT_FOUND)
        return chat

    async def member(request: web.Request) -> web.Response:
        user_id = request.match_info["userId"]
        found = next((person for person in inside(request).members if person.id == user_id), None)
        if found is None:
            raise Refusal(404, NOT_FOUND)
        return web.json_response(_profile(simulator, found, full=False))

    async def members(request: web.Request) -> web.Response:
        page, after = _page(request, [person.id for person in inside(request).members], 100)
        return web.json_response({"memberIds": page} | ({"next": after} if after else {}))

    async def count(request: web.Request) -> web.Response:
        return web.json_response({"count": len(inside(request).members)})

    async def summary(request: web.Request) -> web.Response:
        chat = inside(request)
        picture = f"{simulator.base_url}/pictures/{chat.id}"
        return web.json_response({"groupId": chat.id, "groupName": chat.name, "pictureUrl": picture})

    async def leave(request: web.Request) -> web.Response:
        chat = inside(request)
        group = next(group for group in simulator.groups if group.chat is chat)
        group.remove_account()
        return empty()

    base = f"/v2/bot/{kind}/{{chatId}}"
    app.router.add_get(f"{base}/member/{{userId}}", member, allow_head=False)
    app.router.add_get(f"{base}/members/ids", members, allow_head=False)
    app.router.add_get(f"{base}/members/count", count, allow_head=False)
    app.router.add_post(f"{base}/leave", leave)
    if kind == "group":
        app.router.add_get(f"{base}/summary", summary, allow_head=False)
