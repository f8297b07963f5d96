"""A chat that goes on by mail: one mail for what was not seen, and its answer back in the same conversation."""

from __future__ import annotations

from datetime import timedelta

from channels.contract import Party
from server.tickets import continuity
from tests.channels.webchat.shop import Shop
from tests.channels.webchat.widget import Widget
from tests.desks import until

MAIL = "taro@customer.example"


async def left(shop: Shop) -> tuple[Widget, int]:
    """A visitor who left an address, wrote and went."""
    await mailbox(shop)
    visitor = await shop.visitor()
    assert "error" not in await visitor.say("profile", {"name": "太郎", "email": "Taro@Customer.Example"})
    ticket = (await visitor.send("夜分にすみません"))["ticket"]
    await visitor.drop()
    return visitor, ticket


async def mailbox(shop: Shop) -> None:
    from server import accounts
    from server.accounts import AccountDraft
    from server.agents import DESK

    draft = AccountDraft(
        kind="email", name="Support", address="support@shop.example", settings={"smtp_host": "127.0.0.1"}
    )
    parts = shop.parts
    await parts.database.write(accounts.add, DESK, draft, channels=parts.channels, keys=parts.keys)
    await parts.desk.load_accounts()


async def mails(shop: Shop) -> list[object]:
    """The letters to the visitor's address."""
    return [row.body for row in await shop.rows("SELECT body FROM letter WHERE recipient = :to ORDER BY id", to=MAIL)]


async def minutes_pass(shop: Shop) -> None:
    """The wait is over."""
    await shop.run("UPDATE continuity SET due_at = :at WHERE due_at IS NOT NULL", at=_past(shop))
    shop.parts.continuity.kick()


def _past(shop: Shop) -> object:
    from server.database import now

    return now() - timedelta(seconds=1)


async def test_unread_answers_leave_as_one_mail_after_some_minutes(shop: Shop) -> None:
    visitor, ticket = await left(shop)
    await shop.reply(ticket, "お待たせしました。")
    await shop.reply(ticket, "在庫はございます。")
    assert await mails(shop) == [], "not before some minutes"
    await minutes_pass(shop)
    (mail,) = await until(lambda: mails(shop))
    assert "お待たせしました。" in mail["text"] and "在庫はございます。" in mail["text"]
    await minutes_pass(shop)
    await shop.reply(ticket, "もう一つ。")
    await minutes_pass(shop)
    await until(lambda: _has(shop, 2))
    second = (await mails(shop))[1]
    assert "もう一つ。" in second["text"] and "在庫" not in second["text"]  # type: ignore[index]
    back = await shop.visitor(visitor.token)
    assert back.texts == ["夜分にすみません", "お待たせしました。", "在庫はございます。", "もう一つ。"]


async def _has(shop: Shop, many: int) -> bool:
    return len(await mails(shop)) == many


async def test_what_was_seen_is_not_mailed(shop: Shop) -> None:
    visitor, ticket = await left(shop)
    await shop.reply(ticket, "はい。")
    back = await shop.visitor(visitor.token)
    await back.say("read", {"seq": back.newest})
    assert await shop.parts.database.write(continuity.send_due) == 0
    await shop.run("UPDATE continuity SET due_at = :at", at=_past(shop))
    await shop.parts.database.write(continuity.send_due)
    assert await mails(shop) == []


async def test_the_answer_to_the_mail_comes_into_the_same_conversation(shop: Shop) -> None:
    visitor, ticket = await left(shop)
    await shop.reply(ticket, "サイズはどちらでしょう。")
    await minutes_pass(shop)
    (mail,) = await until(lambda: mails(shop))
    assert (await answer(shop, mail["token"], "Mでお願いします。")) == ticket
    back = await shop.visitor(visitor.token)
    assert back.texts == ["夜分にすみません", "サイズはどちらでしょう。", "Mでお願いします。"]
    assert back.messages[back.newest]["by_mail"]
    await shop.reply(ticket, "承りました。")
    await back.until(lambda: back.texts[-1:] == ["承りました。"])
    thread = await shop.thread(ticket)
    assert ("email", MAIL) in {(one.kind, one.address) for one in thread.customer.contacts}, "now it is confirmed"


async def test_a_stranger_with_the_token_does_not_get_into_the_chat(shop: Shop) -> None:
    visitor, ticket = await left(shop)
    await shop.reply(ticket, "はい。")
    await minutes_pass(shop)
    (mail,) = await until(lambda: mails(shop))
    assert (await answer(shop, mail["token"], "なりすまし", sender="eve@evil.example")) != ticket
    assert (await shop.visitor(visitor.token)).texts == ["夜分にすみません", "はい。"]


async def answer(shop: Shop, token: str, text: str, sender: str = MAIL) -> int | None:
    """The customer's mail program answers to the reply address with the token; the ticket's number."""
    from server import tickets
    from tests.desks import a_message

    (account,) = shop.parts.desk.accounts("email")
    message = a_message(text, sender=Party("email", sender), token=token)
    received = await shop.parts.database.write(tickets.receive, account.id, message)
    return received.ticket


async def test_an_address_left_later_counts_for_what_is_unread(shop: Shop) -> None:
    await mailbox(shop)
    visitor = await shop.visitor()
    ticket = (await visitor.send("もしもし"))["ticket"]
    await shop.reply(ticket, "少々お待ちください。")
    await visitor.shows("もしもし", "少々お待ちください。")
    await visitor.say("profile", {"email": MAIL})
    await visitor.drop()
    await minutes_pass(shop)
    (mail,) = await until(lambda: mails(shop))
    assert "少々お待ちください。" in mail["text"]


async def test_a_transcript_is_sent_to_the_address_left_and_only_a_few_times(shop: Shop) -> None:
    await mailbox(shop)
    visitor = await shop.visitor()
    ticket = (await visitor.send("記録をください"))["ticket"]
    assert (await visitor.say("transcript"))["error"]["code"] == "invalid"
    await visitor.say("profile", {"email": MAIL})
    await shop.reply(ticket, "お送りします。")
    assert (await visitor.say("transcript"))["email"] == "t***@customer.example"
    (mail,) = await until(lambda: mails(shop))
    assert "記録をください" in mail["text"] and "お送りします。" in mail["text"]
    answers = [await visitor.say("transcript") for _ in range(4)]
    assert [one.get("error", {}).get("code") for one in answers] == [None, None, "too_many", "too_many"]
