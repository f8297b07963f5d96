"""The live door: every change once and in order, whatever the connection goes through."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import socketio
from aiohttp import WSMsgType

from channels import fan_out
from server import agents, tickets
from server.agents import DESK, AgentChanges, Caller
from server.web.feed import newest_seq
from tests.desks import until
from tests.web.house import Browser, House

NAMESPACE = "/agent"


class Console:
    """A connected console, with everything it heard."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient(reconnection=False, request_timeout=60)
        self.changes: list[dict[str, Any]] = []
        self.lookers: dict[int, list[dict[str, Any]]] = {}
        self.resets: list[dict[str, Any]] = []
        self.refused: list[Any] = []
        self.gone = asyncio.Event()
        self._news = asyncio.Condition()
        self.client.on("changes", self._changed, namespace=NAMESPACE)
        self.client.on("lookers", self._looked, namespace=NAMESPACE)
        self.client.on("reset", self._reset, namespace=NAMESPACE)
        self.client.on("connect_error", self._refused, namespace=NAMESPACE)
        self.client.on("disconnect", self._gone, namespace=NAMESPACE)

    async def connect(self, browser: Browser, *, transports: tuple[str, ...] = ("websocket",), **auth: Any) -> None:
        headers = {"Cookie": f"madoguchi_session={browser.cookie}"} if browser.cookie else {}
        await self.client.connect(
            browser.base,
            headers=headers,
            namespaces=[NAMESPACE],
            transports=list(transports),
            auth=auth,
            wait_timeout=30,
        )

    async def follow(self, since: int | None) -> dict[str, Any]:
        answer: dict[str, Any] = await self.client.call("follow", {"since": since}, namespace=NAMESPACE)
        return answer

    async def look(self, ticket: int | None, typing: bool = False) -> None:
        await self.client.emit("look", {"ticket": ticket, "typing": typing}, namespace=NAMESPACE)

    async def until(self, happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(30), self._news:
            await self._news.wait_for(happened)

    @property
    def seqs(self) -> list[int]:
        return [change["seq"] for change in self.changes]

    async def _changed(self, changes: list[dict[str, Any]]) -> None:
        self.changes.extend(changes)
        await self._tell()

    async def _looked(self, who: dict[str, Any]) -> None:
        self.lookers[who["ticket"]] = who["agents"]
        await self._tell()

    async def _reset(self, where: dict[str, Any]) -> None:
        self.resets.append(where)
        await self._tell()

    async def _refused(self, why: Any) -> None:
        self.refused.append(why)
        await self._tell()

    async def _gone(self, *_: Any) -> None:
        self.gone.set()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()


@asynccontextmanager
async def console(browser: Browser, **more: Any) -> AsyncIterator[Console]:
    opened = Console()
    await opened.connect(browser, **more)
    try:
        if browser.cookie:
            await until(lambda: _is_online(browser))  # that somebody came is a change as well
            await until(lambda: _all_is_told(browser))
        yield opened
    finally:
        if opened.client.transport() == "polling":
            await opened.client.eio.disconnect(abort=True)  # else it waits for its last poll to time out
        else:
            await opened.client.disconnect()


async def _is_online(browser: Browser) -> bool:
    assert browser.agent is not None
    states = (await browser.api("GET", "/agents/availability")).json
    return any(one["agent"] == browser.agent.id and one["state"] == "online" for one in states)


async def _all_is_told(browser: Browser) -> bool:
    """Whether the feed has told every change that is committed: what is written can be read a moment earlier."""
    assert browser.parts is not None
    return browser.parts.feed.last >= await browser.parts.database.read(newest_seq)


async def some_notes(house: House, number: int, agent: agents.AgentView, how_many: int) -> None:
    for place in range(how_many):
        await house.database.write(tickets.note, agent, number, str(place))


@pytest.mark.parametrize("transports", [("websocket",), ("polling",), ("polling", "websocket")])
async def test_a_console_hears_what_happens_in_order(house: House, transports: tuple[str, ...]) -> None:
    number, aoi = await house.ticket(), await house.at_work()
    assert aoi.agent is not None
    async with console(aoi, transports=transports) as screen:
        begin = (await screen.follow(None))["seq"]
        await some_notes(house, number, aoi.agent, 20)
        await screen.until(lambda: len(screen.changes) >= 20)
        assert screen.seqs == list(range(begin + 1, begin + 21))
        assert {change["kind"] for change in screen.changes} == {"note.written"}
        assert {change["ticket"] for change in screen.changes} == {number}


async def test_what_was_missed_comes_first_then_what_is_new_without_gap_or_double(house: House) -> None:
    """Consoles come at any moment while others write: each hears every change after its `since` exactly once."""
    number, aoi = await house.ticket(), await house.at_work()
    assert aoi.agent is not None
    begin = house.parts.feed.last
    pick = random.Random(7)
    screens: list[tuple[Console, int]] = []

    async def write() -> None:
        while len(screens) < 8:
            await some_notes(house, number, aoi.agent, 1)  # type: ignore[arg-type]

    writing = [asyncio.create_task(write()) for _ in range(4)]
    while len(screens) < 8:
        heard = house.parts.feed.last
        await until(lambda heard=heard: house.parts.feed.last > heard)  # type: ignore[misc]
        since = pick.randint(begin, house.parts.feed.last)
        screen = Console()
        if pick.random() < 0.5:
            await screen.connect(aoi, transports=pick.choice([("websocket",), ("polling", "websocket")]), since=since)
        else:
            await screen.connect(aoi)
            await screen.follow(since)
        screens.append((screen, since))
    await asyncio.gather(*writing)
    await until(lambda: _is_online(aoi))
    await until(lambda: _all_is_told(aoi))
    last = house.parts.feed.last
    assert last - begin >= 8
    for screen, since in screens:
        await screen.until(lambda screen=screen: bool(screen.changes) and screen.changes[-1]["seq"] >= last)  # type: ignore[misc]
        assert screen.seqs == list(range(since + 1, last + 1))
        await screen.client.disconnect()


async def test_changes_that_another_process_made_come_in_their_place(house: House) -> None:
    number, aoi = await house.ticket(), await house.at_work()
    assert aoi.agent is not None
    async with console(aoi) as screen:
        begin = (await screen.follow(None))["seq"]
        await asyncio.to_thread(house.database.write_now, tickets.note, aoi.agent, number, "from elsewhere")
        await house.database.write(tickets.note, aoi.agent, number, "from here")
        await screen.until(lambda: len(screen.changes) >= 2)
        assert screen.seqs == [begin + 1, begin + 2]
        await asyncio.to_thread(house.database.write_now, tickets.note, aoi.agent, number, "from elsewhere again")
        house.parts.feed.poke(begin + 3)
        await screen.until(lambda: len(screen.changes) >= 3)
        assert screen.seqs == [begin + 1, begin + 2, begin + 3]


async def test_a_console_from_the_future_is_told_to_begin_anew(small_house: House) -> None:
    aoi = await small_house.at_work()
    async with console(aoi) as screen:
        answer = await screen.follow(10_000_000)
        assert answer == {"seq": small_house.parts.feed.last, "reset": True}
        await screen.until(lambda: bool(screen.resets))


async def test_nobody_connects_without_being_signed_in(small_house: House) -> None:
    screen = Console()
    with pytest.raises(socketio.exceptions.ConnectionError):
        await screen.connect(small_house.stranger())
    await screen.until(lambda: bool(screen.refused))
    assert screen.refused[0]["message"] == "unauthenticated"


async def test_another_site_cannot_open_a_socket_for_whoever_is_signed_in(small_house: House) -> None:
    aoi = await small_house.at_work()
    address = f"{small_house.base}/socket.io/?EIO=4&transport=websocket"
    cookie = f"madoguchi_session={aoi.cookie}"
    async with aoi.http.get(
        address.replace("websocket", "polling"), headers={"Origin": "https://evil.example", "Cookie": cookie}
    ) as answer:
        assert answer.status == 400
    async with aoi.http.get(
        address.replace("websocket", "polling"), headers={"Origin": small_house.base, "Cookie": cookie}
    ) as answer:
        assert answer.status == 200


async def test_a_program_connects_with_its_token(small_house: House) -> None:
    program = await small_house.program(await small_house.hire(), "read")
    token = program.headers["Authorization"].removeprefix("Bearer ")
    async with console(small_house.stranger(), token=token) as screen:
        assert (await screen.follow(None))["seq"] == small_house.parts.feed.last


async def test_a_deactivated_agents_console_is_put_out(house: House) -> None:
    await house.hire("Boss", "admin")
    aoi = await house.at_work()
    assert aoi.agent is not None
    async with console(aoi) as screen:
        await screen.follow(None)
        await house.database.write(agents.deactivate, DESK, aoi.agent.id)
        async with asyncio.timeout(30):
            await screen.gone.wait()


async def test_signing_out_everywhere_puts_out_that_agents_consoles_only(house: House) -> None:
    aoi, bea = await house.at_work(), await house.at_work("Bea")
    async with console(aoi) as mine, console(bea) as other:
        await mine.follow(None)
        await other.follow(None)
        await aoi.api("DELETE", "/me/sessions")
        async with asyncio.timeout(30):
            await mine.gone.wait()
        await other.until(lambda: any(change["kind"] == "hidden" for change in other.changes))
        assert not other.gone.is_set()


async def test_a_new_role_sees_what_it_may_from_then_on(house: House) -> None:
    await house.hire("Boss", "admin")
    aoi, bea = await house.at_work(), await house.hire("Bea")
    assert aoi.agent is not None
    async with console(aoi) as screen:
        await screen.follow(None)
        await house.database.write(agents.tokens.make, bea, "one", ["read"])
        await screen.until(lambda: len(screen.changes) == 1)
        await house.database.write(agents.edit, DESK, aoi.agent.id, AgentChanges(role="admin"))
        await screen.until(lambda: len(screen.changes) == 2)
        await until(lambda: any(client.agent.role == "admin" for client in house.live._clients.values()))
        await house.database.write(agents.tokens.make, bea, "two", ["read"])
        await screen.until(lambda: len(screen.changes) == 3)
        assert [change["kind"] for change in screen.changes] == ["hidden", "desk.changed", "desk.changed"]


async def test_an_older_look_at_who_somebody_is_never_comes_last(
    small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = small_house
    await house.hire("Boss", "admin")
    aoi = await house.at_work()
    assert aoi.agent is not None
    callers, begun, released = house.live._callers, asyncio.Event(), asyncio.Event()
    look = callers.by_session

    async def slow_at_first(secret: str) -> Caller | None:
        found = await look(secret)
        if not begun.is_set():
            begun.set()
            await released.wait()
        return found

    async with console(aoi) as screen:
        await screen.follow(None)
        monkeypatch.setattr(callers, "by_session", slow_at_first)
        await house.database.write(agents.tokens.make, aoi.agent, "one", ["read"])
        await begun.wait()
        await house.database.write(agents.edit, DESK, aoi.agent.id, AgentChanges(role="admin"))
        await screen.until(lambda: len(screen.changes) == 2)
        await asyncio.sleep(0.2)
        released.set()
        for _ in range(5):
            await asyncio.sleep(0)
        await until(lambda: [client.agent.role for client in house.live._clients.values()] == ["admin"])


async def test_who_hurries_past_many_tickets_is_seen_at_the_last(small_house: House) -> None:
    number, aoi, bea = await small_house.ticket(), await small_house.at_work(), await small_house.at_work("Bea")
    assert bea.agent is not None
    async with console(aoi) as mine, console(bea) as other:
        for place in range(30):
            await other.look(1_000 + place)
        await other.look(number)
        await mine.until(lambda: mine.lookers.get(number) == [{"id": bea.agent.id, "typing": False}])  # type: ignore[union-attr]


async def test_agents_see_who_looks_and_who_types_until_they_leave(house: House) -> None:
    number, aoi, bea = await house.ticket(), await house.at_work(), await house.at_work("Bea")
    assert aoi.agent is not None and bea.agent is not None
    async with console(aoi) as mine:
        async with console(bea) as other:
            await other.look(number, typing=True)
            await mine.until(lambda: mine.lookers.get(number) == [{"id": bea.agent.id, "typing": True}])  # type: ignore[union-attr]
            await mine.look(number)
            both = [{"id": aoi.agent.id, "typing": False}, {"id": bea.agent.id, "typing": True}]
            await mine.until(lambda: mine.lookers.get(number) == both)
            async with console(bea) as late:
                await late.until(lambda: late.lookers.get(number) == both)
        await mine.until(lambda: mine.lookers.get(number) == both[:1])
        await mine.look(None)
        await mine.until(lambda: mine.lookers.get(number) == [])


async def test_nonsense_from_a_console_hurts_nobody(small_house: House) -> None:
    aoi = await small_house.at_work()
    async with console(aoi) as screen:
        for words in ([], "x", {"ticket": "x"}, {"ticket": {}}, None, 7):
            await screen.client.emit("look", words, namespace=NAMESPACE)
        assert (await screen.follow(None))["seq"] == small_house.parts.feed.last


async def test_a_console_that_does_not_read_is_let_go(small_house: House) -> None:
    number, aoi = await small_house.ticket(), await small_house.at_work()
    assert aoi.agent is not None
    address = f"{small_house.base}/socket.io/?EIO=4&transport=websocket"
    cookie = f"madoguchi_session={aoi.cookie}"
    async with aoi.http.ws_connect(address, headers={"Cookie": cookie}, max_msg_size=0) as socket:
        assert (await socket.receive()).data.startswith("0")
        await socket.send_str('40/agent,{"since":' + str(small_house.parts.feed.last) + "}")
        assert (await socket.receive()).data.startswith("40/agent")
        transport = socket._response.connection.transport  # type: ignore[union-attr]
        transport.pause_reading()
        (client,) = small_house.live._clients.values()
        engine = small_house.live.server.eio.sockets[client.engine_id]
        # Fill what lies between: the server's buffer stands above its mark, as with a reader that stopped.
        engine.direct._sock._writer.transport.write(fan_out.text_frame(b"6" * 30_000_000))
        await some_notes(small_house, number, aoi.agent, 20)
        async with asyncio.timeout(30):
            while small_house.live._clients:
                await some_notes(small_house, number, aoi.agent, 1)
        transport.resume_reading()
        async with asyncio.timeout(30):
            while (await socket.receive()).type is WSMsgType.TEXT:
                pass
