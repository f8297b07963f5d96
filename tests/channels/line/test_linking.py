"""Somebody on LINE becomes somebody the desk knows: by mail, by the shop, by a code; never by a name."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from channels.contract import Party
from channels.line.simulator import Person
from server import customers
from server.agents import DESK
from server.customers.actions import identify
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
