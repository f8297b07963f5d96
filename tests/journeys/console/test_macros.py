"""A macro puts its text into a reply and its changes on the ticket, never before the agent says so."""

from __future__ import annotations

from playwright.async_api import expect

from channels.contract import Buttons, Choice
from server import tickets
from server.agents import DESK
from server.tickets import macros
from server.tickets.macros import Actions, Besides
from tests.journeys.console.conftest import Sit, all_is_here
from tests.journeys.console.counter import Counter
from tests.journeys.hands import at_once


async def test_a_macro_waits_for_the_reply_and_one_without_a_text_is_undone(counter: Counter, sit: Sit) -> None:
    keep = counter.parts.database.write
    actions = Actions(status="done", priority="high", tags=["お詫び"])
    await keep(macros.add, DESK, "配送のお詫び", "{customer}\nお詫びします。#{number} {agent}", actions, shared=True)
    await keep(macros.add, DESK, "緊急にする", "", Actions(priority="urgent"), shared=True)
    number = await counter.ticket("まだ届きません。")
    page = await sit(await counter.hire("佐々木 葵"), f"#/all/{number}")
    text, priority = page.locator("#composer-text"), page.locator(".thread-tools .priority")
    await all_is_here(page)
    await text.fill("はじめに\n")
    await text.press("End")
    await page.keyboard.press("/")
    await page.keyboard.type("はいそう")
    await expect(page.get_by_text("見つかりません")).to_be_visible()
    await page.get_by_role("combobox").fill("配送")
    await page.keyboard.press("Enter")
    await expect(text).to_have_value(f"はじめに\n山田 花子 様\nお詫びします。#{number} 佐々木 葵")
    await expect(page.locator(".pending")).to_contain_text("対応完了 · 優先度: 高 · #お詫び")
    await expect(page.locator(".thread-head .tag")).to_have_count(0)
    await expect(page.get_by_text("下書きを保存しました")).to_be_visible()
    await page.reload()
    await expect(page.locator(".pending")).to_contain_text("#お詫び")
    await text.press("Control+Enter")
    await expect(page.locator(".thread-tools .status")).to_have_text("対応完了")
    await expect(page.locator(".thread-head .tag")).to_contain_text("お詫び")
    await expect(priority).to_contain_text("高")
    assert len(await counter.sent()) == 1
    await page.locator(".log").focus()
    await page.keyboard.press("m")
    await page.get_by_role("combobox").fill("緊急")
    await page.keyboard.press("Enter")
    await expect(priority).to_contain_text("緊急")
    await page.get_by_text("元に戻す").last.click()
    await expect(priority).to_contain_text("高")
    await expect(text).to_have_value("")


async def test_keys_find_their_place_however_fast_they_are(counter: Counter, sit: Sit) -> None:
    keep = counter.parts.database.write
    await keep(macros.add, DESK, "Sorry", "We are sorry.", Actions(), shared=True)
    number = await counter.ticket("まだ届きません。")
    page = await sit(await counter.hire("佐々木 葵"), f"#/all/{number}")
    text = page.locator("#composer-text")
    await all_is_here(page)
    await text.fill("A\n")
    await text.press("End")
    await at_once(page, "/", "s", "o", "r", "Enter", "B", "C")
    await expect(text).to_have_value("A\nWe are sorry.BC")
    await page.keyboard.type("D")
    await expect(text).to_have_value("A\nWe are sorry.BCD")
    await text.fill("")
    await at_once(page, "/", "x", "y", "Escape", "z")
    await expect(text).to_have_value("/xyz")


async def test_what_a_macro_changes_and_the_words_are_one_step(counter: Counter, sit: Sit) -> None:
    keep = counter.parts.database.write
    actions = Actions(status="done", priority="urgent", tags=["急ぎ"])
    await keep(macros.add, DESK, "急ぎ", "確認します。", actions, shared=True)
    number = await counter.ticket("まだ届きません。")
    page = await sit(await counter.hire("佐々木 葵"), f"#/all/{number}")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method) if request.method == "PATCH" else None)
    await page.locator("#composer-text").press("/")
    await page.get_by_role("combobox").fill("急ぎ")
    await page.keyboard.press("Enter")
    await expect(page.locator(".pending")).to_contain_text("優先度: 緊急 · #急ぎ")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".thread-tools .priority")).to_contain_text("緊急")
    await expect(page.locator(".thread-head .tag")).to_contain_text("急ぎ")
    assert not asked
    ticket = await counter.parts.database.read(tickets.view, DESK, number)
    assert (ticket.status, ticket.priority, ticket.tags) == ("done", "urgent", ["急ぎ"])


async def test_a_card_for_somebody_whose_channel_shows_none_goes_out_in_words_and_the_composer_says_so(
    counter: Counter, sit: Sit
) -> None:
    card = Buttons(text="こちらです。", choices=(Choice(label="見る", url="https://shop.example/"),))
    keep = counter.parts.database.write
    await keep(macros.add, DESK, "皿", "", Actions(), besides=Besides(rich=card), shared=True)
    number = await counter.ticket("皿を探しています。")
    page = await sit(await counter.hire("佐々木 葵"), f"#/all/{number}")
    await page.locator("#composer-text").press("/")
    await page.get_by_role("combobox").fill("皿")
    await page.keyboard.press("Enter")
    along = page.locator(".along")
    await expect(along.get_by_role("note")).to_contain_text("カードを表示できません")
    await expect(along.locator("pre")).to_contain_text("・見る: https://shop.example/")
    await expect(page.get_by_text("下書きを保存しました")).to_be_visible()
    await page.reload()
    await expect(along.locator("pre")).to_be_visible()
    await page.locator("#composer-text").press("Control+Enter")
    (mail,) = await counter.sent()
    body = mail.get_body(("plain",))
    assert body is not None and "こちらです。\r\n・見る: https://shop.example/" in body.get_content()
    await expect(along).to_have_count(0)
