"""Orders move, and customers are told: over real SMTP and on phones with LINE, at the hour, once, and answered."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from channels.line.simulator import Person, Simulator, serving
from server.database import now
from tests.bad_days.line_sigkill import SDK, SECRET
from tests.channels.email.network import MailServer
from tests.desks import until
from tests.journeys.test_machines import a_bounce
from tests.servers import TARO, Agent, Desk, Nursery, Street, a_mail, an_answer, read_mail, words_of
from tests.servers.moved import CLOCK, move

TOKYO = ZoneInfo("Asia/Tokyo")
PATIENCE = 60.0


@pytest.fixture(scope="module")
def moving() -> Iterator[Nursery]:
    """Where desks are forked from whose clock can be moved."""
    opened = Nursery("tests.servers.moving", SDK)
    yield opened
    opened.close()


@dataclass
class Shop:
    """A shop, its desk, its mail and its LINE. `at` is the desk's time."""

    desk: Desk
    agent: Agent
    relay: MailServer
    line: Simulator
    clock: Path
    at: datetime

    async def told(self, kind: str, **fact: Any) -> None:
        """The shop's system tells something."""
        body = {"source": "shop", "revision": int(self.at.timestamp()), **fact}
        answer = await self.agent.ask("POST", f"/store/{kind}s", body)
        assert answer.status == 200, answer.text

    async def order(self, number: str, **more: Any) -> None:
        """Somebody buys two cups on account."""
        await self.told("order", external_id=number, number=number, ordered_at=self.at.isoformat(), total="5500",
                        lines=[{"name": "湯呑み", "quantity": 2, "price": "2750"}], **more)  # fmt: skip

    async def parcel(self, order: str, **more: Any) -> None:
        """A parcel of an order is on its way."""
        self.at += timedelta(seconds=1)
        await self.told("shipment", external_id=f"s{order}", order=order, carrier="ヤマト運輸",
                        tracking_number="1234-5678-9012", status="shipped", shipped_at=self.at.isoformat(),
                        **more)  # fmt: skip

    async def later(self, at: datetime) -> None:
        """The clock is moved, and the desk looks at it."""
        self.at = at
        move(self.clock, at - now())
        assert (await self.agent.ask("PUT", "/notice-hold", {"reason": "the clock"})).status == 200
        assert (await self.agent.ask("DELETE", "/notice-hold")).status == 204

    async def mails(self, many: int) -> list[EmailMessage]:
        """Wait until so many have left; all of them."""
        await until(lambda: len(self.relay.got) >= many, PATIENCE)
        assert len(self.relay.got) == many, [str(read_mail(one)["Subject"]) for one in self.relay.got]
        return [read_mail(one) for one in self.relay.got]

    async def notices(self, **wanted: str) -> list[Any]:
        """Those that the API lists, first of all first."""
        asked = "&".join(f"{name}={value}" for name, value in wanted.items())
        return list(reversed((await self.agent.get(f"/notices?limit=100&{asked}"))["items"]))

    async def fate(self, number: str, kind: str, fate: str) -> Any:
        """Wait until a notice about an order fares so."""

        async def look() -> Any:
            found = [one for one in await self.notices(number=number, kind=kind) if one["fate"] == fate]
            return found[0] if found else None

        return await until(look, PATIENCE)


@pytest.fixture
async def shop(
    tmp_path: Path, blank_sqlite: Path, moving: Nursery, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shop]:
    """It is noon of a Friday in Tokyo, and notices are on."""
    database = tmp_path / "desk.db"
    shutil.copyfile(blank_sqlite, database)
    clock = tmp_path / "clock"
    monkeypatch.setenv(CLOCK, str(clock))
    street = Street(tmp_path, moving, lambda: f"sqlite:///{database}")
    try:
        line = Simulator("1656000001", SECRET)
        relay, served = await street.relay(), await street.enter(serving(line))
        desk = street.desk()
        desk.settings["test_clock"] = str(clock)
        await desk.mailbox(relay)
        account = await desk.account(
            "line", "@216ru", name="LINE", channel_id=line.channel_id, channel_secret=SECRET, access_token=line.token,
            acknowledge=False, **dict.fromkeys(("api_base", "data_base", "sticker_base"), served.api_base),
        )  # fmt: skip
        line.webhooks.url = f"{desk.url}/line/webhook/{account}"
        today = now().astimezone(TOKYO)
        friday = (today + timedelta(days=(4 - today.weekday()) % 7 or 7)).replace(hour=12, minute=0, second=0)
        move(clock, friday - now())
        agent = await desk.agent()
        await desk.start()
        at = Shop(desk, agent, relay, line, clock, friday)
        assert (await agent.ask("PUT", "/notice-settings", {"on": True})).status == 200
        kinds = {one["name"]: one for one in await agent.get("/notice-kinds")}
        evening = {**kinds["shipped"], "wait": {"at": "17:00"}}
        assert (await agent.ask("PUT", "/notice-kinds/shipped", evening)).status == 200
        yield at
    finally:
        await street.close()


