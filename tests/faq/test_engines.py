"""Engines that an admin may choose in place of the default one: they decide when they can; else nobody waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import numpy as np
import pytest

from server.accounts.secrets import Keys
from server.database import Transaction
from server.errors import Invalid, Unavailable
from server.faq import actions, engine_choice
from server.faq.engine_choice import EngineChange, EngineChoice
from server.faq.engines import E5Encoder, EndpointEncoder, EngineFailed
from server.faq.live import Faq
from tests.desks import TestDesk, until
from tests.faq.embeddings import KEY, WIDTH, EmbeddingServer
from tests.faq.test_articles import ENCODER, content, publish, shop

ALLOW = ("127.0.0.1",)


@pytest.fixture
async def served() -> AsyncIterator[EmbeddingServer]:
    server = await EmbeddingServer().open()
    yield server
    await server.close()


def encoder(server: EmbeddingServer, key: str = KEY) -> EndpointEncoder:
    return EndpointEncoder(server.url, "letters-1", key, allow=ALLOW)


async def encoded(engine: EndpointEncoder, *texts: str, seconds: float = 20.0) -> np.ndarray:  # type: ignore[type-arg]
    return await asyncio.to_thread(lambda: engine.encode(texts, seconds=seconds))


async def test_vectors_come_in_their_order_of_length_one_and_are_not_asked_for_twice(served: EmbeddingServer) -> None:
    engine = encoder(served)
    texts = [f"送料はいくらですか {number}" for number in range(100)]
    rows = await encoded(engine, *texts)
    assert rows.shape == (100, WIDTH)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert [len(batch) for batch in served.asked] == [64, 36]
    again = await encoded(engine, texts[7], "")
    assert np.allclose(again[0], rows[7])
    assert [len(batch) for batch in served.asked] == [64, 36, 1]
    engine.close()


@pytest.mark.parametrize(
    ("mood", "trouble", "rest"),
    [
        (429, "busy", 77),
        (500, "status", 77),
        ("redirect", "status", 5),
        ("garbage", "garbage", 5),
        ("nothing", "garbage", 5),
        ("few", "garbage", 5),
        ("width", "width", 5),
        ("silent", "slow", 5),
    ],
)
async def test_what_a_server_does_wrong_is_named_and_it_is_left_alone(
    served: EmbeddingServer, mood: int | str, trouble: str, rest: float
) -> None:
    engine = encoder(served)
    await encoded(engine, "はじめ")
    served.mood = mood
    with pytest.raises(EngineFailed) as failed:
        await encoded(engine, "つぎ", "そのつぎ", seconds=0.3 if mood == "silent" else 20)
    assert (failed.value.trouble, failed.value.rest) == (trouble, rest)
    engine._rests_until += 600  # a machine that stands still for five seconds is not through with the rest
    asked = len(served.asked)
    with pytest.raises(EngineFailed) as failed:
        await encoded(engine, "またつぎ")
    assert (failed.value.trouble, len(served.asked)) == (trouble, asked), "it rests"
    engine.close()


async def test_who_lets_go_of_a_server_does_not_wait_for_what_it_was_asked(served: EmbeddingServer) -> None:
    engine = encoder(served)
    served.mood = "silent"
    asking = asyncio.create_task(encoded(engine, "送料"))
    await until(lambda: served.asked)
    engine.close()
    for asked in (asking, encoded(engine, "返品")):
        with pytest.raises(EngineFailed, match="not asked any more"):
            await asked


async def test_a_wrong_key_and_a_private_address_are_told_apart(served: EmbeddingServer) -> None:
    for engine, trouble in (
        (encoder(served, "sk-other"), "key"),
        (EndpointEncoder(served.url, "m", KEY), "guarded"),
        (EndpointEncoder("http://127.0.0.1:1/v1", "m", allow=ALLOW), "unreachable"),
    ):
        with pytest.raises(EngineFailed) as failed:
            await encoded(engine, "送料")
        assert failed.value.trouble == trouble
        engine.close()
    assert all(batch != [] for batch in served.asked)


def test_a_package_that_is_not_there_is_named() -> None:
    with pytest.raises(EngineFailed, match=r"madoguchi\[faq-e5\]") as failed:
        E5Encoder().encode(["送料"])
    assert failed.value.trouble == "package"


async def test_a_chosen_server_decides_when_it_knows_all_and_the_default_engine_otherwise(
    desk: TestDesk, served: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(EndpointEncoder.encode.__kwdefaults__, "seconds", 60.0)  # however slow this machine is
    await shop(desk.database)
    change = EngineChange(kind="endpoint", url=served.url, model="letters-1", key=KEY)
    await desk.database.write(engine_choice.write, desk.agent, change, desk.keys)
    assert KEY not in str(await desk.database.read(lambda tx: tx.all("SELECT value FROM desk_setting")))
    faq = Faq(desk.database, ENCODER, keys=desk.keys, allow=ALLOW)

    async def ready() -> bool:
        return (await faq.engine()).state == "ready"

    assert (await faq.match("送料はいくらですか")).decision == "answer"
    await until(ready, 30)
    state = await faq.engine()
    assert (state.known, state.phrasings, state.trouble) == (9, 9, None)
    asked = len(served.asked)
    await faq.match("領収書の宛名について")
    assert served.asked[asked:] == [["領収書の宛名について"]], "the message, and no phrasing again"

    served.mood = 500
    begun = time.monotonic()
    assert (await faq.match("パスワードを忘れました")).decision == "answer"
    assert time.monotonic() - begun < 20
    failing = await faq.engine()
    assert (failing.state, failing.trouble) == ("failing", "status")

    await publish(desk.database, content("犬の傘はありますか", "ペット用の傘を売っていますか"))
    faq.changed()
    assert (await faq.match("犬用の傘は売っていますか")).entries[0].confidence > 0.5, "found by the very next message"
    await faq.close()

    served.mood = 200
    asked = len(served.asked)
    beside = Faq(desk.database, ENCODER, keys=desk.keys, allow=ALLOW)
    await beside.engine()
    await until(lambda: _is_ready(beside), 30)
    assert served.asked[asked:] == [["犬の傘はありますか", "ペット用の傘を売っていますか"]], (
        "what was kept is not asked for"
    )
    kept = await desk.database.read(lambda tx: tx.value("SELECT count(*) FROM faq_vector"))
    assert kept == 11
    (first, *_) = [each for each in await desk.database.read(lambda tx: tx.all("SELECT id FROM article ORDER BY id"))]
    await desk.database.write(actions.move, desk.agent, first.id, "archived")
    beside.changed()
    await beside.engine()
    await until(lambda: _kept(desk, 8), 30)
    await beside.close()


@pytest.mark.parametrize("fails", [False, True])
async def test_what_is_chosen_while_the_choice_is_read_holds_from_the_next_message_on(
    desk: TestDesk, served: EmbeddingServer, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    await shop(desk.database)
    faq = Faq(desk.database, ENCODER, keys=desk.keys, allow=ALLOW)
    change = EngineChange(kind="endpoint", url=served.url, model="letters-1", key=KEY)
    read = engine_choice.read

    def once(tx: Transaction) -> EngineChoice:
        """Another choice is made meanwhile, or the database fails."""
        monkeypatch.setattr(engine_choice, "read", read)
        if fails:
            raise Unavailable
        faq.engine_changed()
        return read(tx)

    monkeypatch.setattr(engine_choice, "read", once)
    if fails:
        with pytest.raises(Unavailable):
            await faq.match("送料はいくらですか")
    else:
        assert (await faq.engine()).kind == "use"
    await desk.database.write(engine_choice.write, desk.agent, change, desk.keys)
    assert (await faq.match("送料はいくらですか")).decision == "answer"
    assert (await faq.engine()).kind == "endpoint"
    await faq.close()


async def _is_ready(faq: Faq) -> bool:
    return (await faq.engine()).state == "ready"


async def _kept(desk: TestDesk, many: int) -> bool:
    return bool(await desk.database.read(lambda tx: tx.value("SELECT count(*) FROM faq_vector")) == many)


async def test_a_key_stays_with_its_address_and_is_sealed_anew(desk: TestDesk) -> None:
    write, read = desk.database.write, desk.database.read
    change = EngineChange(kind="endpoint", url="https://api.example/v1", model="m", key="sk-1")
    assert (await write(engine_choice.write, desk.agent, change, desk.keys)).has_key
    same = EngineChange(kind="endpoint", url="https://api.example/v1", model="n")
    assert (await write(engine_choice.write, desk.agent, same, desk.keys)).has_key
    newer = Keys("n" * 40, ["old" * 20])
    assert await write(engine_choice.reseal, desk.keys) == 0
    failing = EngineFailed
    with pytest.raises(failing, match="another MADOGUCHI_SECRET"):
        await read(engine_choice.engine, newer, ())
    other = EngineChange(kind="endpoint", url="https://other.example/v1", model="n")
    assert not (await write(engine_choice.write, desk.agent, other, desk.keys)).has_key
    for wrong in ("ftp://x", "https://user:pass@api.example", "nothing"):
        with pytest.raises(Invalid):
            await write(engine_choice.write, desk.agent, EngineChange(kind="endpoint", url=wrong, model="m"), desk.keys)
