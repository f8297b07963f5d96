"""What people say on LINE, and what stands on the agents' screens."""

from __future__ import annotations

from typing import Any

import pytest

from channels.contract import Location, Marked, Sticker, Tapped
from channels.line.simulator import Person, pictures, signature
from server import tickets
from tests.channels.line.house import SECRET, House


async def test_a_text_begins_a_ticket_of_somebody_known_by_name_and_face(house: House, misaki: Person) -> None:
    misaki.text("湯のみの在庫はありますか。")
    await house.heard()
    (message,) = await house.from_customer()
    assert message.text == "湯のみの在庫はありますか。"
    assert message.quotable
    house.start()

    async def known() -> bool:
        return bool((await house.customer()).contacts[0].picture)

    await house.wait_for(known)
    customer = await house.customer()
    (contact,) = customer.contacts
    assert (customer.name, contact.kind, contact.name, contact.language) == ("美咲", "line", "美咲", "ja")
    assert contact.status_message == "うつわが好き"
    assert (await house.from_customer())[0].sender.name == "美咲"


async def test_the_same_event_again_is_one_message(house: House, misaki: Person) -> None:
    house.line.webhooks.hold()
    said = misaki.text("届きません")
    house.line.webhooks.release()
    for redelivery in (False, True, True):
        assert (await house.line.post(said.event, redelivery=redelivery)).arrived
    assert len(await house.from_customer()) == 1


async def test_what_comes_in_another_order_stands_in_the_order_in_which_it_was_said(
    house: House, misaki: Person
) -> None:
    house.line.webhooks.hold()
    said = [misaki.text(text) for text in ("一", "二", "三", "四")]
    house.line.webhooks.release()
    assert (await house.line.post(said[3].event)).arrived
    assert (await house.line.post(said[1].event, said[0].event)).arrived
    assert (await house.line.post(said[2].event)).arrived
    assert [message.text for message in await house.from_customer()] == ["一", "二", "三", "四"]
    assert (await house.thread()).ticket.last_text == "四"


async def test_one_bad_event_keeps_none_of_the_others_from_being_filed(house: House, misaki: Person) -> None:
    house.line.webhooks.hold()
    good, other = misaki.text("はい"), misaki.text("では")
    house.line.webhooks.release()
    broken = {**good.event, "webhookEventId": "BROKEN", "message": {"type": "text"}}
    unheard_of = {**good.event, "webhookEventId": "NEW", "type": "hologram", "hologram": {"x": 1}}
    assert (await house.line.post(good.event, broken, unheard_of, other.event)).arrived
    assert [message.text for message in await house.from_customer()] == ["はい", "では"]
    from server.inbox import arrivals

    page = await house.database.read(arrivals)
    states = {arrival.external_id: (arrival.state, arrival.envelope["type"]) for arrival in page.items}
    assert states["BROKEN"] == ("quarantined", "message")
    assert states["NEW"] == ("filed", "hologram")


@pytest.mark.parametrize("events", [[], None])
async def test_a_verification_is_answered_and_files_nothing(house: House, events: list[Any] | None) -> None:
    if events is None:
        attempt = await house.line.webhooks.post(body=b'{"destination":"U1","events":[]}')
    else:
        attempt = await house.line.post(*events)
    assert attempt.status == 200
    assert await house.numbers() == []


async def test_what_is_not_signed_by_the_secret_is_refused(house: House, misaki: Person) -> None:
    house.line.webhooks.hold()
    said = misaki.text("偽物")
    house.line.webhooks.release()
    assert (await house.line.webhooks.post(said.event, secret="another")).status == 401
    url, body = f"/line/webhook/{house.account.id}", b'{"events":[]}'
    for signed in ("", "x", "é", signature(SECRET, body + b" ")):
        answer = await house.client.post(url, data=body, headers={"X-Line-Signature": signed})
        assert answer.status == 401
    answer = await house.client.post("/line/webhook/99", data=body)
    assert answer.status == 404
    assert await house.numbers() == []


async def test_a_disk_that_is_full_has_line_offer_it_again(house: House, misaki: Person) -> None:
    house.line.webhooks.hold()
    said = misaki.text("届きますか")
    house.line.webhooks.release()
    accept = house.desk.accept

    async def full(arrival: Any) -> Any:
        raise OSError(28, "No space left on device")

    house.desk.accept = full  # type: ignore[method-assign]
    assert (await house.line.post(said.event)).status == 503
    house.desk.accept = accept  # type: ignore[method-assign]
    assert (await house.line.post(said.event, redelivery=True)).arrived
    assert len(await house.from_customer()) == 1


async def test_a_sticker_is_its_picture_and_its_words(house: House, misaki: Person) -> None:
    misaki.sticker("446", "1988", keywords=("うれしい", "ありがとう"))
    await house.heard()
    house.start()

    async def here() -> bool:
        return (await house.from_customer())[0].attachments[0].state == "here"

    await house.wait_for(here)
    (message,) = await house.from_customer()
    assert isinstance(message.card, Sticker)
    assert message.card.keywords == ("うれしい", "ありがとう")
    assert "うれしい" in message.text
    (picture,) = message.attachments
    assert (picture.inline, picture.content_id, picture.preview) == (True, message.card.file, True)