async def test_an_orders_mails_leave_at_their_hours_and_their_answers_stand_on_its_ticket(shop: Shop) -> None:
    pay = {"external_id": "p1", "order": "R-1", "method": "bank", "amount": "5500", "at": shop.at.isoformat()}
    await shop.order("R-1", buyer={"name": "田中 太郎", "email": TARO})
    (thanks,) = await shop.mails(1)
    assert "R-1" in thanks["Subject"] and "湯呑み" in words_of(thanks) and "田中 太郎 様" in words_of(thanks)
    assert thanks["Auto-Submitted"] and thanks["List-Unsubscribe"] is None
    assert thanks.get_content_type() == "multipart/alternative"
    drawn = thanks.get_body(("html",))
    assert drawn is not None and "<table" in drawn.get_content() and "湯呑み × 2</td>" in drawn.get_content()

    await shop.order("R-1", buyer={"name": "田中 太郎", "email": TARO})
    await shop.told("payment", **pay, status="paid")
    paid = (await shop.mails(2))[1]
    assert "R-1" in paid["Subject"] and "入金" in paid["Subject"]

    tomorrow = (shop.at + timedelta(days=1)).replace(hour=18)
    await shop.parcel("R-1", expected_at=tomorrow.isoformat())
    planned = await shop.fate("R-1", "shipped", "planned")
    assert datetime.fromisoformat(planned["due_at"]).astimezone(TOKYO).hour == 17
    await shop.later(shop.at.replace(hour=16, minute=59))
    assert (await shop.fate("R-1", "shipped", "planned"))["due_at"] == planned["due_at"]
    await shop.later(shop.at.replace(hour=17, minute=0, second=5))
    shipped = (await shop.mails(3))[2]
    assert "1234-5678-9012" in words_of(shipped) and "ヤマト運輸" in words_of(shipped)

    await shop.parcel("R-1", expected_at=(tomorrow + timedelta(days=2)).isoformat())
    late = (await shop.mails(4))[3]
    assert "R-1" in late["Subject"]
    day = tomorrow + timedelta(days=2)
    assert f"{day.month}月{day.day}日" in words_of(late)

    await shop.desk.mail(an_answer(shipped, "置き配にしてください。"))
    (row,) = await shop.agent.has_tickets(1, PATIENCE)
    messages = await shop.agent.has_messages(row["number"], 2, PATIENCE)
    assert [one["kind"] for one in messages] == ["auto", "customer"]
    assert "1234-5678-9012" in messages[0]["text"] and messages[1]["text"] == "置き配にしてください。"
    await shop.desk.mail(an_answer(thanks, "領収書もください。"))
    assert len(await shop.agent.has_messages(row["number"], 4, PATIENCE)) == 4
    assert len(await shop.agent.tickets()) == 1

    for kind in ("thanks", "paid", "shipped", "delayed"):
        await shop.fate("R-1", kind, "sent")
    story = (await shop.agent.get(f"/customers/{row['customer']['id']}/timeline?kinds=notice"))["items"]
    assert {(one["title"], one["status"]) for one in story if one["notice"]} == {
        ("thanks", "sent"), ("paid", "sent"), ("shipped", "sent"), ("delayed", "sent")}  # fmt: skip

    assert (await shop.desk.mail(a_bounce(late), sender="")).startswith("250")
    task = await shop.fate("R-1", "delayed", "task")
    assert "User unknown" in task["words"]
    note = (await shop.agent.has_messages(row["number"], 5, PATIENCE))[-1]
    assert note["kind"] == "note" and "R-1" in note["text"] and f"{day.month}月{day.day}日" in note["text"]
    (stopped,) = await shop.agent.get("/suppressions")
    assert (stopped["address"], stopped["reason"]) == (TARO, "bounce")
    assert len(shop.relay.got) == 4, "nobody is written to once more by itself"


def _phone(person: Person) -> list[str]:
    return [str(bubble.message.get("altText") or bubble.text) for bubble in person.phone]


