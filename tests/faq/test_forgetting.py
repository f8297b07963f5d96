"""What customers wrote and the matcher remembers goes with them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

from server.faq.live import Faq
from server.files import Files
from server.privacy.keeper import Keeper
from server.reactions import Reactions
from server.web.feed import Feed, newest_seq
from tests.desks import TestDesk, until
from tests.faq.test_articles import ENCODER, content, publish, shop
from tests.privacy import life
from tests.privacy.test_erasure import asked


def remembered(faq: Faq) -> str:
    """Every message that a process has in memory."""
    stock = faq._stock
    assert stock is not None
    shelves = [shelf for one in (stock.all, *stock._own.values()) for shelf in one._languages.values()]
    return " ".join([*(text for shelf in shelves for text, _ in shelf.heard), *(text for _, text in stock._said)])


async def test_an_erasure_takes_a_persons_messages_out_of_every_process(desk: TestDesk, files: Files) -> None:
    customer = await life.live(desk, files)
    await shop(desk.database)
    await publish(desk.database, content("Where is my parcel?", "track my delivery"))
    other = "送料無料になるのはいくらからでしょうか"
    await desk.hear(other, sender="somebody@mail.example")
    processes = [Faq(desk.database, ENCODER), Faq(desk.database, ENCODER)]
    feeds = [Feed(desk.database), Feed(desk.database)]
    for faq, feed in zip(processes, feeds, strict=True):
        await faq.match("送料はいくらですか")
        assert life.in_bytes(remembered(faq).encode()), "the story is remembered"
        loops: Any = SimpleNamespace(**{name: Mock() for name in LOOPS})
        feed.listen(Reactions(desk.inbox, {}, faq, Mock(), loops).hear)
        await feed.start()
    desk.database.on_commit(feeds[0].announce)
    await Keeper(desk.database, files).erase(await asked(desk, customer))
    feeds[1].poke(await desk.database.read(newest_seq))  # as the process beside it does, which commits nothing
    for faq in processes:
        await until(lambda faq=faq: not life.in_bytes(remembered(faq).encode()))  # type: ignore[misc]
        assert (await faq.match("送料はいくらですか")).decision == "answer"
        assert not life.in_bytes(remembered(faq).encode())
        assert other in remembered(faq), "those of others are read again"
    for feed in feeds:
        await feed.close()


LOOPS = (
    "courier", "indexer", "alarm", "continuity", "planner", "notices", "mailer", "flows", "answerer", "learner",
    "board", "webhooks", "sources", "importer", "reports",
)  # fmt: skip
