"""What every channel owes the desk, asked of each by its rig in the same words."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from channels import contract
from channels.contract import (
    AnswersElsewhere,
    Arrival,
    Attachment,
    Channel,
    DelaysLetters,
    InboundMessage,
    OutboundMessage,
    Party,
    Raw,
    TryLater,
    Undeliverable,
)
from tests.channels import rigs
from tests.channels.rigs import Rig

MODULES = {
    module.name: importlib.import_module(f"{rigs.__name__}.{module.name}")
    for module in pkgutil.iter_modules(rigs.__path__)
}
SENDING = [name for name, module in MODULES.items() if module.DELIVERS]

HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "{{ 7*7 }} {body} %s %(x)s ${x} {0.__class__}",
    "'; DROP TABLE tickets; -- \" \\ `",
    "\u202egnp.exe\u202c \u200b\u2066 が\u3099 🙇\u200d♀\ufe0f 髙﨑①㈱",
    "line\n.\n..\nFrom here\n> quoted\n--\nend",
    "長い" * 20_000,
]
"""Texts that somebody will send one day; they must come through as text, whole."""

BROKEN = ["nul \x00 inside", "controls \x01\x02\x1b[31m", "\ufffe\uffff"]
"""Texts with what no database takes: the rest must come through, that need not."""


@pytest.fixture(params=MODULES)
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """The rig of one channel."""
    async with MODULES[request.param].rig() as rig:
        yield rig


@pytest.fixture(params=SENDING)
async def sending(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """The rig of one channel that also delivers."""
    async with MODULES[request.param].rig() as rig:
        yield rig


def messages(rig: Rig, arrival: Arrival) -> list[InboundMessage]:
    return [one for one in rig.channel.read(arrival) if isinstance(one, InboundMessage)]


def comparable(value: Any) -> Any:
    """A value without what differs each time by nature: attachments compare by their bytes."""
    if isinstance(value, Attachment):
        return value.filename, value.content_type, value.size, b"".join(value.chunks())
    if is_dataclass(value) and not isinstance(value, type):
        return type(value).__name__, [comparable(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, (list, tuple)):
        return [comparable(one) for one in value]
    return value


async def test_a_channel_says_what_it_is(rig: Rig) -> None:
    channel: Channel = rig.channel
    assert channel.kind
    assert channel.label
    names = [field.name for field in channel.fields]
    assert len(names) == len(set(names))
    for field in channel.fields:
        assert field.label
        if field.kind == "choice":
            assert field.default in [value for value, _ in field.choices], field.name
    if isinstance(channel, DelaysLetters):
        assert channel.undo_seconds >= 0


async def test_when_the_network_is_told_we_have_it_the_desk_has_it(rig: Rig) -> None:
    assert await rig.offer("届きますか。", "one")
    (arrival,) = rig.desk.arrivals
    assert arrival.account.kind == rig.channel.kind
    assert arrival.external_id
    assert arrival.received_at.tzinfo is not None
    (message,) = messages(rig, arrival)
    assert message.text == "届きますか。"
    assert message.external_id
    assert message.sent_at.tzinfo is not None


async def test_when_the_desk_cannot_take_it_the_network_offers_it_again(rig: Rig) -> None:
    for error in (RuntimeError("database is locked"), OSError(28, "No space left on device")):
        rig.desk.fail(error)
        assert not await rig.offer("もう一度", "one")
        assert rig.desk.arrivals == []
    assert await rig.offer("もう一度", "one")
    assert len(rig.desk.arrivals) == 1


async def test_what_is_offered_twice_arrives_once(rig: Rig) -> None:
    assert await rig.offer("一度だけ", "one")
    assert await rig.offer("一度だけ", "one")
    assert len(rig.desk.arrivals) == 1
    assert await rig.offer("別のもの", "two")
    assert len(rig.desk.arrivals) == 2


async def test_reading_is_pure_and_can_be_repeated_in_any_thread(rig: Rig) -> None:
    assert await rig.offer("読み直し", "one")
    (arrival,) = rig.desk.arrivals
    first = comparable(rig.channel.read(arrival))
    again = comparable(await asyncio.to_thread(rig.channel.read, arrival))
    assert first == again
    assert len(rig.desk.arrivals) == 1


async def test_reading_copes_with_garbage(rig: Rig) -> None:
    assert await rig.offer("壊れる前", "one")
    (arrival,) = rig.desk.arrivals
    for data in garbage(arrival.raw.bytes()):
        broken = replace(arrival, raw=Raw(data=data))
        try:
            read: Sequence[Any] = rig.channel.read(broken)
        except ValueError:
            assert not rig.takes_any_bytes, data[:200]
        else:
            assert all(isinstance(one, contract.Inbound) for one in read)


def garbage(good: bytes) -> list[bytes]:
    """Nothing, noise, and what is left of something good after a bad journey; the same at each run."""
    dice = random.Random(20260101)
    broken = [b"", b"\x00", b"\r\n\r\n", b"\xff" * 1000, dice.randbytes(5000), good * 3, good[::-1]]
    broken += [good[: len(good) * cut // 8] for cut in range(8)]
    for _ in range(60):
        data = bytearray(good)
        for _ in range(dice.randint(1, 12)):
            data[dice.randrange(len(data))] = dice.choice([0, 10, 13, 34, 58, 60, 92, 123, 255, dice.randrange(256)])
        broken.append(bytes(data))
    return broken


@pytest.mark.parametrize("number", range(len(HOSTILE)))
async def test_hostile_text_comes_in_as_it_is(rig: Rig, number: int) -> None:
    text = HOSTILE[number]
    assert await rig.offer(text, "one")
    (message,) = messages(rig, rig.desk.arrivals[0])
    whole = message.whole_text if message.whole_text is not None else message.text
    assert whole.strip() == text.strip()


@pytest.mark.parametrize("text", BROKEN)
async def test_what_no_database_takes_is_gone_before_it_gets_there(rig: Rig, text: str) -> None:
    if not await rig.offer(f"前{text}後", "one"):
        return  # a channel may refuse such a text, as long as it says so
    (message,) = messages(rig, rig.desk.arrivals[0])
    for words in (message.text, message.whole_text or "", message.subject, message.sender.name):
        assert "\x00" not in words
        words.encode()  # no lone surrogates
    assert "前" in message.text
    assert "後" in message.text


# ------------------------------------------------------------------------------------------------ the way out


async def test_a_letter_reaches_the_network(sending: Rig) -> None:
    await sending.channel.deliver(sending.letter("発送しました。", "k1"))
    (sent,) = sending.sent()
    assert sent.text.strip() == "発送しました。"


async def test_the_same_letter_again_is_recognisable(sending: Rig) -> None:
    for _ in range(2):
        await sending.channel.deliver(sending.letter("二度目", "k1"))
    await sending.channel.deliver(sending.letter("二度目", "k2"))
    identities = [sent.identity for sent in sending.sent()]
    # a network that itself knows repeats may have taken the first two as one
    assert identities[0] == identities[-2]
    assert identities[-1] != identities[0]


async def test_never_and_later_are_told_apart(sending: Rig) -> None:
    sending.network("never")
    with pytest.raises(Undeliverable) as never:
        await sending.channel.deliver(sending.letter("届かない", "k1"))
    assert never.value.words
    sending.network("later")
    with pytest.raises(TryLater) as later:
        await sending.channel.deliver(sending.letter("あとで", "k2"))
    assert later.value.words
    sending.network("take")
    await sending.channel.deliver(sending.letter("あとで", "k2"))
    assert [sent.text.strip() for sent in sending.sent()] == ["あとで"]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
async def test_hostile_text_goes_out_as_it_is(sending: Rig, number: int) -> None:
    try:
        await sending.channel.deliver(sending.letter(HOSTILE[number], "k1"))
    except Undeliverable:
        return  # longer than the network takes, and said so
    assert "".join(sent.text for sent in sending.sent()).strip() == HOSTILE[number].strip()


async def test_a_closed_channel_leaves_nothing_running() -> None:
    for module in MODULES.values():
        before = asyncio.all_tasks()
        async with module.rig():
            pass
        for _ in range(20):
            await asyncio.sleep(0)
        assert not [task for task in asyncio.all_tasks() - before if not task.done()], module.__name__


@pytest.mark.parametrize("kind", [name for name in MODULES if name not in SENDING])
async def test_a_channel_without_a_way_out_says_so_and_through_which_its_customers_are_answered(kind: str) -> None:
    async with MODULES[kind].rig() as rig:
        assert isinstance(rig.channel, AnswersElsewhere)
        with pytest.raises(Undeliverable):
            account = rig.desk.accounts(rig.channel.kind)[0]
            await rig.channel.deliver(
                OutboundMessage("k", account, (Party("email", "a@b.jp"),), "x", datetime.now(UTC))
            )
