"""The page with phones: everything that a person can do with LINE, with a finger, against a simulated LINE alone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession, web
from playwright.async_api import Browser, Page, expect

from channels.line.simulator import Simulator, make_app
from channels.line.simulator.phone import BUILT, cast, setup
from channels.line.simulator.pictures import photo
from tests.journeys.axe import serious


class Held:
    """A phone in a browser, and the platform behind it."""

    def __init__(self, line: Simulator, page: Page) -> None:
        self.line = line
        self.page = page
        self.hanako = line.people[0]

    async def push(self, *messages: dict[str, Any]) -> None:
        """The shop sends something."""
        headers = {"Authorization": f"Bearer {self.line.token}"}
        body = {"to": self.hanako.id, "messages": list(messages)}
        async with (
            ClientSession(headers=headers) as session,
            session.post(f"{self.line.base_url}/v2/bot/message/push", json=body) as response,
        ):
            assert response.status == 200, await response.text()

    @property
    def kinds(self) -> list[str]:
        """What the shop heard, in order."""
        return [event["type"] for attempt in self.line.webhooks.attempts for event in attempt.events]

    @property
    def last(self) -> dict[str, Any]:
        """What the shop heard last."""
        return self.line.webhooks.attempts[-1].events[-1]


@asynccontextmanager
async def held(browser: Browser, *, language: str = "ja", width: int = 390) -> AsyncIterator[Held]:
    line = Simulator("1656000001", "secret")
    cast(line)
    app = make_app(line)
    setup(app, line)
    app.router.add_static("/assets", BUILT)

    async def hear(_: web.Request) -> web.Response:
        return web.Response()

    app.router.add_post("/callback", hear)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    line.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    line.webhooks.url = f"{line.base_url}/callback"
    page = await browser.new_page(viewport={"width": width, "height": 844}, locale=language)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    try:
        await page.goto(f"{line.base_url}/line?lang={language}")
        await expect(page.locator("#words")).to_be_visible()
        yield Held(line, page)
        assert not wrong
    finally:
        await page.close()
        await runner.cleanup()


async def test_a_person_writes_sends_takes_back_and_blocks(chromium: Browser) -> None:
    async with held(chromium) as phone:
        page = phone.page
        await page.locator("#words").fill("いつ届きますか？")
        await page.locator("#words").press("Enter")
        await expect(page.locator(".row.mine .text")).to_have_text("いつ届きますか？")
        await page.get_by_role("button", name="スタンプ").click()
        await page.get_by_role("img", name="ありがとう").click()
        await expect(page.locator('.row[data-kind="sticker"]')).to_be_visible()
        await page.get_by_role("button", name="ほかのものを送る").click()
        await page.get_by_role("button", name="位置情報を送る").click()
        await page.get_by_role("button", name=re.compile("東京駅")).click()
        await expect(page.locator(".place")).to_contain_text("千代田区")
        png = {"name": "p.png", "mimeType": "image/png", "buffer": photo()}
        await page.locator("#pictures").set_input_files([png, png])
        await expect(page.locator(".pictures img")).to_have_count(2)
        row = page.locator(".row", has_text="いつ届きますか？")
        await row.get_by_role("button", name="その他").click()
        await page.get_by_role("button", name="送信取消").click()
        await expect(page.locator(".notice")).to_have_text("メッセージの送信を取り消しました")
        await page.get_by_role("button", name="トークの設定").click()
        await page.get_by_role("button", name="このアカウントをブロック").click()
        await page.get_by_role("button", name="ブロック解除").click()
        await expect(page.locator(".standing")).to_have_count(0)
        await phone.line.settled()
        assert phone.kinds == [*["message"] * 5, "unsend", "unfollow", "follow"]


async def test_what_the_shop_sends_is_drawn_and_can_be_tapped(chromium: Browser) -> None:
    async with held(chromium) as phone:
        page = phone.page
        yes = {"type": "message", "label": "はい", "text": "はい、お願いします"}
        day = {"type": "datetimepicker", "label": "日を選ぶ", "data": "day", "mode": "date"}
        text = {"type": "text", "text": "いかがですか", "quickReply": {"items": [{"type": "action", "action": yes}]}}
        buttons = {"type": "buttons", "title": "ご注文", "text": "選んでください", "actions": [day]}
        total = {"type": "box", "layout": "horizontal", "contents": [{"type": "text", "text": "合計"}]}
        pay = {"type": "postback", "label": "支払う", "data": "pay=7", "displayText": "支払います"}
        button = {"type": "button", "style": "primary", "action": pay}
        footer = {"type": "box", "layout": "vertical", "contents": [button]}
        flex = {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": [total]}, "footer": footer}
        await phone.push({"type": "template", "altText": "x", "template": buttons})
        await phone.push({"type": "flex", "altText": "x", "contents": flex}, text)
        await page.get_by_role("button", name="はい", exact=True).click()
        await expect(page.locator(".row.mine .text").last).to_have_text("はい、お願いします")
        await expect(page.locator(".quick")).to_have_count(0)
        await page.get_by_role("button", name="支払う").click()
        await expect(page.locator(".row.mine .text").last).to_have_text("支払います")
        await phone.line.settled()
        assert phone.last["postback"] == {"data": "pay=7"}
        await page.get_by_role("button", name="日を選ぶ").click()
        await page.locator(".moment input").fill("2026-12-01")
        await page.get_by_role("button", name="選択").click()
        await expect(page.locator(".sheet")).to_have_count(0)
        while phone.last.get("postback", {}).get("data") != "day":
            await phone.line.changed(phone.line.version, 5)
        assert phone.last["postback"]["params"] == {"date": "2026-12-01"}
        color = await page.locator(".fx-primary").evaluate("button => getComputedStyle(button).backgroundColor")
        assert color == "rgb(23, 201, 80)"
        await page.get_by_role("button", name="通信").click()
        await page.locator(".calls summary").first.click()
        await expect(page.locator(".calls pre").first).to_contain_text("quickReply")


async def test_three_dots_and_read_marks_come_and_go(chromium: Browser) -> None:
    async with held(chromium, language="en") as phone:
        page = phone.page
        said = phone.hanako.text("Hello?")
        headers = {"Authorization": f"Bearer {phone.line.token}"}
        token = said.event["message"]["markAsReadToken"]
        async with ClientSession(phone.line.base_url, headers=headers) as session:
            await session.post("/v2/bot/chat/markAsRead", json={"markAsReadToken": token})
            await session.post("/v2/bot/chat/loading/start", json={"chatId": phone.hanako.id, "loadingSeconds": 60})
        await expect(page.locator(".read")).to_have_text("Read")
        await expect(page.get_by_role("status", name="An answer is being prepared")).to_be_visible()
        await phone.push({"type": "text", "text": "Yes?"})
        await expect(page.locator(".typing")).to_have_count(0)


async def test_another_person_takes_the_phone_and_sees_what_came(chromium: Browser) -> None:
    async with held(chromium, width=1280) as phone:
        page = phone.page
        await page.get_by_role("button", name="佐藤 健").click()
        await phone.push({"type": "text", "text": "花子様"})
        await expect(page.get_by_role("button", name="山田 花子")).to_contain_text("1")
        await page.get_by_role("button", name="トーク一覧へ戻る").click()
        await page.get_by_role("button", name="陶芸サークル").click()
        await page.locator("#words").fill("みなさん、こんにちは")
        await page.locator("#words").press("Enter")
        await expect(page.locator(".row.mine .text")).to_have_text("みなさん、こんにちは")
        await phone.line.settled()
        assert phone.last["source"]["type"] == "group"
        await page.get_by_role("button", name="山田 花子").click()
        await expect(page.locator(".row .text")).to_have_text("花子様")


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_everybody_can_use_the_page(chromium: Browser, language: str) -> None:
    async with held(chromium, language=language, width=1280) as phone:
        phone.hanako.text("こんにちは")
        await phone.push({"type": "text", "text": "https://shop.example"})
        await expect(phone.page.locator(".row .text")).to_have_count(2)
        assert not await serious(phone.page)
