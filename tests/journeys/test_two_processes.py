"""Two processes on one PostgreSQL are one desk: each letter leaves once, and each hears what the other did."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import socketio

from tests.desks import until
from tests.servers import Agent, Street, a_mail, sent


async def test_two_processes_share_the_work_and_hear_each_other(
    street: Street, on_postgresql: Callable[[], str]
) -> None:
    relay = await street.relay()
    database = on_postgresql()
    one = street.desk(database)
    two = street.desk(database, files=one.settings["files"])
    await one.mailbox(relay)
    agent = await one.agent()
    await asyncio.gather(one.start(), two.start())
    colleague = Agent(two, two.stranger(), agent.headers)

    heard: list[dict[str, Any]] = []
    client = socketio.AsyncClient(request_timeout=60)

    async def changes(batch: list[dict[str, Any]]) -> None:
        heard.extend(batch)

    client.on("changes", changes, namespace="/agent")
    await client.connect(
        two.url, namespaces=["/agent"], headers=dict(agent.headers), transports=["websocket"], wait_timeout=30
    )
    try:
        since = (await client.call("follow", {}, namespace="/agent"))["seq"]
        many = 40
        said = await asyncio.gather(
            *[(one if n % 2 else two).mail(a_mail(f"質問 {n}", sender=f"c{n}@customer.example")) for n in range(many)]
        )
        assert {line[:3] for line in said} == {"250"}
        rows = await agent.has_tickets(many)
        await asyncio.gather(
            *[(agent if n % 2 else colleague).reply(row["number"], f"答え {n}") for n, row in enumerate(rows)]
        )
        mails = await sent(relay, many)
        assert set(Counter(mail["Message-ID"] for mail in mails).values()) == {1}

        async def delivered() -> bool:
            return await one.count("letter", "state = 'delivered'") == many

        await until(delivered)
        assert await one.count("letter_try", "outcome = 'started'") == many, "nobody tried what the other carried"

        # everything that either did is in the feed of both, in one order without gaps
        newest = int((await one.rows("SELECT seq FROM change_counter"))[0].seq)
        await until(lambda: heard and heard[-1]["seq"] == newest)
        assert [change["seq"] for change in heard] == list(range(since + 1, newest + 1))
        feeds = []
        for who in (agent, colleague):
            items: list[Any] = []
            after = since
            while after < newest:
                page = await who.get(f"/changes?after={after}&limit=500")
                items += page["items"]
                after = page["next"]
            feeds.append([(change["seq"], change["kind"], change["ticket"]) for change in items])
        assert feeds[0] == feeds[1]
        assert [seq for seq, _, _ in feeds[0]] == list(range(since + 1, newest + 1))

        # a long poll at one is woken by a change at the other
        waiting = asyncio.create_task(colleague.get(f"/changes?after={newest}&wait=25"))
        assert (await agent.ask("POST", f"/tickets/{rows[0]['number']}/notes", {"text": "メモ"})).status == 201
        page = await asyncio.wait_for(waiting, 20)
        assert page["items"][0]["kind"] == "note.written"
    finally:
        await client.disconnect()


async def test_two_agents_never_answer_twice_though_at_different_processes(
    street: Street, on_postgresql: Callable[[], str]
) -> None:
    relay = await street.relay()
    database = on_postgresql()
    one = street.desk(database)
    two = street.desk(database, files=one.settings["files"])
    await one.mailbox(relay)
    agents = [await (one if n % 2 else two).agent(f"agent{n}@shop.example") for n in range(4)]
    await asyncio.gather(one.start(), two.start())
    await one.mail(a_mail("どちらですか。"))
    (row,) = await agents[0].has_tickets(1)
    path = f"/tickets/{row['number']}/replies"
    answers = await asyncio.gather(*[who.ask("POST", path, {"text": "こちらです。", "seen": 1}) for who in agents])
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    refused = next(answer for answer in answers if answer.status == 409)
    assert "こちらです。" in refused.text, "who was second sees what stands there now"
    await sent(relay, 1)
