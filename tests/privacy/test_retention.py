"""Retention: each rule takes what is over its time and nothing else, by night, in pieces."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from channels.contract import Attachment, Party
from server import tickets
from server.customers.rights import audit, requests, rules
from server.customers.rights.rules import RetentionRule
from server.database import Transaction
from server.files import Files
from server.privacy import keeper, retention
from server.privacy.keeper import Keeper
from tests.desks import ScriptedChannel, TestDesk, a_message


def aged(tx: Transaction, number: int, days: int) -> None:
    """A ticket and what came for it become older."""
    then = tx.now - timedelta(days=days)
    tx.run("UPDATE ticket SET updated_at = :then WHERE number = :number", then=then, number=number)
    tx.run(
        "UPDATE arrival SET received_at = :then WHERE id IN (SELECT arrival_id FROM message WHERE ticket_number = :n)",
        then=then,
        n=number,
    )


async def a_ticket(desk: TestDesk, files: Files, words: str, *, closed: bool = True, days: int = 100) -> int:
    """A ticket with a file, as old as is asked."""
    channel = desk.channels["email"]
    assert isinstance(channel, ScriptedChannel)
    stored = files.keep(iter([words.encode()]))
    file = Attachment("a.txt", "text/plain", stored.size, lambda: files.chunks(stored.digest))
    channel.says[words] = [a_message(words, sender=Party("email", f"{words}@x.example", "誰か"), attachments=(file,))]
    number = (await desk.inbox.accept(desk.arrival(words.encode(), words))).ticket
    assert number is not None
    if closed:
        await desk.database.write(tickets.edit, desk.agent, number, tickets.TicketEdit(status="done"))
    await desk.database.write(aged, number, days)
    return number


async def switched_on(desk: TestDesk, **rule: object) -> None:
    """One rule, on."""
    await desk.database.write(rules.decide, desk.agent, {"retention": [{"on": True, **rule}]})


async def said(desk: TestDesk, number: int) -> list[str]:
    """What stands on a ticket."""
    return [message.text for message in (await desk.thread(number)).messages]


async def test_closed_tickets_lose_words_and_files_and_open_ones_do_not(desk: TestDesk, files: Files) -> None:
    old = await a_ticket(desk, files, "old")
    young = await a_ticket(desk, files, "young", days=10)
    still = await a_ticket(desk, files, "still", closed=False)
    await switched_on(desk, kind="closed", days=90)
    rule = (await desk.database.read(rules.read)).retention[0]
    seen = await desk.database.read(retention.preview, rule)
    assert (seen.many, seen.messages) == (1, 1) and isinstance(seen.oldest, datetime)
    assert await Keeper(desk.database, files).retain() == {"closed": 1}
    assert "old" not in (await said(desk, old))[0]
    assert await said(desk, young) == ["young"] and await said(desk, still) == ["still"]
    assert len([path for path in files.folder.glob("??/??/*")]) == 2
    assert (await desk.database.read(retention.preview, rule)).many == 0
    assert await Keeper(desk.database, files).retain() == {"closed": 0}


async def test_what_a_customer_adds_later_goes_later(desk: TestDesk, files: Files) -> None:
    old = await a_ticket(desk, files, "old")
    await switched_on(desk, kind="closed", days=90)
    await Keeper(desk.database, files).retain()
    await desk.database.write(tickets.note, desk.agent, old, "また来た")
    await Keeper(desk.database, files).retain()
    assert "また来た" in await said(desk, old)
    await desk.database.write(aged, old, 91)
    await Keeper(desk.database, files).retain()
    assert "また来た" not in await said(desk, old)


async def test_files_alone_go_and_the_words_stay(desk: TestDesk, files: Files) -> None:
    old = await a_ticket(desk, files, "old")
    await switched_on(desk, kind="files", days=90)
    assert await Keeper(desk.database, files).retain() == {"files": 1}
    assert await said(desk, old) == ["old"]
    assert list(files.folder.glob("??/??/*")) == []


async def test_spam_visitors_raw_copies_and_the_audit_log_have_rules_of_their_own(desk: TestDesk, files: Files) -> None:
    spam = await a_ticket(desk, files, "spam", closed=False)
    await desk.database.write(tickets.edit, desk.agent, spam, tickets.TicketEdit(spam=True))
    chat = await a_ticket(desk, files, "chat", closed=False)
    known = await a_ticket(desk, files, "known", closed=False)
    for number in (chat, known):
        await desk.database.write(
            lambda tx, n: tx.run("UPDATE ticket SET channel = 'webchat' WHERE number = :n", n=n), number
        )
    await desk.database.write(lambda tx: tx.run("UPDATE contact SET kind = 'visitor' WHERE address = 'chat@x.example'"))
    await desk.database.write(audit.exported, desk.agent, "test")
    for number in (spam, chat, known):
        await desk.database.write(aged, number, 100)
    await desk.database.write(
        lambda tx: tx.run("UPDATE audit SET at = :old, last_at = :old", old=tx.now - timedelta(days=400))
    )
    await desk.database.write(
        rules.decide,
        desk.agent,
        {"retention": [{"kind": kind, "days": 90, "on": True} for kind in ("spam", "visitors", "audit")]
                      + [{"kind": "arrivals", "days": 90, "on": True, "channel": "line"}]},
    )  # fmt: skip
    removed = await Keeper(desk.database, files).retain()
    assert removed == {"spam": 1, "visitors": 1, "audit": 1, "arrivals:line": 0}
    assert "spam" not in (await said(desk, spam))[0] and "chat" not in (await said(desk, chat))[0]
    assert await said(desk, known) == ["known"]


async def test_tickets_of_somebody_with_an_open_request_wait(desk: TestDesk, files: Files) -> None:
    old = await a_ticket(desk, files, "old")
    customer = (await desk.thread(old)).ticket.customer.id
    made = await desk.database.write(requests.note, desk.agent, "disclosure", customer=customer)
    await switched_on(desk, kind="closed", days=90)
    assert await Keeper(desk.database, files).retain() == {"closed": 0}
    await desk.database.write(requests.close, desk.agent, made.id, "done")
    assert await Keeper(desk.database, files).retain() == {"closed": 1}


async def test_a_round_is_due_once_a_night_after_its_hour(desk: TestDesk, files: Files) -> None:
    def due_at(tx: Transaction, hour: int, day: int) -> bool:
        tx.now = tx.now.replace(month=6, day=day, hour=(hour - 9) % 24, minute=30)  # the desk is in Tokyo
        return keeper.night_due(tx)

    await switched_on(desk, kind="spam", days=30)
    assert not await desk.database.read(due_at, 2, 10)
    assert await desk.database.read(due_at, 10, 10)
    await Keeper(desk.database, files).retain()
    ended = await desk.database.read(lambda tx: tx.one("SELECT began_at, ended_at FROM retention_run"))
    assert ended.ended_at is not None
    assert not await desk.database.read(keeper.night_due)


async def test_a_broken_round_goes_on(desk: TestDesk, files: Files) -> None:
    await a_ticket(desk, files, "old")
    await switched_on(desk, kind="closed", days=90)
    run = await desk.database.write(keeper.begin_round)
    await desk.database.write(retention.apply, RetentionRule(kind="closed", days=90, on=True))
    assert await desk.database.write(keeper.begin_round) == run
    await Keeper(desk.database, files).retain()
    assert await desk.database.read(lambda tx: tx.value("SELECT count(*) FROM retention_run")) == 1


@pytest.mark.parametrize("kind", ["closed", "files", "spam", "visitors", "arrivals", "audit"])
async def test_every_kind_of_rule_can_be_counted_on_a_blank_desk(desk: TestDesk, kind: str) -> None:
    channel = "" if kind == "audit" else "email"
    rule = RetentionRule(kind=kind, days=1, channel=channel)  # type: ignore[arg-type]
    assert (await desk.database.read(retention.preview, rule)).many == 0