async def test_a_place_a_tap_an_emoji_and_a_mention(house: House, misaki: Person) -> None:
    misaki.location(35.0116, 135.7681, title="京都", address="京都市中京区")
    misaki.postback("order=12", params={"date": "2026-12-01"})
    emoji = {"index": 2, "length": 7, "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"}
    misaki.text("😀(hello) @まどぐち商店 さん", emojis=[emoji], mentions=["account"])
    await house.heard()
    place, tap, marked = await house.from_customer()
    assert place.card == Location(latitude=35.0116, longitude=135.7681, title="京都", address="京都市中京区")
    assert place.text == "京都 京都市中京区"
    assert tap.card == Tapped(data="order=12", picked={"date": "2026-12-01"})
    assert isinstance(marked.card, Marked)
    emoji_mark, mention = marked.card.marks
    assert marked.text[emoji_mark.start : emoji_mark.start + emoji_mark.length] == "(hello)"
    assert marked.text[mention.start : mention.start + mention.length] == "@まどぐち商店"
    assert mention.us


async def test_pictures_sent_at_once_know_that_they_belong_together(house: House, misaki: Person) -> None:
    misaki.image_set([pictures.photo(), pictures.photo(), pictures.photo()])
    await house.heard()
    found = await house.from_customer()
    assert [(message.album.index, message.album.total) for message in found if message.album] == [
        (1, 3),
        (2, 3),
        (3, 3),
    ]
    assert len({message.album.id for message in found if message.album}) == 1


async def test_a_quote_shows_what_it_answers_theirs_or_ours(house: House, misaki: Person) -> None:
    first = misaki.text("いつ届きますか")
    await house.heard()
    house.start()
    await house.settled(await house.reply("明日の予定です"))
    misaki.text("これのことです", quote=first)
    misaki.text("承知しました", quote=misaki.phone[-1])
    await house.heard()
    quotes = [message.quote for message in await house.from_customer() if message.quote]
    assert [(quote.kind, quote.text) for quote in quotes] == [
        ("customer", "いつ届きますか"),
        ("agent", "明日の予定です"),
    ]


async def test_what_was_taken_back_is_hidden_and_the_fact_stays(house: House, misaki: Person) -> None:
    said = misaki.text("言いすぎました")
    picture = misaki.image()
    misaki.unsend(said)
    misaki.unsend(picture)
    await house.heard()
    text, image = await house.from_customer()
    assert (text.text, image.attachments) == ("", [])
    assert text.withdrawn_at and image.withdrawn_at
    assert (await house.thread()).ticket.last_text == ""


async def test_an_unsend_that_overtakes_its_message_hides_it_all_the_same(house: House, misaki: Person) -> None:
    house.line.webhooks.hold()
    said = misaki.text("やはりやめます")
    gone = misaki.unsend(said)
    house.line.webhooks.release()
    assert (await house.line.post(gone.event)).arrived
    assert (await house.line.post(said.event)).arrived
    (message,) = await house.from_customer()
    assert message.withdrawn_at is not None
    assert message.text == ""


async def test_a_block_stands_on_the_contact_until_they_come_back(house: House, misaki: Person) -> None:
    misaki.text("こんにちは")
    await house.heard()
    told = "SELECT count(*) FROM change WHERE kind = 'customer.changed'"
    before = await house.database.read(lambda tx: tx.value(told))
    misaki.unfollow()
    await house.heard()
    assert await house.database.read(lambda tx: tx.value(told)) == before + 1  # consoles hear of it at once
    (contact,) = (await house.customer()).contacts
    assert (contact.reachable, bool(contact.unreachable_because)) == (False, True)
    misaki.follow()
    await house.heard()
    (contact,) = (await house.customer()).contacts
    assert contact.reachable


async def test_a_group_has_one_ticket_in_which_everybody_is_named(house: House, misaki: Person) -> None:
    taro = house.line.person("太郎")
    group = house.line.group("町内会", [misaki, taro])
    misaki.text("合計いくらですか", chat=group.chat)
    await house.heard()
    assert await house.numbers() == []  # the account takes no part in groups unless it is told to
    await house.change(groups=True)
    misaki.text("合計いくらですか", chat=group.chat)
    taro.text("私の分もお願いします", chat=group.chat)
    await house.heard()
    house.start()
    assert len(await house.numbers()) == 1

    async def named() -> bool:
        senders = [message.sender.name for message in await house.from_customer()]
        return senders == ["美咲", "太郎"] and (await house.customer()).name == "町内会"

    await house.wait_for(named)
    await house.settled(await house.reply("合計で三万円です"))
    assert [bubble.text for bubble in group.phone] == ["合計で三万円です"]


async def test_what_nobody_need_see_is_kept_and_changes_nothing(house: House, misaki: Person) -> None:
    house.line.webhooks.hold()
    said = misaki.text("x")
    house.line.webhooks.release()
    for kind in ("memberJoined", "memberLeft", "videoPlayComplete", "beacon", "membership", "botSuspended", "module"):
        event = {name: value for name, value in said.event.items() if name != "message"}
        assert (await house.line.post({**event, "type": kind, "webhookEventId": kind})).arrived
    assert await house.numbers() == []


async def test_a_matter_that_was_done_long_ago_is_not_opened_again(house: House, misaki: Person) -> None:
    misaki.text("一つ目の件")
    await house.heard()
    edit = tickets.TicketEdit(status="done")
    await house.database.write(tickets.edit, house.agent, 1, edit)
    misaki.text("ありがとうございました")
    await house.heard()
    assert await house.numbers() == [1]
    await house.database.write(tickets.edit, house.agent, 1, edit)
    await house.change(new_ticket_days=0)
    misaki.text("二つ目の件")
    await house.heard()
    assert await house.numbers() == [1, 2]
