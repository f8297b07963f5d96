"""Contacts through the JSON API: pictures, limits, whose they are, how they show it; and public files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from channels.contract import Arrival, Attachment, ContactChanged, Party, Raw
from channels.line.reading import EVENT
from server import accounts, customers
from server.accounts import AccountDraft
from server.agents import DESK
from server.customers.profiles import Picture
from server.database import Engine
from tests.web.house import House, open_house

NOWHERE = "http://127.0.0.1:9"
USER = "U" + "1" * 32
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
async def house(engine: Engine, tmp_path: Path) -> AsyncIterator[House]:
    """A desk with a LINE account, of a LINE that nobody reaches."""
    async with open_house(engine, tmp_path) as house:
        parts = house.parts
        hosts = {"api_base": NOWHERE, "data_base": NOWHERE, "dialog_base": NOWHERE, "sticker_base": NOWHERE}
        settings = {"channel_id": "1657000000", "channel_secret": "s", "access_token": "t", **hosts}
        draft = AccountDraft(kind="line", name="LINE", address="@216ru", settings=settings)
        await house.database.write(accounts.add, DESK, draft, channels=parts.channels, keys=parts.keys)
        await parts.desk.load_accounts()
        parts.channels["line"].prepare(parts.desk)  # type: ignore[attr-defined]
        yield house
        await parts.channels["line"].close()  # type: ignore[attr-defined]


async def said(house: House, text: str = "こんにちは") -> int:
    """Somebody writes on LINE; the ticket's number."""
    (account,) = house.parts.desk.accounts("line")
    event: dict[str, Any] = {
        "type": "message",
        "mode": "active",
        "timestamp": int(datetime.now(UTC).timestamp() * 1000),
        "source": {"type": "user", "userId": USER},
        "webhookEventId": text,
        "deliveryContext": {"isRedelivery": False},
        "message": {"type": "text", "id": text, "text": text, "quoteToken": "q"},
    }
    arrival = Arrival(account, text, Raw(orjson.dumps(event)), EVENT, datetime.now(UTC))
    number = (await house.parts.desk.accept(arrival)).ticket
    assert number is not None
    return number


async def test_a_contact_has_the_picture_that_its_network_shows(house: House) -> None:
    number, aoi = await said(house), await house.at_work()
    stored = house.parts.files.keep(iter([PNG]))
    contact = await house.database.read(customers.contact_of, Party("line", USER))
    assert contact is not None
    told = ContactChanged(Party("line", USER, "美咲"), datetime.now(UTC), language="ja", status_message="うつわが好き")
    await house.database.write(customers.told, contact, told, Picture(stored.digest, "image/png"))
    shown = (await aoi.api("GET", f"/tickets/{number}")).json["customer"]
    assert shown["name"] == "美咲"
    (seen,) = shown["contacts"]
    assert (seen["language"], seen["status_message"]) == ("ja", "うつわが好き")
    picture = await aoi.api("GET", seen["picture"].removeprefix("/api/v1"))
    assert (picture.status, picture.body) == (200, PNG)
    assert picture.headers["Content-Type"] == "image/png"
    assert (await house.stranger().api("GET", f"/contacts/{contact}/picture")).status == 401
    assert (await aoi.api("GET", "/contacts/999/picture")).status == 404


async def test_an_agent_says_whose_a_contact_is(house: House) -> None:
    number, aoi = await said(house), await house.at_work()
    known = await house.database.write(customers.identify, Party("email", "misaki@customer.example", "山田 美咲"))
    contact = await house.database.read(customers.contact_of, Party("line", USER))
    moved = await aoi.api("PUT", f"/contacts/{contact}/customer", {"customer": known.customer_id})
    assert {one["kind"] for one in moved.json["contacts"]} == {"line", "email"}
    assert (await aoi.api("GET", f"/tickets/{number}")).json["ticket"]["customer"]["id"] == known.customer_id
    assert (await aoi.api("PUT", f"/contacts/{contact}/customer", {"customer": 999})).status == 404
    viewer = await house.at_work("Vera", "viewer")
    refused = await viewer.api("PUT", f"/contacts/{contact}/customer", {"customer": known.customer_id})
    assert refused.status == 403


async def test_a_customer_is_shown_the_way_to_the_chat_and_a_contact_the_way_to_be_known(house: House) -> None:
    await said(house)
    aoi, (account,) = await house.at_work(), house.parts.desk.accounts("line")
    known = await house.database.write(customers.identify, Party("email", "misaki@customer.example", "山田 美咲"))
    way = await aoi.api("POST", f"/customers/{known.customer_id}/links", {"account": account.id})
    assert way.json["code"] in way.json["url"]
    await said(house, f"続きです {way.json['code']}")
    contacts = (await aoi.api("GET", f"/customers/{known.customer_id}")).json["contacts"]
    assert {one["kind"] for one in contacts} == {"line", "email"}
    contact = next(one["id"] for one in contacts if one["kind"] == "line")
    link = await aoi.api("GET", f"/contacts/{contact}/link?account={account.id}")
    assert f"/line/link/{account.id}/{USER}/" in link.json["url"]
    mailbox = await house.mailbox()
    assert (await aoi.api("GET", f"/contacts/{contact}/link?account={mailbox}")).status == 422


async def test_the_composer_is_told_what_a_message_may_hold(house: House) -> None:
    aoi, (account,) = await house.at_work(), house.parts.desk.accounts("line")
    limits = (await aoi.api("GET", f"/accounts/{account.id}/limits")).json
    assert (limits["text_units"], limits["bubbles"], limits["choices"], limits["left"]) == (5000, 5, 13, None)
    free = (await aoi.api("GET", f"/accounts/{await house.mailbox()}/limits")).json
    assert set(free.values()) == {None}


