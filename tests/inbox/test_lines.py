"""Lines of chats that are filed together: nothing of what stands afterwards tells that they were."""

from __future__ import annotations

import asyncio
import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.contract import Accepted, InboundMessage, Party
from server.database import Database, Transaction, open_engine
from server.inbox import filing, lines
from tests.desks import ScriptedChannel, TestDesk, a_message

TABLES = ("arrival", "message", "ticket", "contact", "customer", "change", "change_counter", "ticket_count")
CLOCKS = ("at", "token", "waiting_since", "snoozed_until")


async def a_desk(path: Path, blank: Path) -> TestDesk:
    shutil.copyfile(blank, path)
    database = Database(open_engine(f"sqlite:///{path}"))
    return await TestDesk(database, None, {"email": ScriptedChannel()}).open()  # type: ignore[arg-type]


def line(who: str, place: int, text: str = "", *, conversation: str = "", **more: Any) -> InboundMessage:
    return a_message(
        text or f"{who} {place}",
        sender=Party("visitor", f"1:{who}", more.pop("name", who), verified=False),
        conversation=conversation or f"c-{who}",
        external_id=f"{who}:{place}",
        **more,
    )


def arrival(message: InboundMessage) -> tuple[filing.Kept, list[filing.Said]]:
    body = message.external_id.encode()
    envelope = {"remote": "10.0.0.1"}
    now = datetime.now(UTC)
    kept = filing.Kept(1, message.external_id, "text/plain", len(body), body, None, envelope, now)
    return kept, [filing.Said(message)]


async def file(desk: TestDesk, messages: list[InboundMessage]) -> list[Accepted]:
    """All in one commit."""
    hold = threading.Event()
    held = desk.database.write(lambda tx: hold.wait(20))
    filed = [desk.database.write(filing.file, *arrival(message)) for message in messages]
    hold.set()
    await held
    return await asyncio.gather(*filed)


def stands(tx: Transaction) -> dict[str, list[dict[str, Any]]]:
    """Every row of the tables above, without clocks and secrets."""
    found = {}
    for table in TABLES:
        rows = [row._asdict() for row in tx.all(f"SELECT * FROM {table} ORDER BY 1, 2")]
        found[table] = [
            {name: value for name, value in row.items() if not name.endswith("_at") and name not in CLOCKS}
            for row in rows
        ]
    return found


def settle_in(tx: Transaction, agent: int) -> None:
    """b was answered, c is done and snoozed, d is blocked."""
    tx.run(
        "UPDATE ticket SET status = 'waiting', last_kind = 'agent', assignee_id = :a WHERE conversation = 'c-b'",
        a=agent,
    )
    tx.run("UPDATE ticket SET status = 'done', snoozed_until = :at WHERE conversation = 'c-c'", at=tx.now)
    tx.run("UPDATE customer SET blocked = :yes WHERE name = 'd'", yes=True)
    tx.insert("block", kind="visitor-unverified", address="1:e", created_at=tx.now)


async def test_lines_filed_together_leave_what_lines_filed_one_by_one_leave(
    blank_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = [line(who, 0) for who in "abcdef"]
    group = [
        line("a", 1, "いつ届きますか"),
        line("a", 2, fields={"page": "/cart"}),
        line("b", 1, "x" * 500, sent_at=datetime(1970, 1, 2, tzinfo=UTC)),
        line("f", 1),
        line("b", 2, "two\nlines"),
        line("f", 7, "of somebody else", conversation="c-b"),
        line("b", 4),
        line("a", 1, "いつ届きますか"),
        line("a", 0),
        line("a", 3),
        line("g", 0, "begins now"),
        line("g", 1),
        line("a", 4, name="another name"),
        line("a", 5),
        line("c", 1),
        line("c", 2),
        line("d", 1),
        line("b", 3),
        line("e", 1),
        line("a", 6, "quoted", quotes="a:1"),
        line("a", 7, conversation="c-b"),
        line("f", 2),
    ]
    seen: list[int] = []
    original = lines.file

    def counted(tx: Transaction, calls: Any) -> tuple[list[Accepted], int]:
        done, alone = original(tx, calls)
        seen.append(len(done))
        return done, alone

    stood, answers = [], []
    for name in ("together", "apart"):
        desk = await a_desk(tmp_path / f"{name}.db", blank_sqlite)
        await file(desk, began)
        await desk.database.write(settle_in, desk.agent.id)
        with monkeypatch.context() as patch:
            patch.setattr("server.database.group._many", {filing.file: counted} if name == "together" else {})
            answers.append(await file(desk, group))
        stood.append(await desk.database.read(stands))
        await desk.close()
        await desk.database.close()
    assert max(seen) >= 4 and sum(seen) >= 10
    assert answers[0] == answers[1]
    assert stood[0] == stood[1]
    assert [answer.repeated for answer in answers[0]].count(True) == 2
    texts = [row["text"] for row in stood[0]["message"] if row["ticket_number"] == 1]
    assert texts[:5] == ["a 0", "いつ届きますか", "a 2", "a 3", "a 4"]


async def test_a_line_that_cannot_be_filed_does_not_take_the_others_with_it(desk: TestDesk) -> None:
    (began,) = await file(desk, [line("a", 0)])
    bad = line("a", 2)
    kept, said = arrival(bad)
    hold = threading.Event()
    held = desk.database.write(lambda tx: hold.wait(20))
    filed = [
        desk.database.write(filing.file, *arrival(line("a", 1))),
        desk.database.write(filing.file, kept._replace(received_at=None), said),  # type: ignore[arg-type]
        desk.database.write(filing.file, *arrival(line("a", 3))),
    ]
    hold.set()
    await held
    first, failed, last = await asyncio.gather(*filed, return_exceptions=True)
    assert isinstance(first, Accepted) and isinstance(last, Accepted) and isinstance(failed, Exception)
    thread = await desk.thread(began.ticket)
    assert [message.text for message in thread.messages] == ["a 0", "a 1", "a 3"]
    assert [message.seq for message in thread.messages] == [1, 2, 3]
    assert first.ticket == last.ticket == began.ticket
