"""Open tickets stay open: after a reload, on another device, where one was reading and how one was writing."""

from __future__ import annotations

from playwright.async_api import expect

from tests.desks import until
from tests.journeys.console.conftest import Sit
from tests.journeys.console.counter import Counter


async def test_the_strip_follows_its_agent_and_says_where_something_is_new(counter: Counter, sit: Sit) -> None:
    long = await counter.ticket("長い話です。\n" * 200)
    other = await counter.ticket("二つ目", sender="ken@mail.example", name="佐藤 健一")
    aoi = await counter.hire("佐々木 葵")
    page = await sit(aoi, f"#/open/{long}")
    tabs, log, number = page.locator(".strip-tab"), page.locator(".log"), page.locator(".thread-head .number")
    await page.locator(".message").first.wait_for()
    await log.focus()
    await page.keyboard.press("n")
    await page.keyboard.press("Escape")
    # Left before the browser has told anybody of the scrolling.
    await log.evaluate(f"log => {{ log.scrollTop = 700; location.hash = '#/open/{other}' }}")
    await expect(tabs).to_have_count(2)
    await expect(number).to_have_text(f"#{other}")
    second = await sit(aoi, "#/open")
    await expect(second.locator(".strip-tab")).to_have_count(2)
    await second.get_by_role("navigation", name="開いているチケット").get_by_text("山田 花子").click()
    await expect(second.locator(".composer.note")).to_be_visible()
    restored = "Math.abs(document.querySelector('.log').scrollTop - 700) < 40"
    await until(lambda: second.evaluate(restored))
    await second.locator(".log").focus()
    await second.keyboard.press("w")
    await expect(second.locator(".strip-tab")).to_have_count(1)
    await expect(tabs).to_have_count(1)
    await page.evaluate(f"location.hash = '#/open/{long}'")
    await expect(tabs).to_have_count(2)
    await page.locator(".log").focus()
    await page.keyboard.press("]")
    await expect(number).to_have_text(f"#{other}")
    await page.keyboard.press("[")
    await expect(number).to_have_text(f"#{long}")
    await page.reload()
    await expect(tabs).to_have_count(2)
    await expect(page.locator(".strip-tab .pulse")).to_have_count(0)
    await second.close()
    found = await counter.mail(
        "追伸です。", sender="ken@mail.example", name="佐藤 健一", In_Reply_To=await counter.first_id(other)
    )
    assert found.ticket == other
    await expect(page.locator(".strip-tab .pulse")).to_have_count(1)
