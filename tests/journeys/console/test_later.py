"""What the console fetches later: at once when it is wanted, honestly told when it cannot come."""

from __future__ import annotations

from playwright.async_api import Page, Route, expect

from tests.desks import until
from tests.journeys.axe import serious
from tests.journeys.console.conftest import Sit
from tests.journeys.console.counter import Counter

LATER = "**/assets/console-later*"
"""The file of the parts, and their style sheet."""
SHEET = "キーボード"


async def lock_out(page: Page) -> None:
    """From now on none of them comes."""

    async def refuse(route: Route) -> None:
        await route.abort()

    await page.route(LATER, refuse)


async def locked_out(counter: Counter, sit: Sit) -> Page:
    """A console in front of a ticket, whose later parts could not be fetched."""
    number = await counter.ticket("質問です。")
    aoi = await counter.hire("佐々木 葵")
    page = await sit(aoi, "#/done")
    await lock_out(page)
    await page.goto(f"{counter.base}/console?again#/open/{number}")
    await page.locator(".message").first.wait_for()
    return page


async def test_a_part_that_cannot_come_is_told_and_comes_when_it_is_tried_again(counter: Counter, sit: Sit) -> None:
    page = await locked_out(counter, sit)
    # The customer's pane says it in its place; the ticket can be read and answered.
    await expect(page.locator("aside.pane").get_by_role("alert")).to_contain_text("読み込めませんでした")
    await page.locator(".log").focus()
    await page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("alert")).to_contain_text("下書きは保存されています")
    assert await serious(page) == []
    # Keys that are pressed meanwhile do nothing to the ticket behind.
    await page.keyboard.press("e")
    await page.unroute(LATER)
    await dialog.get_by_role("button", name="もう一度試す").click()
    await expect(page.get_by_role("dialog", name=SHEET)).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.locator(".pane .person-name")).to_have_text("山田 花子 様")
    await expect(page.locator(".message")).to_have_count(1)
    await expect(page.locator(".thread-tools .status")).to_have_text("未対応")


async def test_without_a_connection_a_reply_is_written_all_the_same(counter: Counter, sit: Sit) -> None:
    page = await locked_out(counter, sit)
    await page.context.set_offline(True)
    await page.locator(".log").focus()
    await page.keyboard.press("m")
    await page.get_by_role("dialog").get_by_role("button", name="もう一度試す").click()
    await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("現在接続がありません")
    await page.keyboard.press("Escape")
    await page.keyboard.press("q")
    await expect(page.locator(".toast")).to_contain_text("公開中のFAQ記事はまだありません")
    await page.keyboard.press("r")
    await page.keyboard.type("お調べします。")
    await expect(page.locator("#composer-text")).to_have_value("お調べします。")


async def test_the_parts_are_there_before_they_are_wanted(counter: Counter, sit: Sit) -> None:
    aoi = await counter.hire("佐々木 葵")
    page = await sit(aoi)
    fetched = "performance.getEntriesByType('resource').filter((one) => one.name.includes('console-later')).length >= 2"
    await until(lambda: page.evaluate(fetched))
    await page.context.set_offline(True)
    await page.locator("body").press("?")
    await expect(page.get_by_role("dialog", name=SHEET)).to_be_visible()
