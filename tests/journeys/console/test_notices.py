"""Beside the ticket: what customers are told by itself, held back, let go, sent again; and the bar over everything."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from playwright.async_api import Route, expect

from server.agents import DESK
from server.customers.store import batch
from server.database import now
from server.notices import settings
from server.notices.clock import Quiet
from server.notices.settings import NoticeSettings
from tests.desks import until
from tests.journeys.console.conftest import Sit
from tests.journeys.console.counter import Counter


def facts() -> list[dict[str, Any]]:
    """An order whose payment is due in a week."""
    at = now()
    return [
        {"kind": "order", "source": "shop", "external_id": "1", "number": "R-1001", "revision": 1,
         "ordered_at": at.isoformat(), "total": "5500", "buyer": {"name": "山田 花子", "email": "hanako@mail.example"},
         "payments": [{"external_id": "p", "method": "bank", "status": "pending", "amount": "5500",
                       "at": at.isoformat(), "due_at": (at + timedelta(days=7)).isoformat()}]},
    ]  # fmt: skip


async def test_notices_are_held_let_go_and_sent_again_beside_the_ticket(counter: Counter, sit: Sit) -> None:
    boss = await counter.hire("店長", "admin")
    write = counter.parts.database.write
    await write(settings.write, boss, NoticeSettings(on=True, quiet=Quiet(begins="", ends="")))
    number = await counter.ticket("まだ届きません。", sender="hanako@mail.example", name="山田 花子")
    page = await sit(await counter.hire("佐々木 葵"), f"#/open/{number}")
    await expect(page.locator(".section-orders")).to_be_visible()
    left = asyncio.Event()

    async def slowly(route: Route) -> None:
        answer = await route.fetch()
        await left.wait()
        await route.fulfill(response=answer)

    await page.route("**/customers/*/notices", slowly)
    await write(batch.tell_all, DESK, batch.read(facts()), 0)
    await until(lambda: len(counter.office.mails) == 1)
    left.set()

    notices = page.locator(".section-notices .notice")
    due, thanks = notices.filter(has_text="お支払い期限"), notices.filter(has_text="ご注文のお礼")
    await expect(thanks).to_contain_text("送信済み")
    await page.unroute_all(behavior="wait")
    await expect(due).to_contain_text("予定")
    await due.get_by_role("button", name="止める").click()
    await due.get_by_label("理由").fill("在庫を確認中")
    await due.locator("form button").click()
    await expect(due).to_contain_text("在庫を確認中")
    await due.get_by_role("button", name="再開する").click()
    await expect(due).to_contain_text("予定")

    await thanks.get_by_role("button", name="再送", exact=True).click()
    await thanks.get_by_label("理由").fill("迷惑メールに入っていた")
    await thanks.get_by_label("理由").press("Enter")
    await expect(thanks).to_have_count(2)
    await until(lambda: len(counter.office.mails) == 2)
    await page.get_by_role("button", name="これまでの経緯").click()
    await page.get_by_role("dialog").get_by_label("自動のお知らせ").check()
    story = page.locator(".story li")
    await expect(story).to_have_count(3)
    await expect(story.filter(has_text="ご注文のお礼").first).to_contain_text("送信済み")
    await page.keyboard.press("Escape")

    await write(settings.hold_all, boss, "台風のため")
    await expect(page.locator(".connection-bar")).to_contain_text("配送停止中")
    await expect(page.locator(".connection-bar")).to_contain_text("台風のため")
    await write(settings.release_all, boss)
    await expect(page.locator(".connection-bar")).to_have_count(0)
