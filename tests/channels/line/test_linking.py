"""Somebody on LINE becomes somebody the desk knows: by mail, by the shop, by a code; never by a name."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from channels.contract import Party
from channels.line.simulator import Person
from channels.pages import TEMPLATES
from channels.wording import catalogue
from server import customers, tickets
from server.agents import DESK
from server.customers.actions import identify
from server.customers.store import batch
from tests.channels.line.house import House


@pytest.fixture
async def mailing(house: House) -> House:
    """A house that can write mails, and knows a customer by mail."""
    await house.add_account("email", "窓口", "support@desk.example", {})
    await house.database.write(identify, Party("email", "misaki@customer.example", "山田 美咲"))
    return house


async def link_page(house: House, person: Person) -> str:
    """The path of the page that the desk gives to a person."""
    return house.channel.link_page(house.account, person.id).partition(house.desk.public_url)[2]


async def post(house: House, path: str, **form: str) -> Any:
    return await house.client.post(path, data=form, allow_redirects=False)


async def contacts(house: House, number: int = 1) -> set[str]:
    return {contact.kind for contact in (await house.customer(number)).contacts}


async def mailed_code(house: House) -> str:
    """The code in the mail that left."""
    house.courier.kick()
    await house.wait_for(lambda: house.mail.delivered)
    found = re.search(r"\b(\d{6})\b", house.mail.delivered[-1].text)
    assert found is not None
    return found[1]


async def test_a_code_by_mail_and_lines_own_dialog_join_the_two(mailing: House, misaki: Person) -> None:
    misaki.text("山田 美咲です")  # saying so is not enough
    await mailing.heard()
    assert await contacts(mailing) == {"line"}
    mailing.start()
    path = await link_page(mailing, misaki)
    assert (await mailing.client.get(path)).status == 200
    assert "6" in await (await post(mailing, path, email="Misaki@Customer.example")).text()
    wrong = await post(mailing, path, code="000000")
    assert wrong.status == 200
    answer = await post(mailing, path, code=await mailed_code(mailing))
    assert answer.status == 303
    dialog = answer.headers["Location"]
    assert dialog.startswith(mailing.line.base_url)
    assert await contacts(mailing) == {"line"}  # nothing is linked before the person agreed in LINE
    query = parse_qs(urlsplit(dialog).query)
    misaki.account_link(query["linkToken"][0], query["nonce"][0])
    await mailing.heard()
    assert await contacts(mailing) == {"line", "email"}
    assert (await mailing.customer()).name == "山田 美咲"


async def order(house: House, email: str, number: str, *, verified: bool = True) -> None:
    """The shop's system tells of an order."""
    common = {"source": "shop", "revision": 1}
    who = {"kind": "email", "address": email, "verified": verified}
    facts = batch.read(
        [
            {**common, "kind": "customer", "external_id": email, "name": "山田 美咲", "contacts": [who]},
            {**common, "kind": "order", "external_id": number, "number": number, "customer": email,
             "ordered_at": "2026-11-01T00:00:00Z"},
        ]
    )  # fmt: skip
    told = await house.database.write(batch.tell_all, house.agent, facts, 0)
    assert all(each.learned for each in told), told


async def test_mail_address_and_order_number_of_one_customer_lead_to_lines_dialog(
    mailing: House, misaki: Person
) -> None:
    await order(mailing, "misaki@customer.example", "TK-20261101-7")
    misaki.text("注文の件です")
    await mailing.heard()
    path = await link_page(mailing, misaki)
    assert 'name="order"' in await (await mailing.client.get(path)).text()
    answer = await post(mailing, path, email="Misaki@customer.example", order="ｔｋ20261101７")
    assert answer.status == 303
    assert await contacts(mailing) == {"line"}
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    misaki.account_link(query["linkToken"][0], query["nonce"][0])
    await mailing.heard()
    assert await contacts(mailing) == {"line", "email"}
    assert not mailing.mail.delivered


async def test_an_order_leads_to_its_buyer_and_not_to_whoever_writes_from_the_address(
    mailing: House, misaki: Person
) -> None:
    await order(mailing, "misaki@customer.example", "TK-5", verified=False)
    written, buyer = sorted(one.id for one in await mailing.database.read(customers.find, "misaki@customer.example"))
    misaki.text("注文の件です")
    await mailing.heard()
    path = await link_page(mailing, misaki)
    answer = await post(mailing, path, email="misaki@customer.example", order="TK-5")
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    misaki.account_link(query["linkToken"][0], query["nonce"][0])
    await mailing.heard()
    assert (await mailing.customer()).id == buyer != written


async def test_nobody_learns_whether_the_address_or_the_number_was_wrong(mailing: House, misaki: Person) -> None:
    await order(mailing, "misaki@customer.example", "TK-1001")
    await order(mailing, "taro@customer.example", "TK-1002")
    path = await link_page(mailing, misaki)

    async def told(email: str, number: str) -> str:
        answer = await post(mailing, path, email=email, order=number)
        assert answer.status == 200
        return (await answer.text()).replace(email, "").replace(number, "")

    wrong_number = await told("misaki@customer.example", "TK-9999")
    assert 'role="alert"' in wrong_number
    assert await told("nobody@customer.example", "TK-1001") == wrong_number
    assert await told("misaki@customer.example", "TK-1002") == wrong_number  # somebody else's
    assert await told("nobody@customer.example", "TK-9999") == wrong_number
    assert await told("misaki@customer.example", "・・・") == wrong_number


