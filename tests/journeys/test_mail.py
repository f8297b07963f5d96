"""A mail's journey: fetched from a mailbox or taken at the listener, answered through a relay, and answered again."""

from __future__ import annotations

import re

from server.agents import DESK, sessions
from tests.channels.email.imap_server import PASSWORD as MAILBOX_PASSWORD
from tests.channels.email.imap_server import USER, imap_server
from tests.channels.email.network import MailServer
from tests.servers import SUPPORT, TARO, Agent, Desk, Street, a_mail, address_of, an_answer, sent, words_of

QUESTION = "お世話になっております。①の商品（髙島屋様向け）がまだ届きません。\nいつ頃になりますでしょうか。"
ANSWER = "ご連絡ありがとうございます。\n本日中に発送いたします。～窓口 佐藤㈱"
SUBJECT = "ご注文①の件：まだ届いていない商品についてのお問い合わせでございます、よろしくお願いいたします"


async def converse(desk: Desk, agent: Agent, relay: MailServer, hand_in: object) -> None:
    """The whole conversation, whichever way mails come in: question, answer, and two answers to that."""
    assert callable(hand_in)
    question = a_mail(QUESTION, subject=SUBJECT, id="q1")
    await hand_in(question, SUPPORT)
    (row,) = await agent.has_tickets(1)
    assert (row["subject"], row["status"], row["customer"]["name"]) == (SUBJECT, "open", "田中 太郎")
    number = row["number"]
    (message,) = await agent.has_messages(number, 1)
    assert message["text"] == QUESTION

    await agent.reply(number, ANSWER)
    (letter,) = await sent(relay, 1)
    assert relay.got[0].recipients == [TARO]
    assert letter["Subject"] == f"Re: {SUBJECT}"
    assert words_of(letter).replace("\r\n", "\n").startswith(ANSWER)
    assert letter["In-Reply-To"] == "<q1@customer.example>"
    assert "<q1@customer.example>" in letter["References"]
    assert address_of(letter["From"]) == SUPPORT
    reply_to = address_of(letter["Reply-To"])
    assert re.fullmatch(r"support\+t[a-z0-9]{8,}@shop\.example", reply_to)
    await agent.has_letter(number, "delivered")

    # by the token in the reply address alone, as a phone writes it that keeps no references
    await hand_in(a_mail("土曜日に受け取れますか。", to=reply_to, subject="別の件名", id="a1"), reply_to)
    messages = await agent.has_messages(number, 3)
    assert (messages[-1]["kind"], messages[-1]["text"]) == ("customer", "土曜日に受け取れますか。")
    assert (await agent.thread(number))["ticket"]["status"] == "open"

    # by references alone, to the plain address
    await hand_in(an_answer(letter, "午前中でお願いします。", to=SUPPORT), SUPPORT)
    messages = await agent.has_messages(number, 4)
    assert messages[-1]["text"] == "午前中でお願いします。"
    assert len(await agent.tickets()) == 1

    # the same mail once more is no message more, and a stranger with the token is not let in
    await hand_in(question, SUPPORT)
    stranger = a_mail("私にも教えてください。", sender="hanako@elsewhere.example", to=reply_to)
    await hand_in(stranger, reply_to)
    rows = await agent.has_tickets(2)
    assert [one["customer"]["name"] or one["customer"]["address"] for one in rows][1] == "hanako@elsewhere.example"
    assert len((await agent.thread(number))["messages"]) == 4


async def test_a_mail_in_a_real_mailbox_becomes_a_conversation(anywhere: Street) -> None:
    relay = await anywhere.relay()
    imap = await anywhere.enter(imap_server())
    desk = anywhere.desk(smtp_port=0)
    await desk.mailbox(
        relay, incoming="imap", imap_host="127.0.0.1", imap_port=imap.port, imap_security="none",
        imap_user=USER, imap_password=MAILBOX_PASSWORD,
    )  # fmt: skip
    agent = await desk.agent()
    await desk.start()

    async def hand_in(raw: bytes, _to: str) -> None:
        await imap.append(raw)

    await converse(desk, agent, relay, hand_in)


async def test_a_mail_at_the_listener_becomes_a_conversation(street: Street) -> None:
    relay = await street.relay()
    desk = street.desk()
    await desk.mailbox(relay)
    agent = await desk.agent()
    await desk.start()

    async def hand_in(raw: bytes, to: str) -> None:
        assert (await desk.mail(raw, to)).startswith("250")

    await converse(desk, agent, relay, hand_in)


async def test_the_command_line_alone_sets_up_a_desk_that_answers_mail(street: Street) -> None:
    relay = await street.relay()
    desk = street.desk()
    ran = await desk.madoguchi("migrate")
    assert ran.status == 0, ran.errors
    hired = await desk.madoguchi("agent", "add", "sato@shop.example", "--name", "佐藤", "--role", "admin", "--json")
    settings = {
        "incoming": "smtp", "undo_seconds": "0", "smtp_host": "127.0.0.1", "smtp_port": str(relay.port),
        "smtp_security": "none",
    }  # fmt: skip
    sets = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    added = await desk.madoguchi("account", "add", "email", SUPPORT, "--name", "ショップ窓口", *sets, "--json")
    assert added.status == 0, added.errors
    await desk.start(command=True)
    assert (await desk.mail(a_mail(QUESTION))).startswith("250")

    browser = desk.stranger()
    path = hired.json["sign_in"].removeprefix(desk.url)
    shown = await browser.page(path)
    assert shown.status == 200 and "<form" in shown.text
    assert (await browser.page(path, {})).status == 303
    assert (await desk.stranger().page(path, {})).status == 401, "a link opens the door once"
    agent = Agent(desk, browser)
    (row,) = await agent.has_tickets(1)
    await agent.reply(row["number"], ANSWER)
    (letter,) = await sent(relay, 1)
    assert words_of(letter).replace("\r\n", "\n").startswith(ANSWER)
    await desk.stop()
    assert "Traceback" not in desk.said()


async def test_a_reply_taken_back_in_time_never_leaves(street: Street) -> None:
    relay = await street.relay()
    desk = street.desk()
    await desk.mailbox(relay, undo_seconds=60)
    agent = await desk.agent()
    await desk.start()
    await desk.mail(a_mail(QUESTION))
    (row,) = await agent.has_tickets(1)
    first = await agent.reply(row["number"], "間違えました。")
    assert first["letter"]["state"] == "waiting" and first["letter"]["recall_until"]
    assert (await agent.ask("POST", f"/letters/{first['letter']['id']}/recall")).status == 204
    second = await agent.reply(row["number"], "正しい答えです。")
    assert relay.got == []
    # "send now": the minute is not waited for
    assert (await agent.ask("POST", f"/letters/{second['letter']['id']}/resend")).status == 204
    (letter,) = await sent(relay, 1)
    assert "正しい答えです。" in words_of(letter)


async def test_a_link_signs_in_once_and_everywhere_out_means_everywhere(street: Street) -> None:
    desk = street.desk()
    who = await desk.hire()
    secrets = [await desk.unit(lambda tx: sessions.make_link(tx, DESK, who.id)) for _ in range(2)]
    await desk.start()
    browsers = [desk.stranger(), desk.stranger()]
    for browser, secret in zip(browsers, secrets, strict=True):
        assert (await browser.page(f"/sign-in/link/{secret}", {})).status == 303
        assert (await browser.api("GET", "/me")).json["email"] == "sato@shop.example"
    assert (await browsers[0].api("DELETE", "/me/sessions")).status == 204
    assert [(await one.api("GET", "/me")).status for one in browsers] == [401, 401]
