"""Events as they come in from a websocket: read and answered without python-socketio's way through three tasks.

A plain event of a connected client (Socket.IO protocol 5, packet types 2 and 3) goes straight to its handler. All else
(connecting, leaving, binary data, what is malformed) is left to python-socketio, which knows it better.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import msgspec
import socketio

log = logging.getLogger(__name__)

EVENT = "42"
MOST_DIGITS = 18
RESERVED = frozenset({"connect", "disconnect"})
encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(list[Any]).decode

Write = Callable[[Any, bytes], bool]
"""Straight to a socket; False when something stands before it."""

_answering: set[asyncio.Task[None]] = set()


def hear(server: socketio.AsyncServer, socket: Any, packet: str, write: Write, loop: asyncio.AbstractEventLoop) -> bool:
    """Have an event answered in a task of its own, begun in the order heard. False: it is not one of the plain ones."""
    namespace, rest = "/", packet[len(EVENT) :]
    if rest.startswith("/"):
        namespace, _, rest = rest.partition(",")
    payload = rest.lstrip("0123456789")
    id = rest[: len(rest) - len(payload)]
    if not payload.startswith("[") or len(id) > MOST_DIGITS:
        return False
    try:
        event, *data = decode(payload)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return False
    handler = server.handlers.get(namespace, {}).get(event) if isinstance(event, str) else None
    if handler is None or event in RESERVED:
        return False
    sid = server.manager.sid_from_eio_sid(socket.sid, namespace)
    if sid is None or not server.manager.is_connected(sid, namespace):
        return False
    task = loop.create_task(_answer(server, socket, (namespace, id), handler, (sid, *data), write))
    _answering.add(task)
    task.add_done_callback(_answering.discard)
    return True


async def _answer(
    server: socketio.AsyncServer,
    socket: Any,
    asked: tuple[str, str],
    handler: Callable[..., Any],
    arguments: tuple[Any, ...],
    write: Write,
) -> None:
    namespace, id = asked
    try:
        answer = await handler(*arguments)
    except Exception:
        log.exception("An event of %s failed", namespace)
        return
    if not id:
        return
    said = b"[]" if answer is None else b"[" + encode(answer) + b"]"
    text = b"3" + (namespace.encode() + b"," if namespace != "/" else b"") + id.encode() + said
    if not socket.closed and not write(socket, b"4" + text):
        await server.eio.send(socket.sid, text.decode())
