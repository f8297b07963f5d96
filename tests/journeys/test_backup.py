"""A backup taken while the desk works is a whole desk again, on either database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.desks import until
from tests.servers import PASSWORD, Agent, Desk, Street, a_mail, sent

WHAT = (
    "SELECT number, subject, status, customer_id, token, last_seq, last_text, version FROM ticket ORDER BY number",
    "SELECT id, ticket_number, seq, kind, text, external_id, envelope, created_at FROM message ORDER BY id",
    "SELECT id, key, recipient, state, attempts, body, created_at FROM letter ORDER BY id",
    "SELECT id, message_id, filename, size, digest FROM attachment ORDER BY id",
    "SELECT id, account_id, external_id, size, digest, state FROM arrival ORDER BY id",
    "SELECT id, kind, address, customer_id FROM contact ORDER BY id",
    "SELECT seq, kind, ticket_number, data FROM change ORDER BY seq",
)


async def contents(desk: Desk) -> list[list[tuple[Any, ...]]]:
    """Everything that must be equal."""
    return [[tuple(row) for row in await desk.rows(sql)] for sql in WHAT]


async def busy_desk(street: Street, database: str | None) -> tuple[Desk, Agent]:
    """A desk with some history: mails, files large and small, answers."""
    relay = await street.relay()
    desk = street.desk(database)
    await desk.mailbox(relay)
    agent = await desk.agent()
    await desk.start()
    for n in range(6):
        await desk.mail(a_mail(f"質問 {n}\n" + "長い" * (n * 9_000), sender=f"c{n}@customer.example"))
    rows = await agent.has_tickets(6)
    uploaded = await agent.ask(
        "POST", "/files?filename=%E5%86%99%E7%9C%9F.png", b"\x89PNG" + bytes(300_000),
        headers={"Content-Type": "image/png"},
    )  # fmt: skip
    assert uploaded.status == 201, uploaded.text
    await agent.reply(rows[0]["number"], "写真です。", attachments=[uploaded.json["id"]])
    await agent.reply(rows[1]["number"], "答えです。")
    await sent(relay, 2)
    for row in rows[:2]:
        await agent.has_letter(row["number"], "delivered")
    return desk, agent


async def test_a_backup_of_a_working_desk_is_restored_on_either_database(
    street: Street, on_postgresql: Callable[[], str], tmp_path: Path
) -> None:
    desk, _ = await busy_desk(street, None)
    going_on, begun = True, asyncio.Event()

    async def traffic() -> int:
        n = 0
        while going_on:
            n += 1
            assert (await desk.mail(a_mail(f"通信中 {n}", sender=f"t{n}@customer.example"))).startswith("250")
            begun.set()
        return n

    writing = asyncio.create_task(traffic())
    await until(lambda: begun.is_set() or writing.done(), 60)
    archive = tmp_path / "desk.tar.gz"
    taken = await desk.madoguchi("backup", str(archive), "--json")
    going_on = False
    during = await writing
    assert taken.status == 0, taken.errors
    assert taken.json["missing"] == [] and taken.json["files"] > 2 and during > 0
    await desk.stop()
    before = await contents(desk)

    for database in (f"sqlite:///{tmp_path}/restored.db", on_postgresql()):
        restored = street.desk(database)
        put_back = await restored.madoguchi("restore", str(archive), "--json")
        assert put_back.status == 0, put_back.errors
        assert put_back.json["rows"] == taken.json["rows"]
        after = await contents(restored)
        for was, now in zip(before, after, strict=True):
            assert now == was[: len(now)], "the archive is one moment of the desk, nothing torn"
        assert 0 < len(after[0]) - 6 <= during
        await restored.start()
        browser = restored.stranger()
        signed = await browser.api("POST", "/session", {"email": "sato@shop.example", "password": PASSWORD})
        assert signed.status == 200, signed.text
        agent = Agent(restored, browser)
        assert len(await agent.tickets()) == min(len(after[0]), 200)
        (message,) = [one for one in (await agent.thread(1))["messages"] if one["kind"] == "agent"]
        (file,) = message["attachments"]
        async with browser.http.get(restored.url + file["url"]) as response:
            assert await response.read() == b"\x89PNG" + bytes(300_000)
        # it goes on where it was: new numbers, new letters
        assert (await restored.mail(a_mail("新しい質問"))).startswith("250")
        assert await restored.count("ticket") == len(after[0]) + 1
        refused = await restored.madoguchi("restore", str(archive))
        assert refused.status == 1 and "in use" in refused.errors
