"""Days of a customer's own, articles that are back, and what a kind's conditions leave out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from server.customers import attributes
from server.customers.attributes import AttributeView
from server.customers.store import batch
from server.database import Transaction
from server.errors import Invalid
from server.notices import conditions, kinds, matters, planning, queries, rounds, sending, settings
from server.notices.kinds import Kind, KindCondition, Wait
from server.notices.settings import NoticeSettings
from tests.desks import TestDesk

LEGAL = {"ja": "緑茶堂 東京都千代田区1-1", "en": "Green Tea, 1-1 Chiyoda, Tokyo"}


class Days:
    """The desk by day: what is told, planned and sent at a time in these tests' hands."""

    def __init__(self, desk: TestDesk, at: datetime) -> None:
        self.desk = desk
        self.at = at

    async def tell(self, kind: str, **fact: Any) -> None:
        """A source tells something."""
        await self.desk.database.write(_learn, self.at, {"kind": kind, "source": "shop", **fact})

    async def person(self, name: str, **fact: Any) -> None:
        """A customer who agreed to advertising."""
        yes = [{"purpose": "marketing", "given": True, "at": "2026-01-01T00:00:00Z"}]
        contacts = [{"kind": "email", "address": f"{name}@customer.example"}]
        await self.tell("customer", external_id=name, name=name, contacts=contacts, consents=yes, **fact)

    async def work(self, *, only_rounds: bool = False) -> list[str]:
        """Plan and send; to whom letters went, in all."""
        await self.desk.database.write(_work, self.at, only_rounds)
        rows = await self.desk.database.read(lambda tx: tx.all("SELECT recipient FROM letter ORDER BY id"))
        return [row.recipient.partition("@")[0] for row in rows]

    async def states(self) -> list[tuple[str, str, str]]:
        """Kind, state and reason of all notices."""
        page = await self.desk.database.read(lambda tx: queries.page(tx, limit=100))
        return [(each.kind, each.state, each.reason) for each in reversed(page.items)]

    async def kind(self, name: str, **change: Any) -> Kind:
        """Switch a kind on, changed."""
        before = kinds.OURS.get(name) or Kind(name=name, label={"ja": name}, trigger="birthday")
        wanted = msgspec.structs.replace(before, enabled=True, **change)
        return await self.desk.database.write(kinds.save, self.desk.agent, wanted)


def _learn(tx: Transaction, at: datetime, fact: dict[str, Any]) -> None:
    tx.now = at
    kind, learn = batch.KINDS[fact.pop("kind")]
    learn(tx, msgspec.convert(fact, kind))


def _work(tx: Transaction, at: datetime, only_rounds: bool) -> None:
    tx.now = at
    if only_rounds:
        tx.run("UPDATE notice_desk SET seen = (SELECT max(seq) FROM change)")
    while planning.follow(tx):
        pass
    while rounds.walk(tx):
        pass
    while sending.send_due(tx, "https://desk.example"):
        pass


@pytest.fixture
async def days(desk: TestDesk) -> Days:
    """Notices are on, and advertising says who sends it; noon in Tokyo on Thursday, 26 February 2026."""
    await desk.database.write(settings.write, desk.agent, NoticeSettings(on=True, legal=LEGAL, advertising_most=9))
    return Days(desk, datetime(2026, 2, 26, 3, tzinfo=UTC))


async def test_birthdays_are_kept_once_a_year_on_their_day(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "AT_ONCE", 2)
    for name, birthday in (
        ("leap", "1996-02-29"),
        ("feb", "1980-02-28"),
        ("third", "2001-02-28"),
        ("may", "1980-05-01"),
    ):
        await days.person(name, birthday=birthday)
    await days.kind("birthday")
    assert await days.work(only_rounds=True) == []
    days.at = datetime(2026, 2, 28, 0, 59, tzinfo=UTC)
    assert await days.work(only_rounds=True) == []
    days.at = datetime(2026, 2, 28, 1, 1, tzinfo=UTC)  # 10:01 in Tokyo
    assert sorted(await days.work()) == ["feb", "leap", "third"]
    days.at = datetime(2026, 3, 1, 1, 1, tzinfo=UTC)
    assert len(await days.work()) == 3
    days.at = datetime(2027, 2, 28, 1, 1, tzinfo=UTC)
    assert len(await days.work(only_rounds=True)) == 6
    days.at = datetime(2028, 2, 28, 1, 1, tzinfo=UTC)
    assert (await days.work(only_rounds=True))[6:] == ["feb", "third"]
    days.at = datetime(2028, 2, 29, 1, 1, tzinfo=UTC)
    assert (await days.work(only_rounds=True))[8:] == ["leap"]


async def test_a_birthday_that_is_told_late_or_corrected_counts_as_it_stands(days: Days) -> None:
    await days.kind("birthday", wait=Wait(days=-1, at="18:00"))
    await days.person("hana", birthday="1990-02-27", revision=1)
    await days.work()
    assert await days.states() == [("birthday", "planned", "")]
    await days.person("hana", birthday="1990-05-27", revision=2)
    days.at = datetime(2026, 2, 26, 10, tzinfo=UTC)
    assert await days.work() == []
    await days.tell("customer", external_id="hana", revision=3, birthday="1990-02-27")
    assert await days.work() == ["hana"]


