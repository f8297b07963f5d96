"""The live door: Socket.IO namespace `/agent`, where consoles hear every change once, in order, and see each other.

A console says up to which change it knows (`since`) and gets the missing ones, then the new ones as they happen.
Who looks at which ticket and who types is held here in memory only, and gone with the connection.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from typing import Any

import msgspec
import socketio
from aiohttp import web

from channels import fan_out
from channels.contract import ShowsTyping
from server.agents import AgentView, Caller
from server.errors import DeskError, Forbidden, Unauthenticated, Unavailable
from server.events import Change
from server.web.attendance import Attendance
from server.web.callers import Callers, caller_of, cookie_name, is_about_callers, is_same_site
from server.web.doors import Doors
from server.web.feed import Feed, for_agent, hidden, is_private, may_see
from server.web.visitors import VisitorNews

log = logging.getLogger(__name__)

NAMESPACE = "/agent"
MOST_BEHIND = 10_000
LOOKS_PER_SECOND = 10
encode = msgspec.json.Encoder().encode


class Hello(msgspec.Struct, frozen=True):
    """What a console says when it connects."""

    since: int | None = None
    token: str | None = None


class Follow(msgspec.Struct, frozen=True):
    """From where on it wants to hear."""

    since: int | None = None


class Look(msgspec.Struct, frozen=True):
    """Which ticket it shows, and whether its agent is typing there."""

    ticket: int | None = None
    typing: bool = False


class Active(msgspec.Struct, frozen=True):
    """Whether somebody touched the console of late."""

    active: bool


class Looker(msgspec.Struct, frozen=True):
    """An agent who looks at a ticket."""

    id: int
    typing: bool


class Lookers(msgspec.Struct, frozen=True):
    """Who looks at a ticket: the whole list, each time it changes."""

    ticket: int
    agents: list[Looker]


class Followed(msgspec.Struct, frozen=True):
    """Where the feed stands. `reset` when the console is too far behind or ahead and must load everything anew."""

    seq: int
    reset: bool = False


class Client:
    """One connected console."""

    __slots__ = ("caller", "engine_id", "look", "looked", "position", "secret", "sid", "soon", "wanted")

    def __init__(self, sid: str, engine_id: str, caller: Caller, secret: tuple[str, str]) -> None:
        self.sid = sid
        self.engine_id = engine_id
        self.caller = caller
        self.secret = secret
        self.position: int | None = None
        """The newest change it was sent; None until it follows."""
        self.look = Look()
        self.looked: list[float] = []
        self.wanted = Look()
        """What it said last, which may have to wait."""
        self.soon: asyncio.TimerHandle | None = None

    @property
    def agent(self) -> AgentView:
        """Whose console it is."""
        return self.caller.agent


class Live:
    """All connected consoles of this process."""

    def __init__(self, doors: Doors, feed: Feed, callers: Callers) -> None:
        self._doors = doors
        self._feed = feed
        self._callers = callers
        self._clients: dict[str, Client] = {}
        self._following: dict[str, Client] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._doubted = self._rechecking = False
        self.server = socketio.AsyncServer(
            async_mode="aiohttp",
            cors_allowed_origins=lambda origin, environ: is_same_site(
                None, origin, environ.get("HTTP_HOST", ""), doors
            ),
            http_compression=False,
            max_http_buffer_size=100_000,
            logger=False,
            engineio_logger=False,
        )
        fan_out.use_plain_websockets(self.server)
        for event in (self.connect, self.disconnect, self.follow, self.look, self.active):
            self.server.on(event.__name__, event, namespace=NAMESPACE)
        feed.listen(self._tell)
        self.attendance = Attendance(doors.database)
        self._presence = doors.presence
        self._visitors = VisitorNews(doors.presence, doors.database, self._tell_everybody)
        self._watched = [channel for channel in doors.channels.values() if isinstance(channel, ShowsTyping)]

    async def open(self) -> None:
        """Begin to say who is here."""
        self._spawn(self.attendance.run())

    async def close(self) -> None:
        """Let every console go."""
        self._visitors.close()
        self.attendance.close()
        for task in list(self._tasks):
            task.cancel()
        await fan_out.stop(self.server)

    # --------------------------------------------------------------------------------------- what consoles say

    async def connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """Let somebody in who is signed in, by cookie or token. Raises what Socket.IO turns into connect_error."""
        request: web.Request = environ["aiohttp.request"]
        try:
            hello = msgspec.convert(auth or {}, Hello)
            caller, secret = await self._caller(request, hello)
        except (DeskError, msgspec.ValidationError) as error:
            raise socketio.exceptions.ConnectionRefusedError(getattr(error, "code", "invalid")) from error
        engine_id = self.server.manager.eio_sid_from_sid(sid, NAMESPACE)
        client = self._clients[sid] = Client(sid, engine_id, caller, secret)
        if caller.session is not None:  # a program is not a person
            self.attendance.came(client.agent.id, sid)
        if hello.since is not None:
            self._spawn(self._catch_up(client, hello.since))
        asyncio.get_running_loop().call_soon(self._welcome, client)  # after the answer that it is connected

    def _welcome(self, client: Client) -> None:
        for ticket in {other.look.ticket for other in self._clients.values() if other.look.ticket is not None}:
            self._send(client, self._lookers(ticket))
        self._send(client, self._visitors.everybody())

    async def disconnect(self, sid: str, _reason: str = "") -> None:
        """Somebody left."""
        self._following.pop(sid, None)
        client = self._clients.pop(sid, None)
        if client is not None and client.soon is not None:
            client.soon.cancel()
        if client is not None:
            self.attendance.went(client.agent.id, sid)
        if client is not None and client.look.ticket is not None:
            self._show_lookers(client.look.ticket)

    async def follow(self, sid: str, data: Any = None) -> dict[str, Any]:
        """Hear the changes after `since`, or those from now on; acknowledged with where the feed stands."""
        client = self._clients.get(sid)
        try:
            wanted = msgspec.convert(data or {}, Follow)
        except msgspec.ValidationError:
            wanted = Follow()
        if client is None:
            return {}
        followed = await self._catch_up(client, self._feed.last if wanted.since is None else wanted.since)
        answer: dict[str, Any] = msgspec.to_builtins(followed)
        return answer

    async def look(self, sid: str, data: Any = None) -> None:
        """Say which ticket is on the screen and whether its agent types."""
        client = self._clients.get(sid)
        try:
            look = msgspec.convert(data or {}, Look)
        except msgspec.ValidationError:
            return
        if client is not None:
            client.wanted = look
            self._take_look(client)

    def _take_look(self, client: Client) -> None:
        """Show what a console said last: now, or, when it says too much, as soon as it may again."""
        now, look = time.monotonic(), client.wanted
        if look == client.look or client.soon is not None or client.sid not in self._clients:
            return
        client.looked = [at for at in client.looked if now - at < 1.0]
        if len(client.looked) >= LOOKS_PER_SECOND:
            client.soon = asyncio.get_running_loop().call_later(client.looked[0] + 1.0 - now, self._look_again, client)
            return
        client.looked.append(now)
        before, client.look = client.look, look
        for ticket in {before.ticket, look.ticket} - {None}:
            self._show_lookers(int(ticket or 0))

    def _look_again(self, client: Client) -> None:
        client.soon = None
        self._take_look(client)

    async def active(self, sid: str, data: Any = None) -> None:
        """Say whether somebody touched the console of late."""
        client = self._clients.get(sid)
        try:
            said = msgspec.convert(data, Active)
        except msgspec.ValidationError:
            return
        if client is not None:
            self.attendance.is_active(client.agent.id, sid, said.active)

    # ------------------------------------------------------------------------------------- what consoles hear

    async def _catch_up(self, client: Client, since: int) -> Followed:
        """Send what is missing, then go live: between the last look at the feed and joining nothing is awaited."""
        self._following.pop(client.sid, None)
        reset = not 0 <= self._feed.last - since <= MOST_BEHIND
        if reset:
            since = self._feed.last
            packet = fan_out.PacketForMany(NAMESPACE, "reset", encode(Followed(since, reset)))
            self._send(client, packet)
        client.position = since
        while client.position < self._feed.last:
            missing = await self._feed.since(client.position)
            if client.sid not in self._clients or not missing:
                return Followed(client.position, reset)
            self._send(client, _packet(for_agent(client.agent, missing)))
            client.position = missing[-1].seq
            await self._drained(client)
        self._following[client.sid] = client
        return Followed(client.position, reset)

    async def _drained(self, client: Client) -> None:
        """Not faster than the console reads; one that does not read at all is let go by its ping."""
        while True:
            socket = self.server.eio.sockets.get(client.engine_id)
            if socket is None or fan_out.keeps_up(socket):
                return
            await asyncio.sleep(0.02)

    def _tell(self, changes: Sequence[Change]) -> None:
        """New changes to everybody who is live: encoded once, or once for each way of seeing them."""
        if any(is_about_callers(change) for change in changes):
            self._doubt_callers()
        private = [change for change in changes if is_private(change)]
        packets: dict[tuple[bool, ...], fan_out.PacketForMany] = {}
        for client in list(self._following.values()):
            sight = tuple(may_see(client.agent, change) for change in private)
            packet = packets.get(sight)
            if packet is None:
                unseen = {change.seq for change, seen in zip(private, sight, strict=True) if not seen}
                seen = [hidden(change) if change.seq in unseen else change for change in changes]
                packet = packets[sight] = _packet(seen)
            client.position = changes[-1].seq
            self._send(client, packet)

    def _send(self, client: Client, packet: fan_out.PacketForMany) -> None:
        socket = self.server.eio.sockets.get(client.engine_id)
        if socket is None or socket.closed:
            return
        if not fan_out.send(socket, packet):
            log.info("A console of %s reads too slowly and is let go; it will catch up", client.agent.actor)
            self._following.pop(client.sid, None)
            if (direct := getattr(socket, "direct", None)) is not None:
                direct.cut()
            else:
                self._spawn(socket.close(wait=False, abort=True))

    def _lookers(self, ticket: int) -> fan_out.PacketForMany:
        typing: dict[int, bool] = {}
        for client in self._clients.values():
            if client.look.ticket == ticket:
                typing[client.agent.id] = typing.get(client.agent.id, False) or client.look.typing
        agents = [Looker(agent, types) for agent, types in sorted(typing.items())]
        return fan_out.PacketForMany(NAMESPACE, "lookers", encode(Lookers(ticket, agents)))

    def _show_lookers(self, ticket: int) -> None:
        typists = (one for one in self._clients.values() if one.look.ticket == ticket and one.look.typing)
        self._presence.agents_type(ticket, any(True for _ in typists))
        if self._watched:
            looking = [client for client in self._clients.values() if client.look.ticket == ticket]
            typing = list(dict.fromkeys(one.agent.name for one in looking if one.look.typing))
            for channel in self._watched:
                channel.agents_look(ticket, typing if looking else None)
        self._tell_everybody(self._lookers(ticket))

    def tell_agent(self, agent: int, event: str, payload: object) -> None:
        """Something that concerns one agent alone, to each of their consoles of this process."""
        packet = fan_out.PacketForMany(NAMESPACE, event, encode(payload))
        for client in list(self._clients.values()):
            if client.agent.id == agent:
                self._send(client, packet)

    def _tell_everybody(self, packet: fan_out.PacketForMany) -> None:
        for client in list(self._clients.values()):
            self._send(client, packet)

    # ------------------------------------------------------------------------------------------------ callers

    async def _caller(self, request: web.Request, hello: Hello) -> tuple[Caller, tuple[str, str]]:
        """Who connects, and the secret by which they are looked up again."""
        if hello.token:
            caller = await self._callers.by_token(hello.token)
            if caller is None:
                raise Unauthenticated()
            return caller, ("token", hello.token)
        if not is_same_site(None, request.headers.get("Origin"), request.host, self._doors):
            raise Forbidden("Another site sent this request.")
        caller = await caller_of(request)
        if caller.token is not None:
            return caller, ("token", request.headers["Authorization"].partition(" ")[2].strip())
        return caller, ("session", request.cookies[cookie_name(self._doors)])

    def _doubt_callers(self) -> None:
        """Agents, sessions or tokens changed: one look at everybody at a time, or an older answer might come last."""
        self._doubted = True
        if not self._rechecking:
            self._rechecking = True
            self._spawn(self._recheck())

    async def _recheck(self) -> None:
        """Whose door was closed is put out, whose role changed sees anew."""
        try:
            while self._doubted:
                self._doubted = False
                try:
                    await self._look_everybody_up()
                except Unavailable as error:
                    log.warning("Who is at the consoles cannot be looked up: %s", error)
                    self._doubted = True
                    await asyncio.sleep(1)
        finally:
            self._rechecking = False

    async def _look_everybody_up(self) -> None:
        for client in list(self._clients.values()):
            kind, secret = client.secret
            find = self._callers.by_token if kind == "token" else self._callers.by_session
            caller = await find(secret)
            if caller is None:
                await self.server.disconnect(client.sid, namespace=NAMESPACE)
            else:
                client.caller = caller

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("Live work failed", exc_info=error)


def _packet(changes: Sequence[Change]) -> fan_out.PacketForMany:
    return fan_out.PacketForMany(NAMESPACE, "changes", encode(changes))


LIVE = web.AppKey("live", Live)
