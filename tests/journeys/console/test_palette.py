"""Everything by a few letters of its name, and the key that would have done it."""

from __future__ import annotations

from playwright.async_api import expect

from server.agents import DESK
from server.tickets import macros
from tests.journeys.console.conftest import Sit
from tests.journeys.console.counter import Counter

COMPOSING = """() => document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
    {key: "Enter", code: "Enter", isComposing: true, bubbles: true, cancelable: true}))"""


async def test_commands_views_tickets_and_macros_are_found_in_both_languages(counter: Counter, sit: Sit) -> None:
    await counter.parts.database.write(macros.add, DESK, "配送のお詫び", "お詫びします。", shared=True)
    first = await counter.ticket("一つ目", subject="未着です")
    second = await counter.ticket("二つ目", subject="返品したい", sender="ren@mail.example", name="佐藤 健一")
    page = await sit(await counter.hire("佐々木 葵"), f"#/open/{first}")
    palette, options = page.get_by_role("combobox", name="コマンド"), page.locator(".picker [role=option]")

    async def ask(words: str) -> None:
        await page.keyboard.press("Control+k")
        await palette.fill(words)

    await ask("snoo")
    await expect(options.first).to_contain_text("スヌーズ")
    await expect(options.first.locator("kbd")).to_have_text("H")
    await page.keyboard.press("Escape")
    await page.locator("#composer-text").focus()
    await ask("未割当")
    await page.evaluate(COMPOSING)
    await expect(palette).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.locator(".nav-entry.here")).to_contain_text("未割当")
    await ask(f"#{second}")
    await page.keyboard.press("Enter")
    await expect(page.locator(".thread-head .number")).to_have_text(f"#{second}")
    await ask("未着")
    await page.keyboard.press("Enter")
    await expect(page.locator(".thread-head .number")).to_have_text(f"#{first}")
    await ask("おわび")
    await expect(options).to_have_count(0)
    await palette.fill("お詫び")
    await page.keyboard.press("Enter")
    await expect(page.locator("#composer-text")).to_have_value("お詫びします。")
