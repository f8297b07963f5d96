"""The end of advertising: one click of a mail program (RFC 8058) or a button on a page, and never by looking."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from aiohttp import ClientSession

from server.agents import DESK
from server.customers.store import batch
from server.database import Transaction
from server.notices import kinds, planning, sending, settings
from server.notices.kinds import Wait
from server.notices.settings import NoticeSettings
from tests.web.house import House

LEGAL = {"ja": "緑茶堂 東京都千代田区1-1", "en": "Green Tea, 1-1 Chiyoda, Tokyo"}


def _advertise(tx: Transaction, public_url: str) -> Any:
    """A customer who agreed gets an advertising letter; its body and the notice's secret."""
    settings.write(tx, DESK, NoticeSettings(on=True, legal=LEGAL))
    wait = Wait()
    kinds.save(tx, DESK, msgspec.structs.replace(kinds.OURS["review"], enabled=True, wait=wait, quiet=False))
    at = (tx.now - timedelta(minutes=5)).isoformat()
    facts: list[dict[str, Any]] = [
        {"kind": "customer", "external_id": "hana", "name": "山田 花子",
         "contacts": [{"kind": "email", "address": "hanako@customer.example"}],
         "consents": [{"purpose": "marketing", "given": True, "at": at}]},
        {"kind": "order", "external_id": "1", "number": "R-1001", "customer": "hana", "ordered_at": at,
         "status": "delivered", "lines": [{"sku": "T-1", "name": "煎茶", "price": "1000"}]},
    ]  # fmt: skip
    for fact in facts:
        kind, learn = batch.KINDS[fact.pop("kind")]
        learn(tx, msgspec.convert({"source": "shop", **fact}, kind))
    planning.plan(tx, [f"order:{tx.value('SELECT id FROM orders')}"])
    while sending.send_due(tx, public_url):
        pass
    return tx.one("SELECT n.token, l.body FROM notice n JOIN letter l ON l.id = n.letter_id WHERE n.kind = 'review'")


async def test_advertising_is_ended_by_one_click_and_never_by_looking(small_house: House) -> None:
    house = small_house
    await house.mailbox()
    database = house.parts.database
    letter = await database.write(_advertise, house.base)
    address = letter.body["unsubscribe_url"]
    assert address == f"{house.base}/notices/stop/{letter.token}"
    assert LEGAL["ja"] in letter.body["text"] and address in letter.body["html"]

    async def rows(sql: str) -> list[Any]:
        return await database.read(lambda tx: tx.all(sql))

    async with ClientSession() as mail_program:
        async with mail_program.get(f"{address}?lang=en") as looked:
            assert looked.status == 200 and "no more advertising" in await looked.text()
        assert not await rows("SELECT * FROM suppression")
        click, elsewhere = {"List-Unsubscribe": "One-Click"}, {"Sec-Fetch-Site": "cross-site"}
        async with mail_program.post(address, data=click, headers=elsewhere) as ended:
            assert ended.status == 200
        (stopped,) = await rows("SELECT * FROM suppression")
        assert (stopped.address, stopped.purpose, stopped.reason) == (
            "hanako@customer.example",
            "advertising",
            "opt_out",
        )
        async with mail_program.post(address, data={"do": "resume"}) as resumed:
            assert resumed.status == 200
        assert not await rows("SELECT * FROM suppression")
        assert [bool(row.given) for row in await rows("SELECT given FROM consent ORDER BY id")] == [True, False, True]
        async with mail_program.get(f"{address}x") as nowhere:
            assert nowhere.status == 404
