"""The FAQ gets better: an agent's answer proposes a phrasing, a lead takes it by keyboard, the next one is answered."""

from __future__ import annotations

import re

from playwright.async_api import expect

from server.agents import DESK
from tests.answers.shelf import publish
from tests.journeys.axe import serious
from tests.journeys.console.conftest import Sit, all_is_here
from tests.journeys.console.counter import Counter

ASKED = "お世話になります。磯野です。\nメンバーズカードの合言葉（会員番号 48213991）を思い出せなくなって困っています。"
PARKING = ["店舗の駐車場はありますか", "お店に駐車スペースはありますか", "車で行きたいのですが駐車できますか"]
PARKED = ["店舗の裏に3台分の駐車場がございます。", "お店の裏手に駐車場が3台分ございます。"]


async def test_a_question_becomes_a_phrasing_and_another_one_an_article(counter: Counter, sit: Sit) -> None:
    await counter.parts.database.write(publish, DESK)
    asked = await counter.ticket(ASKED, sender="isono@mail.example")
    agent = await sit(await counter.hire("佐々木 葵"), f"#/all/{asked}")
    await all_is_here(agent)
    await agent.locator("#composer-text").fill("")
    await agent.locator("#composer-text").press_sequentially("??パスワードを忘れました")
    await agent.locator(".picker [role=option]").filter(has_text="パスワードを忘れました").click()
    await expect(agent.locator("#composer-text")).to_have_value(re.compile("パスワードをお忘れの方"))
    await agent.keyboard.press("Control+Enter")
    await expect(agent.locator(".message.agent")).to_be_visible()
    for place, text in enumerate(PARKING):
        number = await counter.ticket(text, sender=f"c{place}@mail.example")
        if place < len(PARKED):
            await agent.goto(f"{counter.base}/console#/all/{number}")
            await expect(agent.locator(".message.customer")).to_contain_text(text)
            await agent.locator("#composer-text").fill(PARKED[place])
            await agent.keyboard.press("Control+Shift+Enter")
            await expect(agent.locator(".message.agent")).to_be_visible()

    page = await sit(await counter.hire("店長", role="lead"), "")
    await counter.parts.learner.look()
    await page.goto(f"{counter.base}/admin/faq-lessons")
    row = page.locator(".review-row")
    await expect(row).to_have_count(1)
    words = row.get_by_label("言い回し")
    await expect(words).to_have_value("メンバーズカードの合言葉(会員番号○○)を思い出せなくなって困っています")
    assert not await serious(page)
    await page.keyboard.press("j")
    await page.keyboard.press("e")
    await page.keyboard.type("メンバーズカードの合言葉を思い出せない")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("候補はありません")).to_be_visible()

    await page.get_by_role("button", name="今すぐまとめる").click()
    await expect(page.locator("#drafts")).to_contain_text("3回の質問")
    await page.get_by_text("お客様の言葉", exact=True).click()
    await page.get_by_role("button", name="下書きを作る").click()
    await expect(page.get_by_label("質問").first).to_have_value(re.compile("駐車"))

    again = await counter.ticket("メンバーズカードの合言葉を思い出せない", sender="ren@mail.example")
    await agent.goto(f"{counter.base}/console#/all/{again}")
    line = agent.locator(".suggested li").filter(has_text="パスワードを忘れました")
    await expect(line.locator(".suggested-sure")).to_have_text(re.compile("9[0-9]%"))
    await page.goto(f"{counter.base}/admin/faq-results")
    await expect(page.get_by_role("heading", name="FAQの成績")).to_be_visible()
    assert not await serious(page)
