"""An agent is told of what concerns them, once, in the way they wish, and never of what they are looking at."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Page, expect

from server import tickets
from server.agents import AgentView
from server.tickets import TicketEdit
from tests.channels.webchat.widget import Widget
from tests.desks import until
from tests.journeys.axe import serious
from tests.journeys.console.conftest import Sit
from tests.journeys.console.counter import Counter

BROWSER = """
window.shown = []; window.tones = [];
window.Notification = class {
  static permission = localStorage.getItem("permission") ?? "default";
  static async requestPermission() {
    localStorage.setItem("permission", "granted");
    return (this.permission = "granted");
  }
  constructor(title, options) { this.title = title; this.body = options.body; window.shown.push(this); }
  close() {}
};
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { window.tones.push(this.type); return start.apply(this, when); };
"""
"""The browser's own notifications and tones, written down instead of shown and heard by nobody."""


async def titles(*pages: Page) -> list[str]:
    found: list[str] = []
    for page in pages:
        found += await page.evaluate("window.shown.map(each => each.title)")
    return found


async def becomes(page: Page, expression: str) -> None:
    """Wait for it, without evaluating anything inside the page: its policy forbids that."""
    await until(lambda: page.evaluate(expression))


async def more_mail(counter: Counter, number: int, text: str = "追伸です。") -> None:
    found = await counter.mail(text, In_Reply_To=await counter.first_id(number))
    assert found.ticket == number


async def give(counter: Counter, by: AgentView, number: int, **edit: Any) -> None:
    await counter.parts.database.write(tickets.edit, by, number, TicketEdit(**edit), version=None)


async def settings(page: Page) -> None:
    await page.locator(".self").click()
    await page.get_by_role("option", name="通知と写真").click()


async def test_one_of_several_tabs_tells_and_a_click_opens_the_ticket(counter: Counter, sit: Sit) -> None:
    mine, other = await counter.ticket("わたしの担当です。"), await counter.ticket("別件", sender="x@mail.example")
    aoi, ren = await counter.hire("佐々木 葵"), await counter.hire("田村 蓮")
    await give(counter, aoi, mine, assignee=aoi.id)
    await counter.parts.database.write(tickets.mark_read, aoi, mine, 1)
    page = await sit(aoi, f"#/open/{other}", script=BROWSER)
    await settings(page)
    assert await serious(page) == []
    await page.get_by_role("button", name="このブラウザーで通知を許可する").click()
    await expect(page.get_by_text("このブラウザーでは通知が表示されます。")).to_be_visible()
    await page.keyboard.press("Escape")
    second = await page.context.new_page()
    await second.goto(f"{counter.base}/console#/open")
    await second.locator(".connection.live").wait_for(state="attached")
    await more_mail(counter, mine)
    for tab in (page, second):
        await becomes(tab, "document.title.startsWith('(1)')")
        await expect(tab.locator("link[rel=icon]")).to_have_attribute("href", re.compile("circle"))
    assert await titles(page, second) == [f"山田 花子 様 · #{mine}"]
    telling = page if await titles(page) else second
    assert await telling.evaluate("window.shown[0].body") == "商品について\n追伸です。"
    await telling.evaluate("window.shown[0].onclick()")
    await expect(telling.locator(".thread-head .number")).to_have_text(f"#{mine}")
    for tab in (page, second):
        await becomes(tab, "!document.title.startsWith('(')")
        await expect(tab.locator("link[rel=icon]")).not_to_have_attribute("href", re.compile("circle"))
    # What is looked at, in whichever tab, tells nothing; what comes after it does.
    await more_mail(counter, mine, "まだあります。")
    await expect(telling.locator(".message").last).to_contain_text("まだあります。")
    await counter.parts.database.write(tickets.note, ren, other, "見てください", mentions=[aoi.id])
    third = await counter.ticket("三件目です。", sender="y@mail.example", name="鈴木 一郎")
    await page.bring_to_front()

    async def told() -> bool:
        return f"鈴木 一郎 様 · #{third}" in await titles(page, second)

    await until(told)
    assert not [title for title in (await titles(page, second))[1:] if title.endswith(f"#{mine}")]


async def test_whoever_wants_quiet_has_it_and_finds_the_count_afterwards(counter: Counter, sit: Sit) -> None:
    first = await counter.ticket("最初")
    aoi, ren = await counter.hire("佐々木 葵"), await counter.hire("田村 蓮")
    page = await sit(aoi, f"#/open/{first}", script=f'localStorage.setItem("permission", "granted");{BROWSER}')
    await page.locator(".self").click()
    await page.get_by_role("option", name="通知を止める").click()
    await expect(page.locator(".self")).to_contain_text("通知を止める")
    quiet = await counter.ticket("静かに", sender="a@mail.example")
    await becomes(page, "document.title.startsWith('(1)')")
    other = await sit(aoi, f"#/open/{first}", width=390, height=800, script=BROWSER)
    await becomes(other, "document.title.length > 0")
    await page.locator(".self").click()
    await page.get_by_role("option", name="通知を止める").click()
    await settings(page)
    sheet = page.get_by_role("dialog")
    await sheet.get_by_label("担当もチームも決まっていないチケットとメッセージ").uncheck()
    await page.keyboard.press("Escape")
    unwanted = await counter.ticket("知らせない", sender="b@mail.example")
    await give(counter, ren, unwanted, assignee=aoi.id)
    await becomes(page, "window.shown.length > 0")
    assert await titles(page) == [f"田村 蓮さんが #{unwanted} の担当をあなたにしました"]
    await give(counter, ren, quiet, assignee=ren.id)
    await becomes(page, "document.title.startsWith('(1)')")
    # The wishes are the agent's, not the browser's.
    elsewhere = await sit(aoi, "#/open", script=BROWSER)
    await settings(elsewhere)
    wish = elsewhere.get_by_label("担当もチームも決まっていないチケットとメッセージ")
    await expect(wish).not_to_be_checked()


async def test_a_chat_that_waits_has_a_tone_of_its_own_and_its_time_counts(counter: Counter, sit: Sit) -> None:
    await counter.account("webchat", "店", "shop", slug="shop", sites=["https://shop.example"])
    aoi = await counter.hire("佐々木 葵")
    page = await sit(aoi, "#/open", script=f'localStorage.setItem("permission", "granted");{BROWSER}')
    await settings(page)
    await page.get_by_role("button", name="試聴：そのほか").click()
    await becomes(page, "window.tones.join() === 'sine'")
    await page.get_by_role("button", name="試聴：チャット").click()
    await becomes(page, "window.tones.join() === 'sine,triangle,triangle'")
    await page.keyboard.press("Escape")
    await until(lambda: counter.parts.desk.attended(None))
    visitor = await Widget(counter.base).connect()
    await visitor.hello()
    assert visitor.state["attended"] is True
    await visitor.say("send", {"id": "a-first-question", "text": "在庫はありますか"})
    await becomes(page, "window.shown.length === 1")
    assert (await titles(page))[0].endswith("がチャットでお待ちです")
    await becomes(page, "window.tones.length === 5")
    await page.mouse.move(900, 500)  # a list under the pointer is held
    wait = page.locator(".row .row-when")
    await expect(wait).to_have_text(re.compile(r"\d:\d\d"))
    await page.evaluate("window.kept = document.querySelector('.row')")
    await expect(wait).not_to_have_text(await wait.inner_text())
    assert await page.evaluate("window.kept === document.querySelector('.row')")
    await page.locator(".row").click()
    await expect(page.locator(".thread-tools .waiting")).to_contain_text(re.compile(r"お待たせ\d:\d\d"))
    await visitor.client.disconnect()
