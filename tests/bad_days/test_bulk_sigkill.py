"""A desk that is killed in the middle of a bulk letter sends it to everybody, and to nobody twice."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec

from server.customers.store import batch
from server.database import Transaction
from tests.bad_days.sigkill import SlowRelay
from tests.channels.email.network import mail_server
from tests.desks import until
from tests.servers import Agent, Street, read_mail
from tests.servers.process import Desk

BUYERS = 45
KILLS = 2


async def test_killed_while_it_lists_and_while_it_sends_everybody_gets_it_once(street: Street) -> None:
    desk = street.desk()
    async with mail_server(SlowRelay()) as relay:
        await desk.mailbox(relay)
        await desk.unit(_sold)
        writer, second = await desk.agent(), await desk.agent("second@shop.example", role="lead")
        await desk.start()
        made = await _asked(writer, "POST", "/bulk-letters", {"name": "遅延", "content": _content()}, status=201)
        bulk = made["id"]
        await desk.kill()
        await desk.start()
        listed = await until(lambda: _when(writer, bulk, "listing", "whole"), 60)
        assert listed["counts"]["ways"] == {"email": BUYERS}
        await _asked(writer, "POST", f"/bulk-letters/{bulk}/ask", {"version": listed["version"]})
        refused = await writer.ask("POST", f"/bulk-letters/{bulk}/approve", {"version": listed["version"]})
        assert refused.status == 403
        await _asked(second, "POST", f"/bulk-letters/{bulk}/approve", {"version": listed["version"]})
        for kill in range(1, KILLS + 1):
            await until(lambda many=kill: len(relay.got) >= many * BUYERS // (KILLS + 2), 60)
            await desk.kill()
            await desk.start()
        done = await until(lambda: _when(writer, bulk, "state", "done"), 60)
        assert done["counts"]["skipped"] == 0
        # what the dead had in their hands is taken up at once; their lease of minutes is not waited for
        at_once = "UPDATE letter SET next_at = :now WHERE state IN ('waiting', 'sending') AND next_at > :now"
        await desk.unit(lambda tx: tx.run(at_once, now=tx.now))
        await until(lambda: _delivered(desk), 60)
        ids: dict[str, set[str]] = defaultdict(set)
        for got in relay.got:
            (recipient,) = got.recipients
            mail = read_mail(got)
            ids[recipient].add(str(mail["Message-ID"]))
            assert recipient.partition("@")[0].removeprefix("c") in str(mail["Subject"])
        assert set(ids) == {f"c{n}@customer.example" for n in range(BUYERS)}
        # a letter whose taking could not be written down any more is offered again, under the Message-ID it had
        assert {len(each) for each in ids.values()} == {1}, "a second letter to the same customer"
        assert await desk.count("notice", "kind = 'bulk' AND state = 'sent'") == BUYERS


def _content() -> dict[str, Any]:
    words = {"way": "email", "language": "ja", "subject": "お詫び {{ order.number }}", "text": "{{ customer.called }}"}
    return {"choice": {"by": "buyers", "product": "TEA-1"}, "words": [words], "quiet": False}


def _sold(tx: Transaction) -> None:
    kind, learn = batch.KINDS["order"]
    for n in range(BUYERS):
        fact = {
            "source": "shop", "external_id": str(n), "number": f"R-{n}", "revision": 1, "total": "1980",
            "ordered_at": "2026-11-10T03:00:00Z", "buyer": {"name": f"客 {n}", "email": f"c{n}@customer.example"},
            "lines": [{"sku": "TEA-1", "name": "煎茶", "quantity": 1, "price": "1980"}],
        }  # fmt: skip
        learn(tx, msgspec.convert(fact, kind))


async def _asked(agent: Agent, method: str, path: str, body: Any, status: int = 200) -> Any:
    answer = await agent.ask(method, path, body)
    assert answer.status == status, answer.text
    return answer.json


async def _delivered(desk: Desk) -> bool:
    return await desk.count("letter", "state = 'delivered'") == BUYERS


async def _when(agent: Agent, bulk: int, name: str, value: str) -> Any:
    found = await agent.get(f"/bulk-letters/{bulk}")
    return found if found[name] == value else None
