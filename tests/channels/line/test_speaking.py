"""What the desk says on LINE: free where it can be, together where it may, and never twice."""

from __future__ import annotations

import asyncio
import io
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from PIL import Image

from channels.contract import Buttons, Carousel, Choice, Column, Confirm, Native, OutSticker, Receipt
from channels.line import LineChannel, platform, sending
from channels.line.rules.limits import units
from channels.line.simulator import Person
from server import tickets
from server.database import Transaction
from server.delivery import resend
from server.delivery.claiming import claim
from server.delivery.outcomes import settle
from server.errors import Conflict, NotFound
from server.tickets.views import MessageView
from tests.channels.line.house import House

lines_word = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""What LINE answers and what it is sent is the same whatever the database; once is enough."""


async def begun(house: House, person: Person, text: str = "こんにちは") -> None:
    """A ticket, without an acknowledgement."""
    person.text(text)
    await house.heard()


async def automatic(house: House) -> list[MessageView]:
    """What the desk said by itself, oldest first."""
    found = [message for number in await house.numbers() for message in await house.messages(number)]
    return sorted((one for one in found if one.kind == "auto"), key=lambda message: message.id)


@pytest.fixture
async def quiet(house: House, misaki: Person) -> House:
    """A house that does not acknowledge, with a ticket of Misaki's, whose letters leave."""
    await house.change(acknowledge=False)
    await begun(house, misaki)
    house.start()
    return house


async def test_what_the_desk_says_by_itself_is_a_free_reply_and_what_agents_write_a_push(
    house: House, misaki: Person
) -> None:
    house.start()
    await begun(house, misaki)
    await house.wait_for(lambda: misaki.phone)
    await house.settled(await house.reply("かしこまりました。"))
    acknowledgement, answer = misaki.phone
    assert (acknowledgement.via, answer.via) == ("reply", "push")
    assert "受付番号: 1" in acknowledgement.text
    assert "メール" not in acknowledgement.text
    assert answer.text == "かしこまりました。"
    assert house.line.sending.used == 1


async def test_a_reply_token_that_is_no_longer_good_is_a_push(house: House, misaki: Person) -> None:
    await begun(house, misaki)
    house.line.sending._tokens.clear()
    house.start()
    await house.wait_for(lambda: misaki.phone)
    assert [bubble.via for bubble in misaki.phone] == ["push"]


async def test_automatic_answers_that_came_too_late_cost_only_so_much_a_day(house: House, misaki: Person) -> None:
    await house.change(automatic_pushes=2, new_ticket_days=0)
    house.line.sending._tokens.clear()
    kenta = house.line.person("健太", friend=True)
    for n in range(3):
        await begun(house, misaki, f"質問 {n}")
        house.line.sending._tokens.clear()
        await house.database.write(lambda tx: tx.run("UPDATE ticket SET status = 'done'"))
    await begun(house, kenta)
    house.line.sending._tokens.clear()
    house.start()
    letters = [await house.settled(letter) for letter in await automatic(house)]
    assert [letter.state for letter in letters] == ["delivered", "delivered", "failed", "delivered"]
    assert letters[2].code == "cost"
    assert "too late for a free answer" in letters[2].words
    assert [bubble.via for bubble in misaki.phone] == ["push", "push"]
    assert [bubble.via for bubble in kenta.phone] == ["push"]  # the other conversation has its own
    answer = await house.settled(await house.reply("お待たせいたしました。"))
    assert answer.state == "delivered"  # what agents write is not meant


async def test_a_late_answer_that_is_tried_again_is_counted_once(house: House, misaki: Person) -> None:
    await house.change(automatic_pushes=1)
    house.line.fail_next(500, path="/message/push")
    await begun(house, misaki)
    house.line.sending._tokens.clear()
    house.start()
    (letter,) = await automatic(house)

    async def waits() -> bool:
        return (await house.letter(letter)).state == "waiting" and not house.line.faults.ahead

    await house.wait_for(waits)
    await house.database.write(_all_due)
    house.courier.kick()
    assert (await house.settled(letter)).state == "delivered"
    assert [bubble.via for bubble in misaki.phone] == ["push"]


async def test_no_late_answer_costs_anything_where_the_shop_says_so(house: House, misaki: Person) -> None:
    await house.change(automatic_pushes=0)
    await begun(house, misaki)
    house.line.sending._tokens.clear()
    house.start()
    (letter,) = await automatic(house)
    assert (await house.settled(letter)).code == "cost"
    assert misaki.phone == [] and house.line.sending.used == 0
    assert "automatic_pushes" in house.channel.judge({"channel_id": "1656000001", "automatic_pushes": "-1"})