async def test_so_long_after_the_last_purchase_and_on_a_date_of_the_shops_own(days: Days) -> None:
    field = AttributeView(name="anniversary", kind="date", label_ja="記念日", label_en="Anniversary")
    await days.desk.database.write(attributes.put, days.desk.agent, field)
    await days.person("hana", attributes={"anniversary": "2019-03-05"})
    await days.person("taro")
    order = {"number": "R-1", "total": "500", "ordered_at": "2025-12-03T03:00:00Z", "status": "delivered"}
    await days.tell("order", external_id="1", customer="taro", **order)
    wait = Wait(days=90, at="11:00")
    await days.kind("come_back", trigger="last_purchase", label={"ja": "お久しぶりです"}, wait=wait)
    await days.kind("anniversary", trigger="attribute", attribute="anniversary", wait=Wait(days=-2, at="09:00"))
    with pytest.raises(Invalid, match="another look"):
        await days.kind("nowhere", trigger="attribute", attribute="nothing")
    for name in ("come_back", "anniversary"):
        await days.desk.database.write(_words, name)
    assert await days.work(only_rounds=True) == []
    days.at = datetime(2026, 3, 3, 2, 1, tzinfo=UTC)  # 90 days after 3 December, 11:01 in Tokyo
    assert sorted(await days.work(only_rounds=True)) == ["hana", "taro"]
    await days.tell("order", external_id="2", customer="taro", **{**order, "ordered_at": "2026-03-03T03:00:00Z"})
    days.at = datetime(2026, 3, 4, 2, 1, tzinfo=UTC)
    assert len(await days.work()) == 2


def _words(tx: Transaction, kind: str) -> None:
    text = "{{ customer.called }}\n{{ shop.legal }} {{ unsubscribe_url }}"
    tx.insert("notice_template", kind=kind, channel="email", language="ja", version=1, subject="件名", text=text,
              html="", card="", by_whom="t", created_at=tx.now)  # fmt: skip


async def test_who_waits_for_an_article_hears_once_that_it_is_back(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "AT_ONCE", 2)
    await days.kind("back_in_stock")
    for name in ("a", "b", "c", "d", "other"):
        await days.person(name)
        sku = "cup-2" if name == "other" else "tea-1"
        await days.tell("interaction", external_id=name, customer=name, what="wish", data={"sku": sku},
                        at="2026-02-20T00:00:00Z")  # fmt: skip
    tea = {"external_id": "TEA-1", "name": "煎茶 100g", "url": "https://shop.example/tea"}
    await days.tell("stock", **tea, available=False, revision=1)
    assert await days.work() == []
    await days.tell("stock", **tea, available=True, revision=2)
    assert sorted(await days.work()) == ["a", "b", "c", "d"]
    letter = await days.desk.database.read(lambda tx: tx.first("SELECT * FROM letter"))
    assert "煎茶 100g" in letter.subject and "https://shop.example/tea" in letter.body["text"]
    for revision, available in ((3, False), (4, True), (4, True), (2, True)):
        await days.tell("stock", **tea, available=available, revision=revision)
    assert len(await days.work()) == 4
    await days.tell("interaction", external_id="e", customer="other", what="wish", data={"sku": "TEA-1"},
                    at="2026-02-27T00:00:00Z")  # fmt: skip
    assert len(await days.work()) == 4, "it can be had already"


async def test_advertising_needs_to_say_who_sends_it(days: Days) -> None:
    write = days.desk.database.write
    await days.kind("birthday")
    await write(settings.write, days.desk.agent, NoticeSettings(on=True))
    with pytest.raises(Invalid, match="another look"):
        await days.kind("review")
    await days.person("hana", birthday="1990-02-26")
    assert await days.work() == []
    assert await days.states() == [("birthday", "skipped", "no_sender")]


CHOICES: list[tuple[Any, str, bool, list[str]]] = [
    ("first_order", "", False, ["1"]),
    ("first_order", "", True, ["2"]),
    ("product", "煎茶", False, ["1", "2"]),
    ("product", "湯呑み", False, []),
    ("sku", "tea-1", True, []),
    ("rank", "ゴールド", False, ["1", "2"]),
    ("tag", "vip", False, []),
    ("language", "ja", True, ["1", "2"]),
    ("at_least", "1000", False, ["2"]),
    ("shop", "本店", False, ["1"]),
]


async def test_conditions_choose(days: Days) -> None:
    await days.person("hana", member_rank="ゴールド")
    for id, total, shop in (("1", "500", "本店"), ("2", "1500", "支店")):
        await days.tell("order", external_id=id, number=f"R-{id}", customer="hana", total=total, shop=shop,
                        ordered_at=f"2026-02-26T02:5{id}:00Z",
                        lines=[{"sku": "TEA-1", "name": "煎茶 100g", "price": total}])  # fmt: skip

    def look(tx: Transaction) -> list[list[str]]:
        orders = [matters.several(tx, "order", row.id)[0] for row in tx.all("SELECT id FROM orders ORDER BY id")]
        chosen = []
        for test, value, no, _ in CHOICES:
            conditions_of = [KindCondition(test=test, value=value, no=no)]
            kind = msgspec.structs.replace(kinds.OURS["thanks"], conditions=conditions_of)
            held = [each.order for each in orders if conditions.hold(tx, kind, each)]
            chosen.append([order.external_id for order in held if order is not None])
        return chosen

    assert await days.desk.database.read(look) == [sent for *_, sent in CHOICES]
