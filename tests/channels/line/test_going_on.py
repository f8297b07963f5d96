"""「LINEで続ける」: a customer's link makes a code when its button is pressed; mails carry it where that is safe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import msgspec
import pytest

from channels.contract import OFFERS, ONWARD_LIVES, OutboundMessage, Party, Receipt, TryLater
from channels.line.simulator import Person
from server import customers, tickets
from server.accounts import desk_settings
from server.agents import DESK
from server.customers.actions import identify
from server.tickets.views import PartyView
from server.tickets.writing import NewTicket
from server.web.buckets import Buckets, Policy
from tests.channels.line.house import House

MISAKI = "misaki@customer.example"
WORDS = "LINEでもこのお問い合わせを続けていただけます： "


@pytest.fixture
async def offering(house: House) -> House:
    """A house that offers LINE under its mails, and knows a customer by mail."""
    await house.add_account("email", "窓口", "support@desk.example", {})
    await house.change(**{OFFERS: True})
    await house.database.write(desk_settings.write, DESK, {"shop_name": {"ja": "うつわの月の輪"}})
    await house.database.write(identify, Party("email", MISAKI, "山田 美咲"))
    return house


async def customer_id(house: House) -> int:
    return (await house.database.read(customers.find, MISAKI))[0].id


async def go_path(house: House, issued: datetime | None = None) -> str:
    url = house.channel.go_page(house.account.id, await customer_id(house), issued or datetime.now(UTC))
    return urlsplit(url).path


async def codes(house: House) -> list[str]:
    rows = await house.database.read(lambda tx: tx.all("SELECT key FROM account_record WHERE shelf = 'proofs'"))
    return [row.key for row in rows]


async def mail(house: House, to: str = MISAKI, *, cc: str = "") -> OutboundMessage:
    """An agent writes a mail; how it left."""
    (account,) = house.desk.accounts("email")
    copies = [PartyView(name="", address=cc)] if cc else []
    form = NewTicket(
        account=account.id, to=PartyView(name="", address=to), subject="ご注文", text="届きましたか。", cc=copies
    )
    many = len(house.mail.delivered)
    await house.database.write(tickets.write, house.agent, form)
    house.courier.kick()
    await house.wait_for(lambda: len(house.mail.delivered) > many)
    return house.mail.delivered[-1]


async def test_the_button_makes_a_code_that_makes_a_contact_the_customers(offering: House, misaki: Person) -> None:
    path = await go_path(offering)
    page = await offering.client.get(path, headers={"Accept-Language": "ja"})
    assert page.status == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    words = await page.text()
    assert "LINEで続ける" in words and "うつわの月の輪" in words and "まどぐち商店" not in words
    await offering.client.head(path)
    assert await codes(offering) == []  # a program that opens every link of a mail makes nothing
    answer = await offering.client.post(path, allow_redirects=False)
    assert answer.status == 303
    (code,) = await codes(offering)
    to = urlsplit(answer.headers["Location"]).path
    assert to == f"/line/continue/{offering.account.id}/{code}"
    assert "<svg" in await (await offering.client.get(to)).text()
    misaki.text(f"LINEで問い合わせを続けます。{code}")
    await offering.heard()
    assert {contact.kind for contact in (await offering.customer()).contacts} == {"line", "email"}
    again = await offering.client.post(path, allow_redirects=False)
    assert again.status == 200
    assert "https://line.me/R/oaMessage/%40216ru/" in await again.text()
    assert await codes(offering) == []  # whoever the mail was passed on to becomes nobody


async def test_a_link_ends_after_a_month_and_cannot_be_made_younger(offering: House) -> None:
    old = await go_path(offering, datetime.now(UTC) - ONWARD_LIVES)
    fresh = await go_path(offering, datetime.now(UTC) - ONWARD_LIVES + timedelta(minutes=5))
    page = await offering.client.get(old, headers={"Accept-Language": "ja"})
    assert page.status == 410
    words = await page.text()
    assert "有効期限が切れています" in words and "https://line.me/R/oaMessage/%40216ru/" in words
    assert (await offering.client.post(old, allow_redirects=False)).status == 410
    assert await codes(offering) == []
    parts = old.split("/")
    younger = "/".join([*parts[:-2], fresh.split("/")[-2], parts[-1]])
    assert (await offering.client.post(younger, allow_redirects=False)).status == 404
    assert (await offering.client.post(fresh, allow_redirects=False)).status == 303


async def test_a_link_that_led_a_stranger_to_a_customer_leads_nobody_to_them_again(
    offering: House, misaki: Person
) -> None:
    """Who got hold of the mail went on; an agent has put that right: the mail is still about, a new one is good."""
    path = await go_path(offering, datetime.now(UTC) - timedelta(days=1))
    await offering.client.post(path, allow_redirects=False)
    (code,) = await codes(offering)
    misaki.text(f"LINEで問い合わせを続けます。{code}")
    await offering.heard()
    contacts = (await offering.customer()).contacts
    line = next(contact for contact in contacts if contact.kind == "line")
    stranger = (await offering.database.write(identify, Party("email", "other@customer.example", "別の方"))).customer_id
    await offering.database.write(customers.move, DESK, line.id, stranger)
    assert (await offering.client.post(path, allow_redirects=False)).status == 410
    assert await codes(offering) == []
    later = await go_path(offering, datetime.now(UTC) + timedelta(seconds=1))
    assert (await offering.client.post(later, allow_redirects=False)).status == 303


async def test_links_that_were_not_given_out_lead_nowhere(offering: House) -> None:
    path = await go_path(offering)
    head, _, key = path.rpartition("/")
    settings = {**offering.account.settings, **offering.account.secrets, "channel_id": "1657000001"}
    other = await offering.add_account("line", "別館", "@other", settings)
    customer, moment = await customer_id(offering), int(head.rpartition("/")[2])
    forged = [
        f"{head}/{'a' * len(key)}",
        f"{head}/%E7%AA%93",
        f"/line/go/{offering.account.id}/{customer + 1}/{moment}/{key}",
        f"/line/go/{offering.account.id}/0{customer}/{moment}/{key}",
        f"/line/go/{offering.account.id}/{customer}/{moment + 1}/{key}",
        f"/line/go/{other}/{customer}/{moment}/{key}",
        f"/line/go/999/{customer}/{moment}/{key}",
        f"{head.rpartition('/')[0]}/{key}",
    ]
    for one in forged:
        assert (await offering.client.post(one, allow_redirects=False)).status == 404, one
        assert (await offering.client.get(one)).status == 404, one
    nobody = urlsplit(offering.channel.go_page(offering.account.id, customer + 99, datetime.now(UTC))).path
    assert (await offering.client.post(nobody, allow_redirects=False)).status == 410
    assert await codes(offering) == []


async def test_a_link_makes_only_so_many_codes(offering: House, monkeypatch: pytest.MonkeyPatch) -> None:
    buckets = Buckets(clock=lambda: 0.0)
    monkeypatch.setattr(
        offering.desk, "_allow", lambda bucket, limit, per: buckets.take(Policy(bucket, limit, per), bucket).after
    )
    path = await go_path(offering)
    for _ in range(10):
        assert (await offering.client.post(path, allow_redirects=False)).status == 303
    refused = await offering.client.post(path, allow_redirects=False)
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert len(await codes(offering)) == 10
    assert (await offering.client.get(path)).status == 200


async def test_the_link_of_a_merged_customer_is_of_whom_they_turned_out_to_be(offering: House) -> None:
    path, former = await go_path(offering), await customer_id(offering)
    other = (await offering.database.write(identify, Party("email", "m2@customer.example", "美咲"))).customer_id
    await offering.database.write(
        lambda tx: tx.run("UPDATE customer SET merged_into = :to WHERE id = :id", to=other, id=former)
    )
    assert (await offering.client.post(path, allow_redirects=False)).status == 303
    (kept,) = await offering.database.read(lambda tx: tx.all("SELECT value FROM account_record WHERE shelf = 'proofs'"))
    assert kept.value == {"customer": other}


async def test_a_mail_to_a_known_customer_offers_line_the_same_at_each_try(offering: House) -> None:
    tried: list[str] = []

    def network(message: OutboundMessage) -> Receipt:
        tried.append(message.postscript)
        if len(tried) == 1:
            raise TryLater("not now", after=timedelta(milliseconds=10))
        return Receipt("m@desk.example")

    offering.mail.network = network
    offering.start()
    sent = await mail(offering)
    assert tried == [sent.postscript, sent.postscript]
    written = await offering.database.read(
        lambda tx: tx.value("SELECT created_at FROM letter ORDER BY id DESC LIMIT 1")
    )
    assert sent.postscript == f"{WORDS}{offering.desk.public_url}{await go_path(offering, written)}"


async def test_no_mail_offers_line_where_it_should_not(offering: House, misaki: Person) -> None:
    offering.start()
    assert (await mail(offering)).postscript
    assert not (await mail(offering, cc="boss@customer.example")).postscript
    relayed = await offering.database.write(identify, Party("email", "x@relay.example", ""))
    await offering.database.write(
        lambda tx: tx.run("UPDATE contact SET relay = :yes WHERE id = :id", yes=True, id=relayed.contact_id)
    )
    assert not (await mail(offering, "x@relay.example")).postscript
    assert await offering.desk.confirm(offering.account, MISAKI, "123456", "ja")  # automatic
    await offering.wait_for(lambda: offering.mail.delivered[-1].automatic)
    assert not offering.mail.delivered[-1].postscript
    await offering.change(**{OFFERS: False})
    assert not (await mail(offering)).postscript
    await offering.change(**{OFFERS: True})
    misaki.text("こんにちは")
    await offering.heard()
    contacts = (await offering.customer((await offering.numbers())[-1])).contacts
    line = next(contact for contact in contacts if contact.kind == "line")
    await offering.database.write(customers.move, DESK, line.id, await customer_id(offering))
    assert not (await mail(offering)).postscript  # they are there already


async def test_to_an_english_reader_it_is_offered_in_english(offering: House) -> None:
    offering.agent = msgspec.structs.replace(offering.agent, language="en")
    offering.start()
    assert (await mail(offering)).postscript.startswith("You can also go on with this conversation on LINE: http")
