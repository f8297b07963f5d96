"""The pages of notices: the switch, the list, the kinds and their words, and the end of advertising."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from server.customers.store import batch
from server.customers.store.facts import OrderFact
from server.database import Transaction
from server.notices import planning, sending, settings
from server.notices.settings import NoticeSettings
from tests.web.admin.conftest import Browser, House


@pytest.fixture
async def thanked(house: House) -> None:
    """Notices are on, and an order waits to be thanked for."""
    boss = await house.agent()
    await house.database.write(settings.write, boss, NoticeSettings(on=True))
    await house.database.write(_order)
    await house.database.write(planning.follow)


def _order(tx: Transaction) -> None:
    fact: dict[str, Any] = {
        "source": "shop", "external_id": "1", "number": "R-1001", "ordered_at": tx.now - timedelta(minutes=1),
        "total": "5500", "buyer": {"name": "山田 花子", "email": "hanako@customer.example"}, "revision": 1,
    }  # fmt: skip
    _, learn = batch.KINDS["order"]
    learn(tx, msgspec.convert(fact, OrderFact))


async def test_notices_are_off_until_somebody_switches_them_on(house: House, admin: Browser) -> None:
    assert "Notices are off." in (await admin.get("/admin/notices")).text
    page = await admin.get("/admin/notice-kinds")
    typed = [*page.typed('form[method="post"]:not([action])'), ("on", "on")]
    wrong = [(name, "midnight" if name == "begins" else value) for name, value in typed]
    assert "10:00" in (await admin.post("/admin/notice-kinds", wrong)).text
    await admin.post("/admin/notice-kinds", typed)
    assert (await house.database.read(settings.read)).on
    assert "Notices are off." not in (await admin.get("/admin/notices")).text


@pytest.mark.usefixtures("thanked")
async def test_one_is_held_let_go_and_sent_again(house: House, admin: Browser) -> None:
    page = await admin.get("/admin/notices?number=r1001")
    assert "R-1001" in page.text and "Planned" in page.text
    (form,) = [each for each in page.all("td form")]
    action = form.attributes["action"]
    assert "Held back" in (await admin.post(action, {"do": "hold", "reason": "宛先の確認中"})).text
    await house.database.write(sending.send_due, "https://desk.example")
    assert "宛先の確認中" in (await admin.get("/admin/notices?state=held")).text
    await admin.post(action, {"do": "release"})
    await admin.post("/admin/notices/all", {"do": "hold", "because": "台風"})
    assert "台風" in (await admin.get("/admin/notices")).text
    await admin.post("/admin/notices/all", {"do": "release"})
    refused = await admin.post(action, {"do": "again", "reason": "x"})
    assert refused.status == 409


async def test_words_are_looked_at_saved_and_put_back(admin: Browser) -> None:
    page = await admin.get("/admin/notice-kinds/shipped/letter?channel=email&language=en")
    assert "Yamato Transport" in page.text and "1234-5678-9012" in page.text
    place = "/admin/notice-kinds/shipped/words?channel=email&language=en"
    wrong = {"do": "look", "seen": "0", "subject": "On its way", "text": "{{ parcel.colour }}"}
    assert "parcel.colour" in (await admin.post(place, wrong)).text
    refused = await admin.post(place, {**wrong, "do": "save"})
    assert refused.status == 422 and refused.value("text") == "{{ parcel.colour }}"
    good = {"do": "save", "seen": "0", "subject": "On its way", "text": "{{ customer.called }}: {{ order.number }}"}
    await admin.post(place, good)
    assert "Hanako Yamada: R-2026-00123" in (await admin.get(place.replace("/words", "/letter"))).text
    assert (await admin.post(place, good)).status == 409
    await admin.post(place, {"do": "back", "version": "0"})
    assert "Good news! Your order is on its way." in (await admin.get("/admin/notice-kinds/shipped?language=en")).text


async def test_a_kind_is_switched_on_and_is_as_it_shipped_again(admin: Browser) -> None:
    page = await admin.get("/admin/notice-kinds/delivered")
    typed = page.typed('form[action="/admin/notice-kinds/delivered"]')
    await admin.post("/admin/notice-kinds/delivered", [*typed, ("enabled", "on")])
    listed = await admin.get("/admin/notice-kinds/delivered")
    assert ("enabled", "on") in listed.typed('form[action="/admin/notice-kinds/delivered"]')
    wrong = [(name, "25:00" if name == "at" else value) for name, value in typed]
    assert (await admin.post("/admin/notice-kinds/delivered", wrong)).status == 422
    await admin.post("/admin/notice-kinds/delivered", {"do": "remove"})
    again = await admin.get("/admin/notice-kinds/delivered")
    assert ("enabled", "on") not in again.typed('form[action="/admin/notice-kinds/delivered"]')


async def test_an_address_is_written_to_no_more_and_again(admin: Browser) -> None:
    refused = await admin.post("/admin/suppressions", {"address": "no address"})
    assert refused.status == 422 and 'name="lift"' not in refused.text
    page = await admin.post("/admin/suppressions", {"address": "No@Customer.example"})
    assert "no@customer.example" in page.text
    button = next(each for each in page.all('button[name="lift"]'))
    after = await admin.post("/admin/suppressions", {"lift": button.attributes["value"]})
    assert "no@customer.example" not in after.text


@pytest.mark.usefixtures("thanked")
async def test_the_list_is_narrowed_and_many_are_changed_at_once(house: House, admin: Browser) -> None:
    (found,) = (await admin.get("/admin/notices?who=hanako@customer.example&kind=thanks")).all('input[name="ids"]')
    assert not (await admin.get("/admin/notices?who=nobody@customer.example")).all('input[name="ids"]')
    assert not (await admin.get("/admin/notices?ends=2020-01-01")).all('input[name="ids"]')
    id = found.attributes["value"]
    held = await admin.post("/admin/notices/many?kind=thanks", {"ids": id, "do": "hold", "reason": "確認中"})
    assert held.url.startswith("/admin/notices?") and "kind=thanks" in held.url and "確認中" in held.text
    refused = await admin.post("/admin/notices/many", {"ids": id, "do": "hold"})
    assert f"#{id}" in refused.text and "could not be done" in refused.text
    assert (await admin.post("/admin/notices/many", {"ids": id, "do": "burn"})).status == 422
    await admin.post("/admin/notices/all", {"do": "hold", "because": "台風"})
    for path in ("/admin/tags", "/admin/suppressions"):
        assert "台風" in (await admin.get(path)).text, "every page says so"
    customer = await house.database.read(lambda tx: tx.value("SELECT customer_id FROM notice"))
    shown = await admin.get(f"/admin/customers/{customer}?show=orders")
    assert "Thank you for the order" in shown.text and "確認中" in shown.text
    story = await admin.get(f"/admin/customers/{customer}?show=story&kind=notice")
    assert "Thank you for the order" in story.text and "Held back" in story.text


async def test_how_notices_reach_somebody_is_kept_on_their_page(house: House, admin: Browser) -> None:
    await house.database.write(_order)
    customer = await house.database.read(lambda tx: tx.value("SELECT customer_id FROM orders"))
    page = await admin.get(f"/admin/customers/{customer}")
    typed = page.typed(f'form[action="/admin/customers/{customer}"]')
    chosen = [(name, "none" if name == "notices_by" else value) for name, value in typed]
    assert chosen != typed
    await admin.post(f"/admin/customers/{customer}", chosen)
    kept = await house.database.read(lambda tx: tx.one("SELECT notices_by, kept FROM customer"))
    assert kept.notices_by == "none" and "notices_by" in kept.kept