async def test_a_reply_whose_outcome_nobody_heard_is_one_bubble(
    house: House, misaki: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "AT_ONCE_AGAIN", timedelta(milliseconds=50))
    house.line.fail_next(500, path="/message/reply", after_accepting=True)
    await begun(house, misaki)
    house.start()
    letter = (await house.messages())[-1]
    assert (await house.settled(letter)).state == "delivered"
    assert [bubble.via for bubble in misaki.phone] == ["reply"]


async def test_answers_written_together_are_one_request(quiet: House, misaki: Person) -> None:
    await quiet.courier.stop()
    for text in ("一つ目", "二つ目", "三つ目"):
        await quiet.reply(text)
    quiet.courier.start()
    await quiet.wait_for(lambda: len(misaki.phone) == 3)
    assert quiet.texts(misaki) == ["一つ目", "二つ目", "三つ目"]
    assert len({bubble.retry_key for bubble in misaki.phone}) == 1
    assert quiet.line.sending.used == 1


@lines_word
@pytest.mark.parametrize("how", [{"status": 500}, {"status": None, "silent": True}, {"status": 503}])
async def test_a_push_whose_answer_was_lost_is_recognised_when_it_comes_again(
    quiet: House, misaki: Person, how: dict[str, Any]
) -> None:
    quiet.line.fail_next(path="/message/push", after_accepting=True, **how)
    await quiet.courier.stop()
    messages = [await quiet.reply(text) for text in ("一つ目", "二つ目")]
    quiet.courier.start()

    async def waits() -> bool:
        states = {(await quiet.letter(message)).state for message in messages}
        return states == {"waiting"} and bool(misaki.phone)

    await quiet.wait_for(waits)
    late = await quiet.reply("三つ目")  # written in between: it does not join the two
    await quiet.database.write(_all_due)
    quiet.courier.kick()
    for message in (*messages, late):
        assert (await quiet.settled(message)).state == "delivered"
    assert quiet.texts(misaki) == ["一つ目", "二つ目", "三つ目"]


def _all_due(tx: Transaction) -> None:
    tx.run("UPDATE letter SET next_at = :now WHERE state = 'waiting'", now=tx.now)


async def test_one_that_line_does_not_like_keeps_none_of_the_others(quiet: House, misaki: Person) -> None:
    await quiet.courier.stop()
    good = await quiet.reply("良い")
    bad = await quiet.reply("", rich=Native(alt="x", contents={"type": "bubble", "body": {"type": "nothing"}}))
    other = await quiet.reply("これも良い")
    quiet.courier.start()
    states = [(await quiet.settled(message)).state for message in (good, bad, other)]
    assert states == ["delivered", "failed", "delivered"]
    assert quiet.texts(misaki) == ["良い", "これも良い"]
    letter = await quiet.letter(bad)
    assert letter.code == "refused"
    assert "LINE:" in letter.words


@lines_word
async def test_a_long_text_is_cut_where_a_reader_would_pause(quiet: House, misaki: Person) -> None:
    text = "".join(f"{number}番目の文です。😀" for number in range(4000))
    message = await quiet.reply(text)
    assert (await quiet.settled(message)).state == "delivered"
    pieces = quiet.texts(misaki)
    assert "".join(pieces) == text
    assert all(units(piece) <= 5000 for piece in pieces)
    assert all(piece.endswith("。") for piece in pieces[:-1])
    requests = {bubble.request_id for bubble in misaki.phone}
    assert len(requests) == -(-len(pieces) // 5)


async def test_at_the_months_end_and_to_those_who_block_us_the_letter_says_so(quiet: House, misaki: Person) -> None:
    quiet.line.quota = 0
    letter = await quiet.settled(await quiet.reply("送れますか"))
    assert (letter.state, letter.code) == ("failed", "quota")
    assert "You have reached your monthly limit." in letter.words
    assert (await quiet.channel.limits(quiet.account)).left == 0
    quiet.line.quota = None
    misaki.block()
    await quiet.heard()
    letter = await quiet.settled(await quiet.reply("届きますか"))
    assert (letter.state, letter.code) == ("failed", "blocked")
    assert misaki.phone == []


@lines_word
@pytest.mark.parametrize(
    ("status", "state", "code"),
    [(400, "failed", "refused"), (403, "failed", "forbidden"), (404, "failed", "unknown"), (410, "failed", "gone")],
)
async def test_what_line_will_never_take_fails_with_lines_words(
    quiet: House, misaki: Person, status: int, state: str, code: str
) -> None:
    quiet.line.fail_next(status, path="/message/push", message="LINE says no", details=(("too bad", "messages[0]"),))
    letter = await quiet.settled(await quiet.reply("x"))
    assert (letter.state, letter.code) == (state, code)
    assert "LINE says no" in letter.words
    assert "messages[0]: too bad" in letter.words
    await quiet.database.write(resend, quiet.agent, letter.id)
    quiet.courier.kick()
    await quiet.wait_for(lambda: len(misaki.phone) == 1)


@lines_word
@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"status": 401}, "LINE does not accept the account's access token. LINE: "),
        ({"status": 429}, "LINE asks to slow down. LINE: "),
        ({"status": 500}, "LINE is not well. LINE: "),
        ({"status": 503}, "LINE is not well. LINE: "),
        ({"status": None, "silent": True}, "LINE gave no answer. "),
        ({"status": None, "silent": True, "after_accepting": True}, "LINE gave no answer. "),
        ({"status": None, "delay": 3.0}, "LINE gave no answer. "),
    ],
)
async def test_what_may_pass_waits(
    quiet: House, misaki: Person, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any], said: str
) -> None:
    if "delay" in how:  # LINE takes it, and its answer comes when nobody listens any more
        monkeypatch.setattr(platform, "PATIENCE", aiohttp.ClientTimeout(total=1))
    quiet.line.fail_next(path="/message/push", **how)
    message = await quiet.reply("あとで届きます")

    async def waits() -> str:
        letter = await quiet.letter(message)
        return letter.words if letter.state == "waiting" and letter.attempts == 1 else ""

    assert (await quiet.wait_for(waits)).startswith(said)
    monkeypatch.undo()
    await quiet.database.write(_all_due)
    quiet.courier.kick()
    assert (await quiet.settled(message)).state == "delivered"
    assert quiet.texts(misaki) == ["あとで届きます"]


