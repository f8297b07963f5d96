"""Mail that no person wrote: bounces come back to their letter, vacation notes are filed and never answered."""

from __future__ import annotations

from email.message import EmailMessage

from tests.servers import SUPPORT, TARO, Street, a_mail, an_answer, sent


def a_bounce(letter: EmailMessage) -> bytes:
    """What the customer's server sends back (RFC 3464)."""
    return (
        "Return-Path: <>\r\n"
        "From: MAILER-DAEMON@mx.customer.example (Mail Delivery System)\r\n"
        f"To: {SUPPORT}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        "Date: Sat, 21 Nov 2026 11:00:00 +0900\r\n"
        "Message-ID: <bounce1@mx.customer.example>\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n'
        "\r\n"
        "--b\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
        "I'm sorry to have to inform you that your message could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.customer.example\r\n\r\n"
        f"Final-Recipient: rfc822; {TARO}\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\n"
        f"Diagnostic-Code: smtp; 550 5.1.1 <{TARO}>: Recipient address rejected: User unknown\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"From: {letter['From'].addresses[0].addr_spec}\r\nTo: {TARO}\r\n"
        f"Message-ID: {letter['Message-ID']}\r\nSubject: x\r\n\r\n"
        "--b--\r\n"
    ).encode()


async def test_a_bounce_lands_on_its_letter_and_opens_the_ticket_again(anywhere: Street) -> None:
    relay = await anywhere.relay()
    desk = anywhere.desk()
    await desk.mailbox(relay)
    agent = await desk.agent()
    await desk.start()
    await desk.mail(a_mail("住所を変更したいです。"))
    (row,) = await agent.has_tickets(1)
    number = row["number"]
    await agent.reply(number, "承りました。", status="done")
    (letter,) = await sent(relay, 1)
    await agent.has_letter(number, "delivered")
    assert (await agent.thread(number))["ticket"]["status"] == "done"

    assert (await desk.mail(a_bounce(letter), sender="")).startswith("250")
    messages = await agent.has_messages(number, 3)
    assert messages[1]["letter"]["state"] == "bounced"
    assert "User unknown" in messages[1]["letter"]["words"]
    assert messages[2]["kind"] == "bounce" and "5.1.1" in messages[2]["text"]
    thread = await agent.thread(number)
    assert thread["ticket"]["status"] == "open"
    (contact,) = [one for one in thread["customer"]["contacts"] if one["address"] == TARO]
    assert contact["reachable"] is False, contact
    assert len(relay.got) == 1, "nothing answers a bounce"
    # the very same bounce, offered again
    await desk.mail(a_bounce(letter), sender="")
    assert len((await agent.thread(number))["messages"]) == 3

    # the address was mended: the same letter goes once more, recognisable
    answer = await agent.ask("POST", f"/letters/{messages[1]['letter']['id']}/resend")
    assert answer.status == 204, answer.text
    first, second = await sent(relay, 2)
    assert first["Message-ID"] == second["Message-ID"]


async def test_a_vacation_note_is_filed_and_never_answered(street: Street) -> None:
    relay = await street.relay()
    desk = street.desk()
    await desk.mailbox(relay)
    agent = await desk.agent()
    await desk.start()
    await desk.mail(a_mail("見積もりをください。"))
    (row,) = await agent.has_tickets(1)
    await agent.reply(row["number"], "お送りします。")
    (letter,) = await sent(relay, 1)
    note = an_answer(letter, "ただいま休暇中です。", Auto_Submitted="auto-replied", Precedence="bulk")
    assert (await desk.mail(note)).startswith("250")
    messages = await agent.has_messages(row["number"], 3)
    assert messages[-1]["automatic"]
    assert (await agent.thread(row["number"]))["ticket"]["status"] == "waiting", "it is nobody's turn"
    assert len(relay.got) == 1

    # one that continues nothing is kept where nobody has to work on it
    await desk.mail(a_mail("不在です。", sender="bot@elsewhere.example", Auto_Submitted="auto-generated"))
    rows = await agent.has_tickets(2)
    assert rows[1]["status"] == "none_needed"
    assert len(relay.got) == 1


async def test_our_own_letter_that_comes_back_is_told_as_a_loop(street: Street) -> None:
    relay = await street.relay()
    desk = street.desk()
    await desk.mailbox(relay)
    agent = await desk.agent()
    await desk.start()
    await desk.mail(a_mail("質問です。"))
    (row,) = await agent.has_tickets(1)
    await agent.reply(row["number"], "答えです。")
    await sent(relay, 1)
    # a customer who forwards everything back to us
    await desk.mail(relay.got[0].content, sender=TARO)
    messages = await agent.has_messages(row["number"], 3)
    assert messages[-1]["automatic"] == "loop"
    assert (await agent.thread(row["number"]))["ticket"]["status"] == "waiting"
    assert len(relay.got) == 1
