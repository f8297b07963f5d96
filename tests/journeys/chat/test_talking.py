"""A customer and an agent talk, in both languages and at both widths."""

from __future__ import annotations

from playwright.async_api import expect

from tests.desks import until
from tests.journeys.chat.conftest import Come
from tests.journeys.chat.shop import TOUCH
from tests.journeys.console.conftest import Sit
from tests.journeys.console.counter import Counter
from tests.journeys.hands import typing_is_seen


async def test_a_question_is_answered_while_one_waits(counter: Counter, sit: Sit, come: Come) -> None:
    agent = await sit(await counter.hire("佐々木 葵"))
    customer = await come()
    await customer.hear("ticket")
    await customer.hear("message")
    await customer.open()
    await expect(customer.log).to_contain_text("いらっしゃいませ。")
    await customer.say("急須の蓋だけ買えますか？")
    await expect(customer.log.locator(".mine")).to_contain_text("送信済み")
    await expect(agent.locator(".toast")).to_contain_text("訪問者がチャットでお待ちです")
    await agent.get_by_role("row", name="訪問者").click()
    await expect(agent.get_by_role("log")).to_contain_text("急須の蓋だけ買えますか？")
    await expect(agent.locator(".toast")).to_have_count(0)
    await expect(customer.log.locator(".mine")).to_contain_text("既読")
    await agent.locator("#composer-text").press_sequentially("はい", delay=20)
    await typing_is_seen(agent, "、", customer.log.locator(".typing", has_text="佐々木 葵が入力中です"))
    await agent.locator("#composer-text").fill("はい、お求めいただけます。 https://shop.example/lids をご覧ください。")
    await agent.locator("#composer-text").press("Control+Enter")
    answer = customer.log.locator(".theirs", has_text="はい、お求めいただけます。")
    await expect(answer).to_contain_text("佐々木 葵")
    await expect(answer.get_by_role("link")).to_have_attribute("href", "https://shop.example/lids")
    await expect(customer.panel.get_by_role("heading")).to_contain_text("佐々木 葵")
    await customer.box.press_sequentially("あ", delay=20)
    await typing_is_seen(customer.page, "り", agent.locator(".customer-types", has_text="お客様が入力中です"))
    await typing_is_seen(customer.page, "が", agent.get_by_role("row").first.filter(has_text="入力中…"))

    async def all_heard() -> bool:
        return len(await customer.heard()) >= 3

    await until(all_heard)
    assert [event for event, _ in await customer.heard()] == ["ticket", "message", "message"]


async def test_a_phone_in_english_and_an_agent_in_english(counter: Counter, sit: Sit, come: Come) -> None:
    agent = await sit(await counter.hire("Emma Clark", language="en"))
    customer = await come(path="/?lang=en", width=390, height=780, **TOUCH)
    await customer.hear("unread")
    await expect(customer.launcher).to_have_accessible_name("Chat with us")
    await customer.open()
    box = await customer.page.locator("madoguchi-chat iframe").bounding_box()
    assert box is not None and (box["width"], box["height"]) == (390, 780)
    await customer.box.fill("Do you ship")
    await customer.box.press("Enter")
    await customer.box.press_sequentially("to France?")
    await expect(customer.box).to_have_value("Do you ship\nto France?")
    await customer.panel.get_by_role("button", name="Send", exact=True).click()
    await expect(customer.log.locator(".mine")).to_contain_text("Sent")
    await customer.panel.get_by_role("button", name="Close the chat").click()
    await agent.get_by_role("row").first.click()
    await agent.locator("#composer-text").fill("Yes, we do.")
    await agent.locator("#composer-text").press("Control+Enter")
    await expect(customer.launcher).to_have_accessible_name("Chat with us (1 unread)")
    await customer.launcher.click()
    await expect(customer.log).to_contain_text("Yes, we do.")
    await expect(customer.panel.get_by_role("button", name="Close the chat")).to_be_visible()
    await customer.page.keyboard.press("Escape")
    await expect(customer.launcher).to_be_focused()
    await expect(customer.launcher).to_have_accessible_name("Chat with us")

    async def all_heard() -> bool:
        return len(await customer.heard()) >= 2

    await until(all_heard)
    assert await customer.heard() == [["unread", {"count": 1}], ["unread", {"count": 0}]]
