"""Beside the ticket: what the customer bought, where the parcel is; two entries of one person become one, and back."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from server.agents import DESK
from server.customers.store import batch
from tests.journeys.console.conftest import Sit
from tests.journeys.console.counter import Counter

AT = "2026-11-01T00:00:00Z"
HOME = {"postal_code": "150-0001", "region": "東京都", "city": "渋谷区", "street": "神宮前3-2-1"}
FACTS: list[dict[str, Any]] = [
    {"kind": "customer", "source": "shop", "external_id": "c1", "revision": 1, "name": "山田 花子", "vip": True,
     "kana": "ヤマダ ハナコ", "contacts": [{"kind": "email", "address": "hanako@mail.example"}], "addresses": [HOME]},
    {"kind": "customer", "source": "erp", "external_id": "e1", "revision": 1, "name": "山田花子", "company": "緑屋",
     "birthday": "1980-04-01", "contacts": [{"kind": "phone", "address": "090-1234-5678"}],
     "addresses": [{**HOME, "street": "神宮前三丁目2番1号"}]},
    {"kind": "order", "source": "shop", "external_id": "1", "number": "R-1001", "revision": 1, "ordered_at": AT,
     "customer": "c1", "total": "5500", "url": "https://shop.example/admin/1", "payment": "paid",
     "lines": [{"name": "緑茶", "quantity": 2, "price": "2750"}],
     "shipments": [{"external_id": "s", "carrier": "ヤマト運輸", "tracking_number": "1234-5678-9012",
                    "shipped_at": AT, "expected_at": "2026-11-03T00:00:00Z"}]},
    {"kind": "order", "source": "erp", "external_id": "2", "number": "E-77", "revision": 1, "ordered_at": AT,
     "customer": "e1", "total": "300"},
]  # fmt: skip


async def furnish(counter: Counter) -> int:
    """A ticket of a customer whom two systems know."""
    told = await counter.parts.database.write(batch.tell_all, DESK, batch.read(FACTS), 0)
    assert all(each.learned for each in told), told
    return await counter.ticket("まだ届きません。", sender="hanako@mail.example", name="山田 花子")


async def shot(page: Page, name: str) -> None:
    """A picture for whoever wants to look (`MADOGUCHI_TEST_PICTURES`: a folder)."""
    if folder := os.environ.get("MADOGUCHI_TEST_PICTURES"):
        await page.screenshot(path=Path(folder) / f"{name}.png")


async def test_status_and_parcel_are_read_without_a_click_and_the_story_is_one_away(counter: Counter, sit: Sit) -> None:
    number = await furnish(counter)
    page = await sit(await counter.hire("佐々木 葵"), f"#/open/{number}")
    order = page.get_by_role("article", name="注文 R-1001")
    await expect(order).to_contain_text("出荷済み")
    await expect(order).to_contain_text("5,500")
    parcel = order.get_by_role("link", name="1234-5678-9012")
    assert (await parcel.get_attribute("href") or "").endswith("?id=123456789012")
    await shot(page, "pane")
    await page.get_by_role("button", name="これまでの経緯").click()
    story = page.locator(".story")
    await expect(story).to_contain_text("まだ届きません。")
    await expect(story).to_contain_text("ヤマト運輸")
    await shot(page, "story")
    await page.get_by_label("配送").check()
    await expect(story).not_to_contain_text("まだ届きません。")
    await expect(story.locator("li")).to_have_count(1)
    await page.get_by_label("この日まで移動").fill("2026-10-31")
    await expect(story.locator("li")).to_have_count(0)


async def test_the_pane_says_what_is_known_and_the_palette_finds_customers(counter: Counter, sit: Sit) -> None:
    number = await furnish(counter)
    page = await sit(await counter.hire("佐々木 葵"), f"#/open/{number}")
    await expect(page.locator(".section-note")).to_contain_text("渋谷区神宮前3-2-1")
    await expect(page.locator(".contacts").get_by_label("確認済み")).to_have_count(1)
    link = page.get_by_role("link", name="お客様の詳細")
    assert (await link.get_attribute("href") or "").startswith("/admin/customers/")
    await page.keyboard.press("Control+k")
    await page.get_by_role("dialog").get_by_role("combobox").fill("0901234")
    found = page.get_by_role("option").filter(has_text="山田花子").first
    await expect(found).to_contain_text("緑屋")
    await found.click()
    await expect(page).to_have_url(re.compile(r"#/all\?customer=\d+$"))


async def test_two_entries_of_one_person_become_one_from_the_ticket_and_are_parted_again(
    counter: Counter, sit: Sit
) -> None:
    number = await furnish(counter)
    page = await sit(await counter.hire("佐々木 葵"), f"#/open/{number}")
    likely = page.locator(".same-one")
    await expect(likely).to_contain_text("住所が同じ")
    await shot(page, "suggested")
    await likely.get_by_role("button", name="比べる").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("1980-04-01")
    await shot(page, "compare")
    await dialog.get_by_role("button", name="統合").click()
    await expect(page.get_by_role("article", name="注文 E-77")).to_be_visible()
    await expect(likely).to_have_count(0)
    await page.locator(".toasts").get_by_role("button", name="元に戻す").click()
    await expect(page.get_by_role("article", name="注文 E-77")).to_have_count(0)
    await expect(likely).to_have_count(1)
    await likely.get_by_role("button", name="別の方").click()
    await expect(likely).to_have_count(0)


async def test_on_a_phone_in_english_everything_fits(counter: Counter, sit: Sit) -> None:
    number = await furnish(counter)
    page = await sit(await counter.hire("Emma", language="en"), f"#/open/{number}", width=390, height=840)
    await page.locator(".message").first.wait_for()
    await page.get_by_role("button", name="Customer", exact=True).first.click()
    order = page.get_by_role("article", name="Order R-1001")
    await expect(order).to_contain_text("Shipped")
    await shot(page, "phone")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