async def _linked(shop: Shop, person: Person, **more: Any) -> None:
    contacts = [{"kind": "line", "address": person.id}, {"kind": "email", "address": f"{person.name}@mail.example"}]
    await shop.told("customer", external_id=person.name, name=person.name, language="ja", contacts=contacts, **more)


async def test_on_line_where_they_are_linked_by_mail_where_that_is_closed(shop: Shop) -> None:
    shop.line.quota = 2
    hana, ken, emi = (shop.line.person(name, friend=True) for name in ("hana", "ken", "emi"))
    for person in (hana, ken):
        await _linked(shop, person)
    await _linked(shop, emi, notices_by="email")
    await shop.order("L-1", customer="hana")
    await until(lambda: _phone(hana), PATIENCE)
    assert "L-1" in str(hana.phone[0].message)
    (card,) = [one.message for one in hana.phone]
    assert card["type"] == "flex" and "L-1" in card["altText"] and card["contents"]["type"] == "bubble"
    hana.text("色を変えられますか。")
    (row,) = await shop.agent.has_tickets(1, PATIENCE)
    messages = await shop.agent.has_messages(row["number"], 2, PATIENCE)
    assert [one["kind"] for one in messages] == ["auto", "customer"] and "L-1" in messages[0]["text"]
    (told,) = await shop.notices(number="L-1")
    assert (told["way"], told["ticket"]) == ("line", row["number"])

    await shop.order("L-2", customer="emi")
    assert str((await shop.mails(1))[0]["To"]) == "emi <emi@mail.example>"
    assert emi.phone == []

    ken.unfollow()
    await until(lambda: shop.desk.count("contact", f"address = '{ken.id}' AND NOT reachable"), PATIENCE)
    await shop.order("L-3", customer="ken")
    assert "L-3" in (await shop.mails(2))[1]["Subject"]

    shop.line.fail_next(400, path="/message/push", message="Failed to send messages")
    await shop.told("payment", external_id="p1", order="L-1", method="bank", amount="5500", status="paid",
                    at=shop.at.isoformat())  # fmt: skip
    assert "L-1" in (await shop.mails(3))[2]["Subject"]
    assert (await shop.fate("L-1", "paid", "sent"))["way"] == "email"

    await shop.order("L-5", customer="hana")
    await until(lambda: len(hana.phone) == 2, PATIENCE)
    pushes = sum("/message/push" in call.path for call in shop.line.calls)
    await shop.order("L-4", customer="hana")
    assert str((await shop.mails(4))[3]["To"]).endswith("<hana@mail.example>")
    assert sum("/message/push" in call.path for call in shop.line.calls) == pushes, "LINE was not even asked"
    assert len(hana.phone) == 2


async def test_what_a_person_does_with_notices_and_one_switch_over_all(shop: Shop) -> None:
    await shop.desk.mail(a_mail("こんにちは。"))
    ask = shop.agent.ask
    assert (await ask("PUT", "/notice-hold", {"reason": "台風"})).status == 200
    assert (await shop.agent.get("/desk"))["notices_held"] == "台風"
    for number in ("H-1", "H-2", "H-3"):
        await shop.order(number, buyer={"name": "田中 太郎", "email": TARO})
        await shop.fate(number, "thanks", "planned")
    first, second, _ = (one["id"] for one in await shop.notices(who=TARO))
    many = (await ask("POST", "/notices/many", {"ids": [first, second, 999], "do": "hold", "reason": "確認中"})).json
    assert (many["done"], list(many["refused"])) == ([first, second], ["999"])
    assert (await ask("POST", f"/notices/{second}/cancel", {"reason": "電話で伝えた"})).status == 204
    assert (await ask("DELETE", "/notice-hold")).status == 204
    (left,) = await shop.mails(1)
    assert "H-3" in left["Subject"]
    assert (await ask("POST", f"/notices/{first}/release")).status == 204
    assert "H-1" in (await shop.mails(2))[1]["Subject"]
    assert (await ask("POST", f"/notices/{first}/again", {"reason": " "})).status == 422
    assert (await ask("POST", f"/notices/{first}/again", {"reason": "届いていないとのこと"})).status == 200
    again = (await shop.mails(3))[2]
    assert "H-1" in again["Subject"] and again["Message-ID"] != read_mail(shop.relay.got[1])["Message-ID"]
    day = shop.at.date().isoformat()
    assert [one["number"] for one in await shop.notices(state="cancelled", begins=day, ends=day)] == ["H-2"]
    assert await shop.notices(ends=(shop.at - timedelta(days=1)).date().isoformat()) == []
