"""The namespace `/widget`: visitors' connections, each event answered in one shape. See docs/realtime.md."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import msgspec
import socketio
from aiohttp import web

from channels import fan_out
from channels.contract import Desk
from channels.origin import ClientAddress
from channels.webchat import forms
from channels.webchat.connected import Session
from channels.webchat.forms import Refusal
from channels.webchat.manners import Limits, allow
from channels.webchat.reception import Reception
from channels.webchat.rooms import Rooms
from channels.webchat.site import Hours
from channels.webchat.sites import Sites
from channels.webchat.talking import Talking
from channels.wording import choose

log = logging.getLogger(__name__)

NAMESPACE = "/widget"
PATH = "chat/socket.io"
LARGEST_PACKET = 400_000
STRANGER_SECONDS = 20.0
LAST_ANSWER_SECONDS = 0.5


class Widgets:
    """Every connected widget of this process."""

    def __init__(self, desk: Desk, sites: Sites, hours: Hours, limits: Limits, client_address: ClientAddress) -> None:
        self._desk = desk
        self._limits = limits
        self._client_address = client_address
        self._sessions: dict[str, Session] = {}
        self._strangers: dict[str, asyncio.TimerHandle] = {}
        self.rooms = Rooms(desk, self._send, hours)
        self.server = socketio.AsyncServer(
            async_mode="aiohttp",
            cors_allowed_origins=lambda origin, environ: sites.embeds(origin, environ.get("HTTP_HOST", "")),
            cors_credentials=False,
            http_compression=False,
            max_http_buffer_size=LARGEST_PACKET,
            logger=False,
            engineio_logger=False,
        )
        fan_out.use_plain_websockets(self.server)
        self._pings = fan_out.own_pings(self.server)
        self.server.on("connect", self._connect, namespace=NAMESPACE)
        self.server.on("disconnect", self._disconnect, namespace=NAMESPACE)
        reception = Reception(desk, sites, self.rooms, hours, limits, self)
        for event, form, handler in (*reception.events(), *Talking(desk, self.rooms, limits).events()):
            self.server.on(event, self._door(form, handler, event), namespace=NAMESPACE)

    async def close(self) -> None:
        """Let every widget go; they come back by themselves."""
        self.rooms.close()
        for timer in self._strangers.values():
            timer.cancel()
        await fan_out.stop(self.server)
        for ping in list(self._pings):
            ping.cancel()

    # ------------------------------------------------------------------------------------------- connections

    async def _connect(self, sid: str, environ: dict[str, Any], _auth: Any = None) -> None:
        request: web.Request = environ["aiohttp.request"]
        engine_id = self.server.manager.eio_sid_from_sid(sid, NAMESPACE)
        origin = request.headers.get("Origin", "")
        session = self._sessions[sid] = Session(sid, engine_id, origin, self._client_address(request))
        session.language = choose(request.headers.get("Accept-Language"))
        loop = asyncio.get_running_loop()
        self._strangers[sid] = loop.call_later(STRANGER_SECONDS, self._put_out, sid)

    async def _disconnect(self, sid: str, _reason: str = "") -> None:
        if (timer := self._strangers.pop(sid, None)) is not None:
            timer.cancel()
        if (session := self._sessions.pop(sid, None)) is not None:
            self.rooms.leave(session)
            if (socket := self.server.eio.sockets.get(session.engine_id)) is not None:
                fan_out.release(socket)

    def settled(self, session: Session) -> bool:
        """A connection has said whose it is. False when it is gone."""
        if (timer := self._strangers.pop(session.sid, None)) is not None:
            timer.cancel()
        return session.sid in self._sessions

    def let_go(self, session: Session, because: str | None) -> None:
        """Close a connection, once its last answer is written."""
        if because is not None:
            self._send(session, "gone", msgspec.json.encode({"code": because}))
        self._strangers[session.sid] = asyncio.get_running_loop().call_later(
            LAST_ANSWER_SECONDS, self._put_out, session.sid
        )

    def _put_out(self, sid: str) -> None:
        self._strangers.pop(sid, None)
        session = self._sessions.get(sid)
        if session is not None and session.owner is None and session.greeting:
            loop = asyncio.get_running_loop()
            self._strangers[sid] = loop.call_later(STRANGER_SECONDS, self._put_out, sid)
        elif session is not None and session.owner is None:
            self.rooms.spawn(self.server.disconnect(sid, namespace=NAMESPACE))

    def _send(self, session: Session, event: str, data: bytes) -> None:
        socket = self.server.eio.sockets.get(session.engine_id)
        if socket is None or socket.closed:
            return
        if not fan_out.send(socket, fan_out.PacketForMany(NAMESPACE, event, data)):
            log.info("A visitor's connection reads too slowly and is let go; it will catch up")
            if (direct := getattr(socket, "direct", None)) is not None:
                direct.cut()
            else:
                self.rooms.spawn(socket.close(wait=False, abort=True))

    def _door(self, form: type[Any], handler: Any, event: str) -> Any:
        """Read the payload, ask the handler, answer. Nothing is awaited before the handler's own first await."""

        async def answer(sid: str, *data: Any) -> dict[str, Any]:
            session = self._sessions.get(sid)
            if session is None:
                return {}
            try:
                payload = msgspec.convert(data[0] if data and data[0] is not None else {}, form)
                if session.owner is None and form is not forms.Hello:
                    raise Refusal("hello_first")
                session.greeting = session.greeting or form is forms.Hello
                if form not in (forms.Hello, forms.Send):
                    allow(self._desk, session, "events", self._limits.events)
                said: dict[str, Any] = await handler(session, payload)
                return said
            except Refusal as refusal:
                return refusal.answer(session.language)
            except msgspec.ValidationError as error:
                return forms.misshapen(error).answer(session.language)
            except Exception:
                log.exception("A visitor's %s failed", event)
                return Refusal("unavailable", after=2.0).answer(session.language)
            finally:
                session.greeting = session.greeting and form is not forms.Hello

        return answer
