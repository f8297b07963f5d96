"""Who is at the desk, across processes: leases, what is set by hand, and what is left of a process that died."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from server.agents import AgentView, availability
from server.database import Database, Transaction
from server.web.attendance import Attendance
from tests.desks import TestDesk, until


async def state(database: Database, agent: AgentView) -> str:
    return (await database.read(availability.of, agent)).state


async def told(database: Database) -> list[tuple[int, str]]:
    rows = await database.read(
        lambda tx: tx.all("SELECT data FROM change WHERE kind = 'agent.availability' ORDER BY seq")
    )
    return [(row.data["agent"], row.data["state"]) for row in rows]


async def test_an_agent_is_as_present_as_the_most_present_of_their_consoles(desk: TestDesk) -> None:
    database, sato = desk.database, desk.agent
    await database.write(availability.lease, "one", {sato.id: "away"})
    assert await state(database, sato) == "away"
    await database.write(availability.lease, "two", {sato.id: "online"})
    assert await state(database, sato) == "online"
    await database.write(availability.lease, "two", {sato.id: "offline"})
    assert await state(database, sato) == "away"
    await database.write(availability.lease, "one", {sato.id: "offline"})
    assert await state(database, sato) == "offline"
    assert await told(database) == [(sato.id, each) for each in ("away", "online", "away", "offline")]


async def test_renewing_what_stands_tells_nobody(desk: TestDesk) -> None:
    for _ in range(3):
        await desk.database.write(availability.lease, "one", {desk.agent.id: "online"})
    assert await told(desk.database) == [(desk.agent.id, "online")]


async def test_what_is_set_by_hand_holds_and_online_follows_the_consoles(desk: TestDesk) -> None:
    database, sato = desk.database, desk.agent
    await database.write(availability.lease, "one", {sato.id: "online"})
    assert (await database.write(availability.choose, sato, "away")).state == "away"
    assert (await database.write(availability.choose, sato, "offline")).state == "offline"
    await database.write(availability.lease, "one", {sato.id: "online"})
    assert await state(database, sato) == "offline"
    assert (await database.write(availability.choose, sato, "online")).state == "online"
    await database.write(availability.choose, sato, "away")
    await database.write(availability.lease, "one", {sato.id: "offline"})
    assert await database.read(availability.of, sato) == availability.AvailabilityView(
        agent=sato.id,
        state="offline",
        chosen="away",
        since=(await database.read(availability.everybody))[0].since,
    )


async def test_a_process_that_died_is_believed_for_the_length_of_its_lease(desk: TestDesk) -> None:
    database, sato, suzuki = desk.database, desk.agent, await desk.colleague()
    await database.write(availability.lease, "dead", {sato.id: "online", suzuki.id: "online"})
    await database.write(availability.lease, "alive", {suzuki.id: "away"})
    assert not await database.read(availability.is_to_be_swept)

    def later(tx: Transaction) -> None:
        past = tx.now - timedelta(seconds=1)
        tx.run("UPDATE console_lease SET until = :past WHERE process = 'dead'", past=past)

    await database.write(later)
    assert await database.read(availability.is_to_be_swept)
    await database.write(availability.sweep)
    assert (await state(database, sato), await state(database, suzuki)) == ("offline", "away")
    assert not await database.read(availability.is_to_be_swept)


async def test_only_who_may_answer_and_is_online_counts_as_answering(desk: TestDesk) -> None:
    database, suzuki = desk.database, await desk.colleague()
    await database.write(availability.lease, "one", {desk.agent.id: "away", suzuki.id: "online"})
    assert await database.read(availability.answering) == {suzuki.id: frozenset()}
    await database.write(lambda tx: tx.run("UPDATE agent SET role = 'viewer' WHERE id = :id", id=suzuki.id))
    assert await database.read(availability.answering) == {}


async def test_two_processes_keep_in_step_and_a_reload_is_no_departure(desk: TestDesk) -> None:
    database, sato = desk.database, desk.agent
    one, two = (Attendance(database, grace=0.05, look=0.05, renew=0.05) for _ in range(2))
    running = [asyncio.create_task(each.run()) for each in (one, two)]

    async def is_now(wanted: str) -> bool:
        return await state(database, sato) == wanted

    one.came(sato.id, "a")
    await until(lambda: is_now("online"))
    one.went(sato.id, "a")
    one.came(sato.id, "b")
    two.came(sato.id, "c")
    one.is_active(sato.id, "b", False)
    two.is_active(sato.id, "c", False)
    await until(lambda: is_now("away"))
    two.is_active(sato.id, "c", True)
    await until(lambda: is_now("online"))
    two.went(sato.id, "c")
    await until(lambda: is_now("away"))
    one.went(sato.id, "b")
    await until(lambda: is_now("offline"))
    assert [each for _, each in await told(database)] == ["online", "away", "online", "away", "offline"]
    await stop(running)


async def stop(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
