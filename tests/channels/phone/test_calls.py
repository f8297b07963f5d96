"""Calls that agents write down."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from channels import numbers
from channels.contract import Account, InboundMessage, OutboundMessage, Party, Undeliverable
from channels.phone import BadNote, CallNote, PhoneChannel
from tests.channels.desk import FakeDesk

LINE = Account(9, "phone", "代表電話", "+81312345678", {"team_id": 4, "tags": ["電話"]})
CALLED = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)


async def written(note: CallNote | dict[str, Any], line: Account = LINE) -> InboundMessage:
    """The message that a note becomes."""
    desk, channel = FakeDesk(line), PhoneChannel()
    await channel.write_down(desk, line, note)
    (message,) = channel.read(desk.arrivals[0])
    assert isinstance(message, InboundMessage)
    return message


async def test_a_call_is_a_message_of_its_caller_written_by_an_agent() -> None:
    message = await written(
        {
            "text": "折り返し希望。\r\n商品が届かない。\x00",
            "agent_id": 3,
            "number": "０９０ー１２３４ー５６７８",
            "name": "山田  太郎",
            "callback_at": "2026-11-21T15:30:00+09:00",
            "started_at": "2026-11-21T14:00:00+09:00",
        }
    )
    assert message.sender == Party("phone", "+819012345678", "山田 太郎")
    assert message.text == "折り返し希望。\n商品が届かない。"
    assert message.subject == "山田 太郎様（090-1234-5678）からのお電話"
    assert (message.agent_id, message.sent_at) == (3, CALLED)
    assert message.routing.due_at == datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
    assert (message.routing.team_id, message.routing.tags) == (4, ("電話",))
    assert message.fields == {"direction": "in", "callback_at": "2026-11-21T06:30:00+00:00"}


@pytest.mark.parametrize("number", ["", "非通知", "公衆電話", "anonymous"])
async def test_two_callers_without_a_number_are_two_people(number: str) -> None:
    one = await written(CallNote("一", 3, number, key="a"))
    other = await written(CallNote("二", 3, number, key="b"))
    assert one.sender.kind == other.sender.kind == "caller"
    assert one.sender != other.sender
    assert not one.sender.verified


async def test_a_number_that_cannot_be_read_is_kept_as_it_was_written() -> None:
    message = await written(CallNote("内線より", 3, "内線 12", language="en"))
    assert message.sender.kind == "caller"
    assert message.fields["number_as_written"] == "内線 12"
    assert message.marks == ("number-unreadable",)
    assert message.subject == "Call from 内線 12"


async def test_saving_twice_is_one_call_with_a_key_and_without() -> None:
    desk, channel = FakeDesk(LINE), PhoneChannel()
    for note in (CallNote("一", 3, key="k"), CallNote("二", 3, started_at=CALLED)):
        first, second = [await channel.write_down(desk, LINE, note) for _ in range(2)]
        assert (first.repeated, second.repeated) == (False, True)
    await channel.write_down(desk, LINE, CallNote("二", 3, started_at=CALLED.replace(hour=6)))
    assert len(desk.arrivals) == 3


async def test_a_note_that_is_none_is_refused_by_its_field() -> None:
    for wrong, words in (
        ({"text": " ", "agent_id": 3}, "text"),
        ({"text": "x"}, "agent_id"),
        ({"text": "x", "agent_id": 3, "nummber": ""}, "nummber"),
        ({"text": "x", "agent_id": 3, "direction": "up"}, "direction"),
        ({"text": "x", "agent_id": 3, "callback_at": "soon"}, "callback_at"),
    ):
        with pytest.raises(BadNote, match=words):
            await written(wrong)


async def test_a_desk_that_cannot_take_it_is_told_and_the_note_can_be_saved_again() -> None:
    desk, channel, note = FakeDesk(LINE), PhoneChannel(), CallNote("一", 3, key="k")
    desk.fail(OSError("disk full"))
    with pytest.raises(OSError, match="full"):
        await channel.write_down(desk, LINE, note)
    assert (await channel.write_down(desk, LINE, note)).ticket == 1


async def test_a_line_abroad_reads_numbers_as_its_country_does() -> None:
    message = await written(CallNote("hello", 3, "(650) 253-0000"), replace(LINE, settings={"region": "US"}))
    assert message.sender.address == "+16502530000"


async def test_an_answer_by_phone_is_a_person_calling() -> None:
    letter = OutboundMessage("k", LINE, (Party("phone", "+819012345678"),), "", CALLED)
    with pytest.raises(Undeliverable, match="call 090-1234-5678"):
        await PhoneChannel().deliver(letter)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("090-1234-5678", "+819012345678"),
        ("０９０－１２３４－５６７８", "+819012345678"),
        ("０９０ー１２３４ー５６７８", "+819012345678"),
        ("090−1234‐5678", "+819012345678"),
        ("(03) 1234 5678", "+81312345678"),
        ("０３（１２３４）５６７８", "+81312345678"),
        ("+81 90 1234 5678", "+819012345678"),
        ("+81(0)90-1234-5678", "+819012345678"),
        ("81-90-1234-5678", "+819012345678"),
        ("0081 90 1234 5678", "+819012345678"),
        ("010-81-90-1234-5678", "+819012345678"),
        ("tel:+81-90-1234-5678", "+819012345678"),
        ("0120-444-444", "+81120444444"),
        ("050-1234-5678", "+815012345678"),
        ("+1 650 253 0000", "+16502530000"),
        ("", None),
        ("内線12", None),
        ("110", None),
        ("x" * 1000, None),
        ("9" * 40, None),
        ("090-1234-5678; DROP TABLE", None),
    ],
)
def test_a_number_is_one_number_however_it_is_written(written: str, meant: str | None) -> None:
    assert numbers.normalise(written) == meant
