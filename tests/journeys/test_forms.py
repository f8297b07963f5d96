"""A form's journey without a line of script: sent, thanked for, acknowledged by mail, answered, answered again."""

from __future__ import annotations

import re
from html import unescape

from channels.form import starter
from tests.desks import until
from tests.servers import SUPPORT, TARO, Agent, Desk, Street, an_answer, sent, words_of
from tests.web.house import Browser

WRITTEN = {
    "name": "田中 太郎",
    "email": "Taro@Customer.Example",
    "topic": "delivery",
    "message": "①まだ届きません。\r\n至急ご確認ください。",
    "consent": "yes",
}


async def form_at(desk: Desk) -> None:
    """A form that lets a test be fast."""
    await desk.account("form", "お問い合わせ", **{**starter("contact"), "min_seconds": 0})


async def page_of(browser: Browser) -> dict[str, str]:
    """Open the page; its hidden fields."""
    shown = await browser.page("/forms/contact", **{"Accept-Language": "ja"})
    assert shown.status == 200
    assert "<script" not in re.sub(r"<script[^>]*src=", "", shown.text), "nothing inline is needed"
    hidden = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", shown.text)
    names = {re.search(r'name="([^"]*)"', one)[1]: re.search(r'value="([^"]*)"', one) for one in hidden}  # type: ignore[index]
    return {name: unescape(value[1]) if value else "" for name, value in names.items()}


async def test_a_form_sent_twice_is_one_ticket_acknowledged_and_answered_by_mail(anywhere: Street) -> None:
    relay = await anywhere.relay()
    desk = anywhere.desk()
    await desk.mailbox(relay)
    await form_at(desk)
    agent = await desk.agent()
    await desk.start()
    visitor = desk.stranger()
    hidden = await page_of(visitor)

    thanked = await visitor.page("/forms/contact", {**hidden, **WRITTEN})
    assert thanked.status == 303, thanked.text
    again = await visitor.page("/forms/contact", {**hidden, **WRITTEN})
    assert again.headers["Location"] == thanked.headers["Location"], "a double click is thanked for once more"
    (row,) = await agent.has_tickets(1)
    number = row["number"]
    page = await visitor.page(thanked.headers["Location"])
    assert page.status == 200 and str(number) in page.text

    (acknowledgement,) = await sent(relay, 1)
    assert relay.got[0].recipients == [TARO]
    assert str(number) in f"{acknowledgement['Subject']}{words_of(acknowledgement)}"
    assert "田中 太郎 様" in words_of(acknowledgement)
    assert "まだ届きません" not in words_of(acknowledgement), "anybody can write somebody else's address into a form"
    assert acknowledgement["Auto-Submitted"] in ("auto-generated", "auto-replied")

    await agent.reply(number, "お調べいたします。")
    _, reply = await sent(relay, 2)
    assert words_of(reply).startswith("お調べいたします。")
    assert (await desk.mail(an_answer(reply, "よろしくお願いします。", to=SUPPORT))).startswith("250")
    messages = await agent.has_messages(number, 4)
    assert [one["kind"] for one in messages] == ["customer", "auto", "agent", "customer"]
    # an answer to the acknowledgement is as good
    await desk.mail(an_answer(acknowledgement, "電話番号は090です。"))
    await agent.has_messages(number, 5)
    assert len(await agent.tickets()) == 1
    assert len(relay.got) == 2, "nobody is thanked for a continuation"


async def test_a_form_with_a_mistake_comes_back_with_all_that_was_written(street: Street) -> None:
    desk = street.desk()
    await form_at(desk)
    agent = await desk.agent()
    await desk.start()
    visitor = desk.stranger()
    hidden = await page_of(visitor)
    back = await visitor.page("/forms/contact", {**hidden, **WRITTEN, "email": "taro@@customer"})
    assert back.status == 422
    assert 'value="taro@@customer"' in back.text and "至急ご確認ください。" in back.text
    assert await agent.tickets() == []
    assert (await visitor.page("/forms/contact", {**hidden, **WRITTEN})).status == 303
    await agent.has_tickets(1)


async def test_two_desks_that_acknowledge_each_other_fall_silent(street: Street) -> None:
    tokyo, osaka = street.desk(), street.desk()
    addresses = {tokyo: "support@tokyo.example", osaka: "support@osaka.example"}
    agents: list[Agent] = []
    for desk, other in ((tokyo, osaka), (osaka, tokyo)):
        await desk.mailbox(
            address=addresses[desk], smtp_host="127.0.0.1", smtp_port=other.smtp_port, smtp_security="none"
        )
        await form_at(desk)
        agents.append(await desk.agent())
    for desk in (tokyo, osaka):
        await desk.start()
    for desk, other in ((tokyo, osaka), (osaka, tokyo)):
        visitor = desk.stranger()
        for n in range(8):
            words = {**WRITTEN, "email": addresses[other], "message": f"無限ループ {n}"}
            assert (await visitor.page("/forms/contact", {**await page_of(visitor), **words})).status == 303

    async def quiet() -> bool:
        undone = "state IN ('waiting', 'sending', 'failed')"
        states = [await desk.count("letter", undone) for desk in (tokyo, osaka)]
        return states == [0, 0]

    await until(quiet, 60)
    for desk, agent in zip((tokyo, osaka), agents, strict=True):
        assert await desk.count("letter", "state = 'delivered'") == 5, "no address gets more in an hour"
        automatic = await desk.rows("SELECT * FROM message WHERE automatic IS NOT NULL AND kind = 'customer'")
        assert len(automatic) == 5
        assert len(await agent.tickets(status="open")) == 8, "what the other machine wrote is no work for anyone"