async def test_order_numbers_are_not_tried_one_after_the_other(mailing: House, misaki: Person) -> None:
    await order(mailing, "misaki@customer.example", "TK-1001")
    allowed: dict[str, int] = {}

    def allow(bucket: str, limit: int, per: float) -> float:
        allowed[bucket] = allowed.get(bucket, 0) + 1
        return 0.0 if allowed[bucket] <= limit else per

    mailing.desk._allow = allow
    path, other = await link_page(mailing, misaki), await link_page(mailing, mailing.line.person("別人"))
    for number in range(6):
        assert (await post(mailing, path, email="misaki@customer.example", order=f"TK-{number}")).status == 200
    for page in (path, other):  # from another's page neither: the address had its tries
        assert (await post(mailing, page, email="misaki@customer.example", order="TK-1001")).status == 200


async def test_a_page_that_was_forwarded_links_nobody(mailing: House, misaki: Person) -> None:
    misaki.text("こんにちは")
    await mailing.heard()
    mailing.start()
    path = await link_page(mailing, misaki)
    await post(mailing, path, email="misaki@customer.example")
    answer = await post(mailing, path, code=await mailed_code(mailing))
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    mailing.line.person("別人").account_link(query["linkToken"][0], query["nonce"][0])
    await mailing.heard()
    assert await contacts(mailing) == {"line"}


async def test_codes_are_not_guessed(mailing: House, misaki: Person) -> None:
    path = await link_page(mailing, misaki)
    assert (await mailing.client.get(path[:-1] + ("a" if path[-1] != "a" else "b"))).status == 404
    assert "@" in await (await post(mailing, path, email="no address")).text()
    mailing.start()
    await post(mailing, path, email="misaki@customer.example")
    code = await mailed_code(mailing)
    for _ in range(5):
        assert (await post(mailing, path, code="111111" if code != "111111" else "222222")).status == 200
    assert (await post(mailing, path, code=code)).status == 200  # right, and too late


async def test_the_shops_sign_in_joins_the_two(mailing: House, misaki: Person) -> None:
    await mailing.change(link_url="https://shop.example/line?from=desk", link_key="k" * 40)
    misaki.text("注文の件です")
    await mailing.heard()
    answer = await post(mailing, await link_page(mailing, misaki))
    to = urlsplit(answer.headers["Location"])
    assert (to.netloc, to.path) == ("shop.example", "/line")
    token = parse_qs(to.query)["linkToken"][0]
    door = f"/line/nonces/{mailing.account.id}"
    body = {"email": "misaki@customer.example", "linkToken": token}
    refused = await mailing.client.post(door, json=body, headers={"Authorization": "Bearer wrong"})
    assert refused.status == 401
    given = await mailing.client.post(door, json=body, headers={"Authorization": f"Bearer {'k' * 40}"})
    made = await given.json()
    query = parse_qs(urlsplit(made["url"]).query)
    assert query["linkToken"] == [token]
    misaki.account_link(token, made["nonce"])
    await mailing.heard()
    assert await contacts(mailing) == {"line", "email"}


async def test_a_known_customer_brings_a_code_to_the_chat(mailing: House, misaki: Person) -> None:
    from server.accounts import records
    from server.inbox import proofs

    known = await mailing.database.read(customers.find, "misaki@customer.example")
    code = "ABCDE-FGH23"
    await mailing.database.write(
        lambda tx: records.keep(tx, mailing.account.id, proofs.SHELF, code, proofs.Proof(customer=known[0].id))
    )
    url = mailing.channel.continue_at(mailing.account, code)
    page = await (await mailing.client.get(url.partition(mailing.desk.public_url)[2])).text()
    assert "<svg" in page
    opened = re.search(r'href="(https://line.me/R/oaMessage/[^"]+)"', page)
    assert opened is not None
    misaki.text(unquote(opened[1]).rpartition("/?")[2])
    await mailing.heard()
    assert await contacts(mailing) == {"line", "email"}
    assert (await mailing.client.get(url.partition(mailing.desk.public_url)[2])).status == 410
    other = mailing.line.person("別人", friend=True)
    other.text(code)  # a second time it proves nothing
    await mailing.heard()
    assert await contacts(mailing, 2) == {"line"}


async def test_an_agent_says_whose_contact_it_is(mailing: House, misaki: Person) -> None:
    misaki.text("電話で名乗りました")
    await mailing.heard()
    known = await mailing.database.read(customers.find, "misaki@customer.example")
    (contact,) = (await mailing.customer()).contacts
    await mailing.database.write(customers.move, DESK, contact.id, known[0].id)
    assert await contacts(mailing) == {"line", "email"}
    assert (await mailing.thread()).ticket.customer.id == known[0].id


def test_every_word_of_the_pages_is_in_japanese() -> None:
    said = {
        words
        for page in (TEMPLATES / "line").glob("*.html")
        for words in re.findall(r'say\("([^"]+)"', page.read_text())
    }
    assert len(said) > 15
    assert said <= catalogue("ja").keys()


async def test_the_ticket_tells_who_it_was_and_who_it_is_by_name(house: House, misaki: Person) -> None:
    known = await house.database.write(identify, Party("email", "misaki@customer.example", "山田 美咲"))
    house.start()
    misaki.text("こんにちは")
    await house.heard()

    async def name() -> str:
        return (await house.customer()).name

    nickname = await house.wait_for(name)
    (contact,) = (await house.customer()).contacts
    await house.database.write(customers.move, house.agent, contact.id, known.customer_id)
    (change,) = [
        change for change in await house.database.read(tickets.history, 1) if change.data.get("field") == "customer"
    ]
    assert change.data["names"] == [nickname, "山田 美咲"]
