"""The demo: its data, its doors, and the whole journey from a shop's form to the customer's answer, over real SMTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar, web

from channels.form import FormChannel
from server import agents, demo_data
from server.accounts import Keys
from server.app import Parts, assemble, build
from server.database import Database, Transaction, now
from server.database.schema import migrate
from server.errors import Forbidden
from server.files import Files
from server.settings import DEMO_SECRET, Settings
from server.web import demo
from server.web.demo.letter_box import Caught, post
from server.web.doors import DOORS, Doors
from tests.channels.desk import until
from tests.ports import free_port

LETTER = (
    "From: =?utf-8?b?5pyI44Gu6Lyq?= <support@demo.shop>\r\nReply-To: support+tabc@demo.shop\r\n"
    "To: =?utf-8?b?5bGx55Sw?= <hanako@example.jp>\r\nSubject: =?utf-8?b?44GU5rOo5paH?=\r\n"
    "Message-ID: <key@demo.shop>\r\nReferences: <first@example.jp>\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n発送いたしました。\r\n"
).encode()


@dataclass
class Stage:
    """A running demo and a browser in front of it."""

    parts: Parts
    box: demo.LetterBox
    session: ClientSession
    url: str

    async def get(self, path: str) -> tuple[int, str]:
        """Open a page."""
        async with self.session.get(self.url + path, headers={"Accept": "text/html"}) as response:
            return response.status, await response.text()

    async def post(self, path: str, data: Any = None) -> tuple[int, str]:
        """Send a form as this very site would; gives where it ended."""
        headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
        async with self.session.post(self.url + path, data=data or {}, headers=headers) as response:
            return response.status, str(response.url.relative())

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        """What stands in a table."""

        def ask(tx: Transaction) -> list[Any]:
            return tx.all(sql, **values)

        return await self.parts.database.read(ask)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """The demo as `madoguchi demo` starts it, on ports of its own."""
    port, smtp_port = free_port(), free_port()
    settings = Settings(
        secret=DEMO_SECRET,
        database=f"sqlite:///{tmp_path / 'demo.db'}",
        files=tmp_path / "files",
        public_url=f"http://127.0.0.1:{port}",
        port=port,
        smtp_port=smtp_port,
        demo=True,
    )
    parts = assemble(settings)
    migrate(parts.engine)
    app, box = build(parts), demo.LetterBox()
    demo.setup(app, demo.Demo(box, ("127.0.0.1", smtp_port)))
    async with demo.catching(box) as out:
        await parts.database.write(
            demo_data.fill,
            parts.channels,
            parts.keys,
            parts.files,
            public_url=settings.public_url,
            smtp_out=("127.0.0.1", out),
        )
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
            yield Stage(parts, box, session, settings.public_url)
        await runner.cleanup()


async def test_the_whole_journey_from_the_form_to_the_customers_answer(stage: Stage) -> None:
    await until(lambda: len(stage.box.newest()) == 1)  # the acknowledgement of the story's newest form
    form = {
        "name": "客 一郎",
        "email": "ichiro@shop.example",
        "topic": "order",
        "message": "荷物はどこですか。",
        "consent": "yes",
    }
    status, _ = await stage.post("/forms/contact", form)
    assert status == 200
    await until(lambda: len(stage.box.newest()) == 2)
    letter = stage.box.newest()[0]
    assert letter.rcpt_to == ("ichiro@shop.example",)
    assert "客 一郎 様" in letter.text
    assert "うつわの月の輪" in letter.text
    status, where = await stage.post(f"/demo/letters/{letter.id}", {"text": "追伸です。急いでいます。"})
    assert (status, where) == (200, f"/demo/letters/{letter.id}?sent=1")
    [ticket] = await stage.rows("SELECT number, last_seq, last_text FROM ticket ORDER BY number DESC LIMIT 1")
    assert ticket.last_text.startswith("追伸です。急いでいます。")
    said = await stage.rows("SELECT kind, text FROM message WHERE ticket_number = :n ORDER BY seq", n=ticket.number)
    assert [message.kind for message in said] == ["customer", "auto", "customer"]
    assert said[-1].text == "追伸です。急いでいます。"


async def test_an_order_is_bought_moved_on_and_told_of(stage: Stage) -> None:
    told = {row.state for row in await stage.rows("SELECT state FROM notice")}
    assert {"planned", "held", "sent"} <= told, "a newcomer finds notices in several states"
    assert not await stage.rows("SELECT 1 FROM notice WHERE state = 'task'")
    buy = {"ware": "1", "who": "", "name": "客 二郎", "email": "jiro@shop.example"}
    assert (await stage.post("/demo/orders", buy))[1] == "/demo/orders"
    assert (await stage.post("/demo/orders", {**buy, "email": "no address"}))[0] == 422
    [order] = await stage.rows("SELECT id FROM orders WHERE number = 'T-30001'")

    def subjects() -> list[str]:
        return [each.header("Subject") for each in stage.box.newest() if each.rcpt_to == ("jiro@shop.example",)]

    for deed, word in (("", "ありがとうございます"), ("paid", "入金"), ("shipped", "発送"), ("late", "遅れ")):
        if deed:
            assert (await stage.post(f"/demo/orders/{order.id}", {"do": deed}))[0] == 200
        await until(lambda word=word: any(word in subject for subject in subjects()))
    assert len(subjects()) == 4
    assert (await stage.post(f"/demo/orders/{order.id}", {"do": "cancelled"}))[0] == 422
    status, page = await stage.get("/demo/orders?lang=en")
    assert status == 200 and "T-30001" in page and "Delivery delayed" in page and "Sent (Mail)" in page


async def test_one_click_signs_in_as_each_of_the_demos_people(stage: Stage) -> None:
    status, page = await stage.get("/demo")
    assert status == 200
    for person in await stage.parts.database.read(agents.all_agents):
        assert person.name in page
        status, where = await stage.post(f"/demo/enter/{person.id}")
        assert (status, where) == (200, "/console")
        async with stage.session.get(f"{stage.url}/api/v1/me") as response:
            assert (await response.json())["id"] == person.id
    [admin] = [each for each in await stage.parts.database.read(agents.all_agents) if each.role == "admin"]
    assert (await stage.post(f"/demo/enter/{admin.id}", {"to": "admin"}))[1] == "/admin/accounts"


async def test_another_site_cannot_sign_a_visitor_in(stage: Stage) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    async with stage.session.post(f"{stage.url}/demo/enter/1", headers=headers) as response:
        assert response.status == 403


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_every_page_of_the_demo_opens_in_both_languages(stage: Stage, language: str) -> None:
    stage.box.keep(LETTER, "support@demo.shop", ["hanako@example.jp"])
    for path in ("/demo", "/demo/shop", "/demo/letters", "/demo/letters/1"):
        status, page = await stage.get(f"{path}?lang={language}")
        assert status == 200, page
        assert f'<html lang="{language}">' in page
    status, shop = await stage.get("/demo/shop?lang=en")
    assert '<script src="/forms/embed.js" data-form="contact"' in shop
    assert "Tsukinowa Pottery" in shop


async def test_a_letters_html_is_shown_in_a_frame_that_can_do_nothing(stage: Stage) -> None:
    raw = LETTER.replace(b"text/plain", b"text/html") + b"<script>alert(1)</script>"
    caught = stage.box.keep(raw, "support@demo.shop", ["hanako@example.jp"])
    async with stage.session.get(f"{stage.url}/demo/letters/{caught.id}/html") as response:
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox; default-src 'none'")
    _, page = await stage.get(f"/demo/letters/{caught.id}")
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert (await stage.get("/demo/letters/999"))[0] == 404


async def test_the_demos_doors_open_on_a_demo_only(database: Database, files: Files) -> None:
    app = web.Application()
    app[DOORS] = Doors(
        database=database, files=files, keys=Keys("x" * 32), public_url="http://127.0.0.1", secret=b"", demo=False
    )
    with pytest.raises(Forbidden):
        demo.setup(app, demo.Demo(demo.LetterBox(), ("127.0.0.1", 1)))


# ---------------------------------------------------------------------------------------------------- letter box


async def test_the_box_keeps_what_smtp_brings_and_sends_nothing_on() -> None:
    box = demo.LetterBox()
    async with demo.catching(box) as port:
        await post(Caught(1, LETTER, "", ("hanako@example.jp",), now()).answer("はい"), "127.0.0.1", port)
    [caught] = box.newest()
    assert caught.mail_from == "hanako@example.jp"
    assert caught.rcpt_to == ("support+tabc@demo.shop",)
    assert caught.text.startswith("はい\n\n")


def test_the_customers_answer_is_threaded_and_goes_to_the_reply_address() -> None:
    answer = Caught(1, LETTER, "support@demo.shop", ("hanako@example.jp",), now()).answer("はい、お願いします。")
    assert answer["To"] == "support+tabc@demo.shop"
    assert answer["From"] == "山田 <hanako@example.jp>"
    assert answer["Subject"] == "Re: ご注文"
    assert answer["In-Reply-To"] == "<key@demo.shop>"
    assert answer["References"] == "<first@example.jp> <key@demo.shop>"
    assert "> 発送いたしました。" in answer.get_content()


def test_the_box_forgets_the_oldest() -> None:
    box = demo.LetterBox()
    for _ in range(510):
        box.keep(LETTER, "a@demo.shop", ["b@example.jp"])
    assert len(box.newest()) == 500
    assert box.newest()[0].id == 510
    assert box.find(1) is None


# -------------------------------------------------------------------------------------------------------- data


async def test_the_demos_data_tells_every_kind_of_story(database: Database, files: Files, tmp_path: Path) -> None:
    settings = Settings(secret=DEMO_SECRET, database=database.engine.url, files=tmp_path / "f")
    parts = assemble(settings)
    assert isinstance(parts.channels["form"], FormChannel)
    assert not await database.read(demo_data.filled)
    await database.write(
        demo_data.fill, parts.channels, parts.keys, files, public_url="http://127.0.0.1", smtp_out=("127.0.0.1", 2526)
    )
    assert await database.read(demo_data.filled)

    def ask(tx: Transaction) -> dict[str, Any]:
        return {
            "statuses": [row.status for row in tx.all("SELECT status FROM ticket")],
            "spam": tx.value("SELECT count(*) FROM ticket WHERE spam"),
            "letters": [row.state for row in tx.all("SELECT state FROM letter")],
            "quarantined": tx.value("SELECT count(*) FROM arrival WHERE state = 'quarantined'"),
            "files": tx.value("SELECT count(*) FROM attachment"),
            "jis": tx.value("SELECT subject FROM ticket WHERE subject LIKE '業務用%'"),
            "words": tx.value("SELECT text FROM message WHERE text LIKE '%木漏れ日の%'"),
            "sjis": tx.value("SELECT text FROM message WHERE text LIKE '%うつわ便%'"),
        }

    found = await database.read(ask)
    assert len(found["statuses"]) == 26
    assert set(found["statuses"]) == {"open", "active", "waiting", "done", "none_needed"}
    assert found["spam"] == 1
    assert (found["letters"].count("failed"), found["letters"].count("waiting")) == (1, 1)
    assert (found["quarantined"], found["files"]) == (1, 1)
    assert found["jis"] == "業務用のお見積りのお願い①"
    assert "㈱カフェ木漏れ日の髙木" in found["words"]
    assert "解約" in found["sjis"]
    await parts.desk.close()
    await parts.database.close()
