"""The protocol as it is written, spoken by the official JavaScript client under Node; also while the desk is killed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.channels.webchat.shop import Shop
from tests.desks import until
from tests.servers import Street
from widgets.build import MODULES, install, node

HERE = Path(__file__).parent
PATIENCE = 60
"""In seconds: Node begins, and calls again, on a machine that does other things as well."""


class OfficialClient:
    """A Node process with socket.io-client; what it tells is kept."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.told: list[dict[str, Any]] = []

    async def listen(self) -> None:
        """Keep what it tells until it ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.told.append(json.loads(line))

    async def do(self, *words: Any) -> None:
        """Tell it to do something."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(words).encode() + b"\n")
        await self.process.stdin.drain()

    async def tells(self, what: str, holds: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """Wait until it tells something; the newest."""
        return dict(await until(lambda: self._newest(what, holds), PATIENCE))

    def _newest(self, what: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
        return next((one for one in reversed(self.told) if one["what"] == what and holds(one)), None)

    def many(self, what: str) -> int:
        """How often it told something."""
        return sum(one["what"] == what for one in self.told)

    @property
    def texts(self) -> list[str]:
        """What it shows."""
        shown = self._newest("shows", lambda _: True)
        return list(shown["texts"]) if shown else []


@asynccontextmanager
async def official_client(base: str) -> AsyncIterator[OfficialClient]:
    """A client that has not connected yet."""
    await asyncio.to_thread(install)
    process = await asyncio.create_subprocess_exec(
        node(),
        HERE / "client.mjs",
        base,
        MODULES,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    client = OfficialClient(process)
    listening = asyncio.create_task(client.listen())
    try:
        await client.tells("ready")
        yield client
        await client.do("end")
    finally:
        if process.returncode is None:
            try:
                await asyncio.wait_for(process.wait(), 5)
            except TimeoutError:
                process.kill()
                await process.wait()
        await listening


@pytest.mark.parametrize("transports", [["websocket"], ["polling"], ["polling", "websocket"]])
async def test_the_official_client_talks_and_is_answered(small_shop: Shop, transports: list[str]) -> None:
    async with official_client(small_shop.base) as client:
        await client.do("connect", transports)
        await client.tells("here")
        await client.do("send", "message-0001", "公式クライアントです")
        acked = await client.tells("acked")
        await small_shop.reply(acked["ticket"], "ようこそ")
        await until(lambda: client.texts == ["公式クライアントです", "ようこそ"], PATIENCE)


async def test_it_comes_back_by_itself_and_misses_nothing(small_shop: Shop) -> None:
    async with official_client(small_shop.base) as client:
        await client.do("connect", ["websocket"])
        await client.tells("here")
        await client.do("send", "message-0001", "0")
        ticket = (await client.tells("acked"))["ticket"]
        for turn in range(1, 4):
            await client.do("drop")
            await until(lambda turn=turn: client.many("gone") >= turn, PATIENCE)
            await small_shop.reply(ticket, f"{turn}")
            await client.do("send", f"message-again-{turn}", f"客 {turn}")
            await client.tells("acked", lambda one, turn=turn: one["id"] == f"message-again-{turn}")
        await until(lambda: len(client.texts) == 7, PATIENCE)
        thread = await small_shop.thread(ticket)
        assert client.texts == [one.text for one in thread.messages if one.line is None]


async def test_nothing_is_lost_or_doubled_when_the_desk_is_killed(anywhere: Street) -> None:
    desk = anywhere.desk()
    await desk.account("webchat", "shop", slug="shop")
    agent = await desk.agent()
    await desk.start()
    async with official_client(desk.url) as client:
        await client.do("connect", ["websocket"])
        await client.tells("here")
        expected = []
        for turn in range(2):
            for number in range(10):
                expected.append(f"{turn}-{number}")
                await client.do("send", f"message-{turn}-{number}", expected[-1])
            await client.tells("acked", lambda one, turn=turn: one["id"].startswith(f"message-{turn}"))
            await desk.kill()
            await desk.start()
        acked = await client.tells("acked", lambda one: one["id"] == "message-1-9")
        await until(
            lambda: (
                {one["id"] for one in client.told if one["what"] == "acked"}
                >= {f"message-{turn}-{number}" for turn in range(2) for number in range(10)}
            ),
            PATIENCE,
        )
        await agent.reply(acked["ticket"], "すべて届いております")
        await until(lambda: len(client.texts) == 21, PATIENCE)
        said = [one["text"] for one in (await agent.thread(acked["ticket"]))["messages"] if one["line"] is None]
        assert sorted(said[:-1]) == sorted(expected), "each once"
        assert client.texts == said
