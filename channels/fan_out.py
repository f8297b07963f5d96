"""Sending one packet to many sockets: encoded once, and written straight to those that keep up.

python-socketio queues for each recipient and wakes a task for each; here the packet becomes a WebSocket frame once
and is written to every websocket whose queue and buffer are empty. The others (polling, upgrading, slow) get it
through their queue, and who stands too far behind is let go: catching up is exact.
"""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress
from functools import partial
from typing import Any

import engineio
import socketio
from aiohttp.web import WebSocketResponse
from engineio.async_drivers.aiohttp import WebSocket
from engineio.packet import MESSAGE, NOOP, Packet

from channels import heard

STOP_SECONDS = 5.0
MOST_QUEUED = 500
"""Packets that wait for a console, at most."""
MOST_UNSENT = 2_000_000
"""Bytes that stand with the transport of a console that does not read, at most."""
KEPT = ("aiohttp.request", "REQUEST_METHOD", "QUERY_STRING", "HTTP_ORIGIN", "HTTP_HOST", "wsgi.url_scheme")
"""What engine.io and we look at again after the upgrade."""
MOST_BUFFERED = 16_384
"""Above so many bytes with the transport nothing is written past the queue."""


class PlainWebSocket(WebSocket):  # type: ignore[misc]  # engineio has no types
    """A websocket without permessage-deflate, which costs 90 kB for each idle connection.

    It counts what engine.io's writer task takes out of the queue and what it has written, so that a direct write
    never overtakes a packet that the task still holds.
    """

    def __init__(self, handler: Any, server: Any, events: socketio.AsyncServer) -> None:
        super().__init__(handler, server)
        self._events = events
        self._engine_socket: engineio.AsyncSocket = handler.__self__
        self.taken = 0
        self.written = 0
        self._loop = asyncio.get_running_loop()

    async def __call__(self, environ: dict[str, Any]) -> Any:
        """Open it, and let its engine.io socket know it for direct writing."""
        self._sock = WebSocketResponse(max_msg_size=self.server.max_http_buffer_size, compress=False)
        await self._sock.prepare(environ["aiohttp.request"])
        _forget(environ)
        socket = self._engine_socket
        self._poll = socket.poll
        socket.poll = self._counted
        socket.direct = self
        await self.handler(self)
        return self._sock

    async def _counted(self) -> list[Packet]:
        packets: list[Packet] = await self._poll()
        if self._engine_socket.upgraded:
            self.taken += len(packets)
        return packets

    async def send(self, message: str | bytes) -> None:
        """Write one packet; counted once it is with the transport."""
        await super().send(message)
        if self.written < self.taken:
            self.written += 1

    async def wait(self) -> str | bytes:
        """The next packet that is for engine.io; events on the way are answered from here.

        Engine.io makes a task and a timer for each packet that it waits for. Its time-out still holds: the answer to
        a ping is a packet for it.
        """
        while True:
            data = (await self._sock.receive()).data
            if not isinstance(data, str | bytes):
                raise OSError("the websocket was closed")
            if (
                isinstance(data, bytes)
                or not data.startswith(heard.EVENT)
                or not self._engine_socket.upgraded
                or len(data) > self.server.max_http_buffer_size
                or not heard.hear(self._events, self._engine_socket, data, _write_text, self._loop)
            ):
                return data

    @property
    def unsent(self) -> int:
        """How many bytes the transport could not send yet."""
        transport = self._transport
        return transport.get_write_buffer_size() if transport is not None else 0

    def write(self, frame: bytes) -> bool:
        """Straight to the transport, when nothing stands before it. False when something does."""
        transport = self._transport
        if self.taken != self.written or transport is None or transport.get_write_buffer_size() > MOST_BUFFERED:
            return False
        transport.write(frame)
        return True

    def cut(self) -> None:
        """End the connection without sending what waits."""
        if (transport := self._transport) is not None:
            transport.abort()

    @property
    def _transport(self) -> asyncio.Transport | None:
        transport: asyncio.Transport | None = getattr(getattr(self._sock, "_writer", None), "transport", None)
        return None if transport is None or self._sock.closed or transport.is_closing() else transport


