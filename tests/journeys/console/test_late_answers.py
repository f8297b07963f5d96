"""The console shows what is, though an answer failed or came later than a newer one."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import Route, expect

from server.agents import DESK
from server.tickets import macros
from server.tickets.macros import Actions
from tests.journeys.console.conftest import Sit
from tests.journeys.console.counter import Counter


async def test_what_could_not_be_fetched_is_asked_for_again(counter: Counter, sit: Sit) -> None:
    number = await counter.ticket("一つ目です。")
    page = await sit(await counter.hire("佐々木 葵"), f"#/open/{number}")
    await expect(page.locator(".message")).to_have_count(1)
    refused: set[str] = set()

    async def refuse_once(route: Route) -> None:
        path = route.request.url.partition("?")[0]
        if path in refused:
            await route.continue_()
        else:
            refused.add(path)
            await route.fulfill(status=503, json={"title": "ただいま処理できません。", "status": 503})

    await page.route(re.compile(rf"/api/v1/tickets(/rows|/counts|/{number})?(\?.*)?$"), refuse_once)
    await counter.mail("二つ目です。", In_Reply_To=await counter.first_id(number))
    await expect(page.locator(".message")).to_have_count(2)
    await expect(page.get_by_role("row", name="二つ目です。")).to_be_visible()
    assert {path.rpartition("/tickets")[2] for path in refused} == {"", "/rows", "/counts", f"/{number}"}
    await page.unroute_all(behavior="wait")


async def test_a_macro_that_is_chosen_before_they_came_is_taken_once_they_are_here(counter: Counter, sit: Sit) -> None:
    await counter.parts.database.write(macros.add, DESK, "お礼", "ありがとうございます。", Actions(), shared=True)
    number = await counter.ticket("一つ目です。")
    page = await sit(await counter.hire("佐々木 葵"))
    chosen = asyncio.Event()

    async def slowly(route: Route) -> None:
        await chosen.wait()
        await route.continue_()

    await page.route("**/api/v1/macros", slowly)
    await page.goto(f"{counter.base}/console?again#/open/{number}")
    await page.locator("#composer-text").press("/")
    await page.get_by_role("combobox").press("Enter")
    chosen.set()
    await expect(page.locator("#composer-text")).to_have_value("ありがとうございます。")
    await page.unroute_all(behavior="wait")


async def test_an_older_answer_that_comes_late_does_not_stay(counter: Counter, sit: Sit) -> None:
    await counter.ticket("一つ目です。")
    page = await sit(await counter.hire("佐々木 葵"))
    many = page.locator("a[href='#/unassigned']")
    await expect(many).to_contain_text("1")
    asked, over = asyncio.Event(), asyncio.Event()

    async def slowly(route: Route) -> None:
        answer = await route.fetch()
        if not asked.is_set():
            asked.set()
            await over.wait()
        await route.fulfill(response=answer)

    await page.route("**/api/v1/tickets/counts", slowly)
    await counter.ticket("二つ目です。")
    await asked.wait()
    await counter.ticket("三つ目です。")
    await expect(page.get_by_role("row", name="三つ目です。")).to_be_visible()
    over.set()
    await expect(many).to_contain_text("3")
    await page.unroute_all(behavior="wait")
