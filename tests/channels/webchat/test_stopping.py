"""A desk stops in bounded time, whatever its clients do."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import socket
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from channels import fan_out
from server.database import Engine
from tests.channels.webchat.shop import Shop, open_shop
from tests.desks import until

STOPS = 90.0
"""In seconds: many times what it takes, for a machine that does other things as well."""


async def deaf(shop: Shop, path: str) -> socket.socket:
    """A websocket whose client never reads, with a window that is soon full."""
    parts = urlsplit(shop.base)
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    line.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(line, (parts.hostname, parts.port))
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    await loop.sock_sendall(
        line,
        f"GET {path}?EIO=4&transport=websocket HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode(),
    )
    assert b"101" in await loop.sock_recv(line, 64)
    return line


async def follow(line: socket.socket, token: str) -> None:
    """Say hello on such a websocket, so that it is written to from now on."""
    hello = json.dumps({"v": 1, "site": "shop", "token": token})
    for packet in ("40/widget,", f'42/widget,0["hello",{hello}]'):
        data, mask = packet.encode(), secrets.token_bytes(4)
        size = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0xFE]) + len(data).to_bytes(2, "big")
        body = bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))
        await asyncio.get_running_loop().sock_sendall(line, b"\x81" + size + mask + body)


async def half(shop: Shop, text: str) -> socket.socket:
    """A request that never comes to its end."""
    parts = urlsplit(shop.base)
    line = socket.socket()
    line.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(line, (parts.hostname, parts.port))
    await loop.sock_sendall(line, text.replace("HOST", parts.netloc).encode())
    return line


async def test_a_desk_stops_beside_clients_that_do_not_read_or_hang_or_never_finish(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    lines: list[socket.socket] = []
    async with AsyncExitStack() as stack:
        shop = await stack.enter_async_context(open_shop(sqlite_engine, tmp_path))
        for _ in range(3):
            lines += [await deaf(shop, "/chat/socket.io/"), await deaf(shop, "/socket.io/")]
        lines.append(await half(shop, "POST /chat/files HTTP/1.1\r\nHost: HOST\r\nContent-Length: 100000\r\n\r\nabc"))
        lines.append(await half(shop, "GET /chat/socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: HO"))
        talking = await shop.visitor()
        hanging = await shop.visitor(None, "polling")
        for line in lines[0:6:2]:
            await follow(line, talking.token or "")
        widgets = shop.parts.channels["webchat"]._widgets  # type: ignore[attr-defined]  # who has said hello
        await until(lambda: sum(session.owner is not None for session in widgets._sessions.values()) == 5)
        ticket = (await talking.send("もしもし"))["ticket"]
        for number in range(20):
            await shop.reply(ticket, f"{number} " + "長い返事" * 2_000)
        await talking.until(lambda: len(talking.texts) == 21)
        shop.widgets.clear()  # nobody goes by themselves
        leave = stack.pop_all()
        async with asyncio.timeout(STOPS):
            await leave.aclose()
    for widget in (talking, hanging):
        await widget.drop()
    for line in lines:
        line.close()


async def test_a_socket_server_whose_shutdown_stands_still_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    class Standing:
        async def shutdown(self) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr(fan_out, "STOP_SECONDS", 0.05)
    async with asyncio.timeout(STOPS):
        await fan_out.stop(Standing())