async def test_a_published_file_is_for_everybody_who_has_its_address(house: House) -> None:
    (account,) = house.parts.desk.accounts("line")
    desk, stranger = house.parts.desk, house.stranger()
    for name, kind, shown in (
        ("湯のみ.png", "image/png", True),
        ("x.svg", "image/svg+xml", False),
        ("a.html", "text/html", False),
    ):
        file = Attachment(name, kind, len(PNG), lambda: iter([PNG]))
        url = await desk.publish(account, f"letter:{name}", file)
        assert url == await desk.publish(account, f"letter:{name}", file)
        path = url.removeprefix(desk.public_url)
        async with stranger.http.get(house.base + path) as answer:
            assert (answer.status, await answer.read()) == (200, PNG)
            assert answer.content_type == (kind if shown else "application/octet-stream")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in answer.headers["Content-Security-Policy"]
        async with stranger.http.get(house.base + path, headers={"Range": "bytes=0-3"}) as answer:
            assert (answer.status, await answer.read()) == (206, PNG[:4])
    async with stranger.http.get(f"{house.base}/p/aaaaaaaaaaaaaaaaaaaaaaaaaa/x.png") as answer:
        assert answer.status == 404


BUTTONS = {"kind": "buttons", "text": "こちらです。", "choices": [{"label": "見る", "url": "https://shop.example/"}]}


async def test_a_card_is_shown_as_its_network_draws_it_or_in_words_before_it_is_sent(house: House) -> None:
    aoi, (account,) = await house.at_work(), house.parts.desk.accounts("line")
    form = {"rich": BUTTONS, "choices": [{"label": "はい"}]}
    drawn = (await aoi.api("POST", f"/accounts/{account.id}/previews", form)).json
    (message,) = drawn["messages"]
    assert message["template"]["actions"] == [{"type": "uri", "label": "見る", "uri": "https://shop.example/"}]
    assert message["quickReply"]["items"][0]["action"]["text"] == "はい"
    plain = (await aoi.api("POST", f"/accounts/{await house.mailbox()}/previews", form)).json
    assert plain == {
        "messages": None,
        "words": "こちらです。\n・見る: https://shop.example/\n\n・はい",
        "choices": [],
    }
    long = {"rich": BUTTONS | {"choices": [{"label": "と" * 21}]}}
    refused = await aoi.api("POST", f"/accounts/{account.id}/previews", long)
    assert refused.status == 422
    kept = await aoi.api("POST", "/macros", {"name": "長い", **long})
    assert (kept.status, set(kept.json["fields"])) == (422, {"rich"})
    flex = {"kind": "native", "alt": "x", "contents": {"type": "bubble", "body": {"type": "box"}}}
    assert (await aoi.api("POST", "/macros", {"name": "壊れた", "rich": flex})).status == 422
    assert (await aoi.api("POST", "/macros", {"name": "皿", **form})).json["rich"]["choices"][0]["label"] == "見る"


async def test_stickers_are_those_that_the_network_lets_us_send(house: House) -> None:
    aoi, (account,) = await house.at_work(), house.parts.desk.accounts("line")
    packages = (await aoi.api("GET", f"/accounts/{account.id}/stickers")).json
    assert {"package": "446", "first": 1988, "last": 2027} in packages
    assert (await aoi.api("GET", f"/accounts/{await house.mailbox()}/stickers")).json == []
    for sticker in (1989, 1):  # its shop cannot be reached; nobody may send it
        assert (await aoi.api("GET", f"/accounts/{account.id}/stickers/{sticker}/picture")).status == 404
    refused = {"name": "x", "rich": {"kind": "sticker", "package": "1", "sticker": "1"}}
    assert (await aoi.api("POST", "/macros", refused)).status == 422


async def test_the_way_to_the_chat_is_a_picture_and_a_sentence_in_the_customers_language(house: House) -> None:
    await said(house)
    aoi, (account,) = await house.at_work(), house.parts.desk.accounts("line")
    known = await house.database.write(customers.identify, Party("email", "misaki@customer.example", "山田 美咲"))
    for language, begins in (("ja", "このやりとり"), ("en", "You can also")):
        form = {"account": account.id, "language": language}
        way = (await aoi.api("POST", f"/customers/{known.customer_id}/links", form)).json
        assert way["qr"].startswith("data:image/svg+xml")
        assert way["words"].startswith(begins) and way["words"].endswith(f"\n{way['url']}")


async def test_the_picture_of_a_macro_is_what_line_would_be_sent(house: House) -> None:
    lead = await house.at_work(role="lead")

    async def drawn(**typed: str) -> dict[str, Any]:
        answer = await lead.page("/admin/macros/preview", {"name": "案内", **typed})
        assert answer.status == 200
        return dict(answer.json)

    card = await drawn(text="こちらです。", rich="buttons", card_text="皿", buttons="見る = https://shop.example/a")
    said, template = card["messages"]
    assert (said["text"], template["template"]["type"], card["wrong"]) == ("こちらです。", "buttons", "")
    asked = await drawn(text="よろしいですか。", choices="はい\nいいえ")
    (only,) = asked["messages"]
    assert [item["action"]["label"] for item in only["quickReply"]["items"]] == ["はい", "いいえ"]
    assert (await drawn(text="言葉だけ"))["messages"] == []
    assert await drawn(rich="buttons") == {"messages": [], "account": card["account"], "wrong": ""}  # not finished
    long = await drawn(rich="buttons", card_text="皿", buttons="あ" * 21)
    assert long["messages"] == [] and "20" in long["wrong"]
    assert (await (await house.at_work("Ren")).page("/admin/macros/preview", {"name": "x"})).status == 403
