"""Events heard straight from a websocket: answered in order, and whatever is odd is left to python-socketio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import socketio
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels import fan_out


class Bench:
    """A server with one namespace, and a websocket that speaks to it by hand."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.held = asyncio.Event()
        self.server = socketio.AsyncServer(
            async_mode="aiohttp",
            cors_allowed_origins=[],
            http_compression=False,
            ping_interval=3600,  # no ping among what is heard
        )
        fan_out.use_plain_websockets(self.server)
        self.pings = fan_out.own_pings(self.server)
        self.server.on("say", self.say, namespace="/x")
        self.server.on("hold", self.hold, namespace="/x")
        self.server.on("break", self.fail, namespace="/x")
        self.server.on("bytes", self.size, namespace="/x")

    async def say(self, sid: str, *words: Any) -> Any:
        self.said.append(words)
        return words[0] if words else None

    async def hold(self, _sid: str, word: Any) -> Any:
        self.said.append(word)
        await self.held.wait()
        return {"held": word}

    async def fail(self, _sid: str) -> None:
        raise RuntimeError("on purpose")

    async def size(self, _sid: str, data: bytes) -> int:
        return len(data)


@pytest.fixture
async def bench() -> AsyncIterator[tuple[Bench, aiohttp.ClientWebSocketResponse]]:
    made = Bench()
    app = web.Application()
    made.server.attach(app, "socket.io")
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        path = server.make_url("/socket.io/").with_query(EIO="4", transport="websocket")
        async with session.ws_connect(path) as socket:
            assert (await socket.receive_str()).startswith("0{")
            await socket.send_str("40/x,")
            assert (await socket.receive_str()).startswith("40/x,{")
            yield made, socket
        await fan_out.stop(made.server)
        for ping in made.pings:
            ping.cancel()


@pytest.mark.parametrize(
    ("packet", "answer"),
    [
        ('42/x,7["say",{"a":[1,"返品"]}]', '43/x,7[{"a":[1,"返品"]}]'),
        ('42/x,0["say"]', "43/x,0[]"),
        ('42/x,12["say",null]', "43/x,12[]"),
        ('42/x,3["say","two","words"]', '43/x,3["two"]'),
    ],
)
async def test_an_event_is_answered_under_its_number(
    bench: tuple[Bench, aiohttp.ClientWebSocketResponse], packet: str, answer: str
) -> None:
    _, socket = bench
    await socket.send_str(packet)
    assert await asyncio.wait_for(socket.receive_str(), 60) == answer


async def test_events_begin_in_their_order_and_a_slow_one_holds_up_none(
    bench: tuple[Bench, aiohttp.ClientWebSocketResponse],
) -> None:
    made, socket = bench
    await socket.send_str('42/x,1["hold","first"]')
    for number in range(2, 40):
        await socket.send_str(f'42/x,{number}["say",{number}]')
    for number in range(2, 40):
        assert await asyncio.wait_for(socket.receive_str(), 60) == f"43/x,{number}[{number}]"
    made.held.set()
    assert await asyncio.wait_for(socket.receive_str(), 60) == '43/x,1[{"held":"first"}]'
    assert made.said == ["first", *((number,) for number in range(2, 40))]


@pytest.mark.parametrize(
    "packet",
    [
        '42/x,["break"]',
        '42/x,5["hold"]',
        '42/x,5["nobody knows this"]',
        '42/x,5["connect"]',
        '42/x,5["disconnect"]',
        '42/elsewhere,5["say",1]',
        "42/x,5[7]",
    ],
)
async def test_what_is_odd_hurts_nobody(
    bench: tuple[Bench, aiohttp.ClientWebSocketResponse], packet: str, caplog: pytest.LogCaptureFixture
) -> None:
    _, socket = bench
    await socket.send_str(packet)
    await socket.send_str('42/x,6["say",6]')
    assert await asyncio.wait_for(socket.receive_str(), 60) == "43/x,6[6]"


async def test_binary_events_and_pings_go_their_old_way(bench: tuple[Bench, aiohttp.ClientWebSocketResponse]) -> None:
    _, socket = bench
    await socket.send_str('451-/x,9["bytes",{"_placeholder":true,"num":0}]')
    await socket.send_bytes(b"12345")
    assert await asyncio.wait_for(socket.receive_str(), 60) == "43/x,9[5]"
    await socket.send_str("41/x,")
    await socket.send_str('42/x,10["say",10]')
    await socket.send_str("40/x,")
    assert (await asyncio.wait_for(socket.receive_str(), 60)).startswith("40/x,{"), "who has left is not heard"
