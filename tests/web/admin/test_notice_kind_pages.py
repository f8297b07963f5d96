"""The pages of the kinds of notices: own ones, conditions, a trial on the past, words with a preview"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from server import accounts
from server.accounts import AccountDraft
from server.customers.store import batch
from server.database import Transaction
from server.notices import kinds, planning, settings
from server.notices.settings import NoticeSettings
from tests.desks import ScriptedChannel
from tests.web.admin.conftest import Browser, House

LEGAL = {"ja": "緑茶堂 東京都千代田区1-1", "en": "Green Tea, 1-1 Chiyoda, Tokyo"}


@pytest.fixture
async def shop(house: House) -> None:
    """Three orders of one customer who agreed to advertising; notices are on."""
    boss = await house.agent()
    await house.database.write(settings.write, boss, NoticeSettings(on=True, legal=LEGAL))
    draft = AccountDraft(kind="email", name="Shop", address="shop@desk.example")
    await house.database.write(accounts.add, boss, draft, channels={"email": ScriptedChannel()}, keys=house.keys)
    await house.database.write(_facts)
    await house.database.write(planning.follow)


def _facts(tx: Transaction) -> None:
    at = (tx.now - timedelta(minutes=5)).isoformat()
    facts: list[dict[str, Any]] = [
        {"kind": "customer", "external_id": "hana", "name": "山田 花子", "birthday": "1990-05-01",
         "contacts": [{"kind": "email", "address": "hanako@customer.example"}],
         "consents": [{"purpose": "marketing", "given": True, "at": at}]},
        *({"kind": "order", "external_id": str(n), "number": f"R-100{n}", "customer": "hana", "ordered_at": at,
           "status": "delivered", "total": str(1000 * n), "lines": [{"sku": f"T-{n}", "name": "煎茶", "price": "1000"}]}
          for n in (1, 2, 3)),
    ]  # fmt: skip
    for fact in facts:
        kind, learn = batch.KINDS[fact.pop("kind")]
        learn(tx, msgspec.convert({"source": "shop", **fact}, kind))


KIND = 'form[action="/admin/notice-kinds/come_back"]'


@pytest.mark.usefixtures("shop")
async def test_a_kind_of_ones_own_is_added_tried_and_told_of(house: House, admin: Browser) -> None:
    label = {"label.ja": "ごぶさた", "label.en": "Back?"}
    new = {"name": "come_back", "trigger": "ordered", "purpose": "advertising", **label}
    assert (await admin.post("/admin/notice-kinds/new", {**new, "name": "thanks"})).status == 422
    page = await admin.post("/admin/notice-kinds/new", new)
    assert "Back?" in page.text and "Switched off" in page.text
    typed = [(name, value) for name, value in page.typed(KIND) if name not in ("days", "test.0", "value.0")]
    chosen = [*typed, ("days", "30"), ("test.0", "at_least"), ("value.0", "2000")]
    tried = await admin.post("/admin/notice-kinds/come_back", [*chosen, ("do", "try")])
    assert "it would have been sent to 2" in tried.text, tried.text[tried.text.find("What it would") :][:300]
    assert "R-1003" in tried.text and "R-1001" not in tried.text
    assert not (await house.database.read(kinds.one, "come_back")).conditions, "trying saves nothing"
    wrong = [(name, "lots" if name == "value.0" else value) for name, value in chosen]
    assert (await admin.post("/admin/notice-kinds/come_back", [*wrong, ("do", "try")])).status == 422
    assert "is no amount of money" in (await admin.post("/admin/notice-kinds/come_back", wrong)).text
    await admin.post("/admin/notice-kinds/come_back", chosen)
    (condition,) = (await house.database.read(kinds.one, "come_back")).conditions
    assert (condition.test, condition.value) == ("at_least", "2000")
    again = await admin.get("/admin/notice-kinds/come_back")
    assert ("value.0", "2000") in again.typed(KIND)
    await admin.post("/admin/notice-kinds/come_back", {"do": "remove"})
    assert "Back?" not in (await admin.get("/admin/notice-kinds")).text


@pytest.mark.usefixtures("shop")
async def test_the_letter_beside_the_words_is_of_a_real_order_or_a_sample(admin: Browser) -> None:
    page = await admin.get("/admin/notice-kinds/thanks?channel=email&language=ja")
    (frame,) = page.all('iframe[name="letter"]')
    letter = await admin.get(frame.attributes["src"])
    assert "山田 花子 様" in letter.html and "R-2026-00123" in letter.html
    policy = letter.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy and "script-src 'self';" in policy
    (mail,) = letter.all("iframe.mail")
    assert mail.attributes["sandbox"] == "allow-same-origin" and "<table" in mail.attributes["srcdoc"]
    place = "/admin/notice-kinds/thanks/words?channel=email&language=ja"
    draft = {"do": "look", "subject": "件名", "text": "{{ customer.called }}: {{ order.number }} {{ parcel.carrier }}"}
    real = await admin.post(place, {**draft, "number": "r1002"})
    assert "R-1002" in real.html and "Nothing stands in the place of" in real.text and "parcel.carrier" in real.text
    assert "There is no order" in (await admin.post(place, {**draft, "number": "nope"})).text
    wrong = await admin.post(place, {**draft, "text": "{{ order.nmae }} ご覧になられましたか {name}"})
    assert "order.nmae" in wrong.text and "ご覧になられ" in wrong.text and "A brace is left over." in wrong.text
    card = await admin.get("/admin/notice-kinds/thanks/letter?channel=line&language=en&sample=long")
    assert card.all("[data-flex]")[0].attributes["data-flex"].startswith('{"type":"flex"')
    assert "and 18 more" in card.all("[data-flex]")[0].attributes["data-flex"]


async def test_versions_say_what_changed_and_pieces_have_pages(admin: Browser) -> None:
    place = "/admin/notice-kinds/_signature/words?channel=email&language=ja"
    for seen, text in enumerate(("{{ shop.name }}\n担当 佐藤", "{{ shop.name }}\n担当 鈴木")):
        await admin.post(place, {"do": "save", "seen": str(seen), "text": text})
    page = await admin.get("/admin/notice-kinds/_signature?channel=email&language=ja&diff=2")
    assert [node.text().strip() for node in page.all(".diff .gone")] == ["-担当 佐藤"]
    assert [node.text().strip() for node in page.all(".diff .come")] == ["+担当 鈴木"]
    layout = await admin.get("/admin/notice-kinds/_layout?language=ja")
    assert "{{ letter }}" in layout.value("text")
    refused = await admin.post("/admin/notice-kinds/_layout/words?language=ja", {"seen": "0", "text": "<p>nothing</p>"})
    assert refused.status == 422
    values = await admin.get("/admin/notice-kinds/values")
    assert "customer.called" in values.text and "business" in values.text