def _forget(environ: dict[str, Any]) -> None:
    """Let go of what engine.io would keep of the request for as long as its websocket is open, mostly its headers."""
    kept = {name: environ[name] for name in KEPT if name in environ}
    environ.clear()
    environ.update(kept)


def use_plain_websockets(server: socketio.AsyncServer) -> None:
    """Have a server open its websockets as above, hear events from them, and write what it tells one client straight.

    Acknowledgements are most of that: through the queue each costs a wakening and a task more.
    """
    engine = server.eio
    engine._async = {**engine._async, "websocket": partial(PlainWebSocket, events=server)}
    queue = engine.send

    async def straight(engine_id: str, data: Any) -> None:
        socket = engine.sockets.get(engine_id)
        if (
            socket is None
            or socket.closed
            or not isinstance(data, str)
            or not _write_text(socket, b"4" + data.encode())
        ):
            await queue(engine_id, data)

    engine.send = straight


def own_pings(server: socketio.AsyncServer) -> set[asyncio.Task[Any]]:
    """The tasks that wait to ping, which engine.io leaves sleeping when it is shut down: cancel them then."""
    pings: set[asyncio.Task[Any]] = set()
    engine = server.eio

    def start(target: Any, *args: Any, **kwargs: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.ensure_future(target(*args, **kwargs))
        if target.__name__ == "_send_ping":
            pings.add(task)
            task.add_done_callback(pings.discard)
        return task

    engine.start_background_task = start
    return pings


class PacketForMany:
    """An event encoded once, in the shapes that sockets take."""

    __slots__ = ("frame", "packet")

    def __init__(self, namespace: str, event: str, payload: bytes) -> None:
        text = f'2{namespace},["{event}",'.encode() + payload + b"]"
        self.packet = Packet(MESSAGE, text.decode())
        self.frame = text_frame(b"4" + text)


def text_frame(payload: bytes) -> bytes:
    """An unmasked text frame as a server sends it (RFC 6455 §5.2)."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x81, size)
    elif size < 65_536:
        head = struct.pack("!BBH", 0x81, 126, size)
    else:
        head = struct.pack("!BBQ", 0x81, 127, size)
    return head + payload


def send(socket: engineio.AsyncSocket, packet: PacketForMany) -> bool:
    """Hand a packet to a socket, in order with everything else it is sent. False when it is too far behind."""
    if _written(socket, packet.frame):
        return True
    direct: PlainWebSocket | None = getattr(socket, "direct", None)
    if socket.queue.qsize() >= MOST_QUEUED or (direct is not None and direct.unsent > MOST_UNSENT):
        return False
    socket.queue.put_nowait(packet.packet)
    return True


def _written(socket: engineio.AsyncSocket, frame: bytes) -> bool:
    """Write a frame straight to a websocket before which nothing waits. False when that cannot be."""
    direct: PlainWebSocket | None = getattr(socket, "direct", None)
    settled = socket.queue.empty() and socket.queue._unfinished_tasks == 0
    return settled and direct is not None and socket.upgraded and not socket.upgrading and direct.write(frame)


def _write_text(socket: engineio.AsyncSocket, payload: bytes) -> bool:
    return _written(socket, text_frame(payload))


def release(socket: engineio.AsyncSocket) -> None:
    """Let a poll that still hangs on a connection that has ended come back: engine.io leaves it until its time-out."""
    if not socket.upgraded:
        socket.queue.put_nowait(Packet(NOOP))


def keeps_up(socket: engineio.AsyncSocket) -> bool:
    """Whether a socket has taken nearly all that it was sent, so that a large packet may follow."""
    direct: PlainWebSocket | None = getattr(socket, "direct", None)
    return socket.queue.qsize() < 4 and (direct is None or direct.unsent <= MOST_BUFFERED)


async def stop(server: Any) -> None:
    """Stop a Socket.IO server, in bounded time: its service task may stand still at a client that does not read."""
    with suppress(TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            await server.shutdown()