@lines_word
async def test_a_line_that_cannot_be_reached_is_waited_for(quiet: House, misaki: Person) -> None:
    here = str(quiet.account.settings["api_base"])
    await quiet.change(api_base="http://127.0.0.1:9")
    message = await quiet.reply("あとで届きます")

    async def waits() -> str:
        letter = await quiet.letter(message)
        return letter.words if letter.state == "waiting" and letter.attempts == 1 else ""

    assert (await quiet.wait_for(waits)).startswith("LINE cannot be reached. ")
    await quiet.change(api_base=here)
    await quiet.database.write(_all_due)
    quiet.courier.kick()
    assert (await quiet.settled(message)).state == "delivered"
    assert quiet.texts(misaki) == ["あとで届きます"]


async def test_a_key_that_line_has_forgotten_is_not_tried_again(quiet: House, misaki: Person) -> None:
    quiet.line.fail_next(500, path="/message/push", after_accepting=True)
    message = await quiet.reply("一度だけ")

    async def waits() -> bool:
        return (await quiet.letter(message)).state == "waiting" and bool(misaki.phone)

    await quiet.wait_for(waits)
    await quiet.database.write(
        lambda tx: tx.run(
            "UPDATE letter SET first_try_at = :at, next_at = :now", at=tx.now - timedelta(days=1), now=tx.now
        )
    )
    quiet.courier.kick()
    letter = await quiet.settled(message)
    assert (letter.state, letter.code) == ("failed", "lost")
    assert len(misaki.phone) == 1


def a_picture(kind: str, side: int = 40) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((side, side), 90).convert("RGB").save(out, kind)
    return out.getvalue()


@lines_word
async def test_files_lie_at_addresses_that_line_takes_and_last(quiet: House, misaki: Person) -> None:
    ids = [
        await quiet.upload("湯のみ.png", "image/png", a_picture("PNG", 2000)),
        await quiet.upload("急須.webp", "image/webp", a_picture("WEBP")),
        await quiet.upload("作り方.mp4", "video/mp4", b"\x00\x00\x00\x18ftypmp42" + b"x" * 100),
        await quiet.upload("声.m4a", "audio/x-m4a", b"\x00" * 50),
        await quiet.upload("見積書.pdf", "application/pdf", b"%PDF-1.7"),
    ]
    message = await quiet.reply("", attachments=ids)
    assert (await quiet.settled(message)).state == "delivered", (await quiet.letter(message)).words
    kinds = [bubble.kind for bubble in misaki.phone]
    assert kinds == ["image", "image", "video", "audio", "flex"]
    for bubble in misaki.phone[:4]:
        for field, most in (("originalContentUrl", 10_000_000), ("previewImageUrl", 1_000_000)):
            url = bubble.message.get(field)
            if url is None:
                continue
            answer = await quiet.client.get(url.partition(quiet.desk.public_url)[2])
            body = await answer.read()
            assert answer.status == 200
            assert 0 < len(body) <= most
            if bubble.kind == "image":
                assert answer.content_type in ("image/jpeg", "image/png")
                assert Image.open(io.BytesIO(body)).format in ("JPEG", "PNG")
    assert "見積書.pdf" in misaki.phone[4].text
    assert misaki.phone[3].message["duration"] == 60_000


@lines_word
async def test_buttons_cards_choices_and_stickers(quiet: House, misaki: Person) -> None:
    choices = (
        Choice(label="はい"),
        Choice(label="店舗を見る", url="https://shop.example/"),
        Choice(label="いいえ", data="no"),
    )
    await quiet.reply("どうなさいますか", choices=choices)
    await quiet.reply("", rich=Buttons(text="ご用件は", choices=choices, title="ご案内"))
    await quiet.reply("", rich=Confirm(text="交換しますか", yes=choices[0], no=choices[2]))
    columns = tuple(Column(text=f"{number}番", choices=choices[:2]) for number in range(3))
    await quiet.reply("", rich=Carousel(columns=columns))
    await quiet.reply("", rich=Buttons(text="長い説明です。" * 60, choices=choices))
    await quiet.reply("", rich=OutSticker(package="446", sticker="1988"))
    await quiet.wait_for(lambda: len(misaki.phone) == 6)
    kinds = [bubble.kind for bubble in misaki.phone]
    assert kinds == ["text", "template", "template", "template", "flex", "sticker"]
    items = misaki.phone[0].message["quickReply"]["items"]
    assert [item["action"]["type"] for item in items] == ["message", "uri", "postback"]
    misaki.tap(items[0]["action"])
    misaki.tap(items[2]["action"])
    await quiet.heard()
    said = await quiet.from_customer()
    assert [message.text for message in said[-2:]] == ["はい", "いいえ"]
    assert next(message for message in await quiet.messages() if message.kind == "agent").choices == choices


@lines_word
async def test_an_answer_shows_what_it_answers(quiet: House, misaki: Person) -> None:
    misaki.text("どちらの色がありますか")
    await quiet.heard()
    asked = (await quiet.from_customer())[-1]
    message = await quiet.reply("青と白です", answers=asked.id)
    await quiet.settled(message)
    bubble = misaki.phone[-1]
    assert bubble.quotes == misaki.chat.bubbles[1].id
    assert message.quote and message.quote.text == "どちらの色がありますか"


@lines_word
async def test_the_customer_sees_what_was_read_and_that_somebody_writes(quiet: House, misaki: Person) -> None:
    from server import tickets

    quiet.channel.agents_look(1, ["佐藤"])
    await quiet.wait_for(lambda: misaki.chat.loading_until is not None)
    await quiet.database.write(tickets.mark_read, quiet.agent, 1, 1)
    (message,) = await quiet.from_customer()
    await quiet.desk.tell_read(message.id)
    bubble = misaki.chat.bubbles[0]
    assert bubble.read
    await quiet.desk.tell_read(message.id)  # nothing left to tell


@lines_word
async def test_the_limits_are_lines_own(quiet: House, misaki: Person) -> None:
    quiet.line.quota = 200
    limits = await quiet.channel.limits(quiet.account)
    assert (limits.text_units, limits.bubbles, limits.quota, limits.used, limits.left) == (5000, 5, 200, 0, 200)
    await quiet.settled(await quiet.reply("一通"))
    assert (await quiet.channel.limits(quiet.account)).left == 199
    await asyncio.sleep(0)


async def test_what_left_together_is_written_down_together_or_not_at_all(house: House, misaki: Person) -> None:
    await house.change(acknowledge=False)
    await begun(house, misaki)
    messages = [await house.reply(text) for text in ("一つ目", "二つ目")]
    claimed = await house.database.write(claim, 10, together={"line": 5})
    assert [letter.message_id for letter in claimed] == [message.id for message in messages]
    with pytest.raises(NotFound):
        await house.database.write(settle, [claimed[0].id, 999], [Receipt("x"), Receipt("y")])
    assert {(await house.letter(message)).state for message in messages} == {"sending"}
    await house.database.write(lambda tx: tx.run("UPDATE letter SET next_at = :now", now=tx.now))
    again = await house.database.write(claim, 10, together={"line": 5})
    assert [letter.id for letter in again] == [letter.id for letter in claimed]


async def test_that_somebody_writes_is_shown_whichever_process_heard_the_customer(quiet: House, misaki: Person) -> None:
    elsewhere = LineChannel()
    elsewhere.prepare(quiet.desk)
    try:
        elsewhere.agents_look(1, ["佐藤"])
        await quiet.wait_for(lambda: misaki.chat.loading_until is not None)
        elsewhere.agents_look(99, ["佐藤"])  # a ticket that is not there troubles nobody
    finally:
        await elsewhere.close()


async def test_a_customer_on_line_is_not_said_to_watch_the_desks_moves(quiet: House, misaki: Person) -> None:
    """They see what was sent, and nothing else: nobody is asked there for a rating that would never come."""
    assert not (await quiet.thread()).ticket.chat
    with pytest.raises(Conflict):
        await quiet.database.write(tickets.ask_rating, quiet.agent, 1)
