"""A customer asks in the chat and the desk answers by itself: by mouse, by keyboard, and seen by an agent."""

from __future__ import annotations

from functools import partial

from playwright.async_api import expect

from channels.contract import Choice
from server import tickets
from server.web.drawing import tapping_kinds
from tests.answers import shelf
from tests.journeys.chat.conftest import Come
from tests.journeys.chat.shop import TOUCH
from tests.journeys.console.conftest import Sit
from tests.journeys.console.counter import Counter


async def test_asked_answered_wrong_person_and_solved(counter: Counter, sit: Sit, come: Come) -> None:
    admin = await counter.hire("佐々木 葵", "admin")
    customer = await come(width=390, height=780, **TOUCH)
    (site,) = counter.parts.desk.accounts("webchat")
    await counter.parts.database.write(shelf.publish, admin)
    await counter.parts.database.write(shelf.switch_on, admin, site.id)
    console = await sit(admin)
    await customer.open()
    await customer.say("注文をキャンセルしたい")
    choices = customer.panel.get_by_role("group", name="回答を選んでください")
    await expect(choices.get_by_role("button")).to_have_text(["はい", "いいえ", "担当者に相談する"])
    await expect(customer.log).to_contain_text("発送の前であれば")
    box = await choices.get_by_role("button", name="はい").bounding_box()
    assert box is not None and box["height"] >= 44
    await choices.get_by_role("button", name="いいえ").focus()
    await customer.page.keyboard.press("Enter")
    await expect(customer.log.locator(".mine").last).to_contain_text("いいえ")
    await expect(customer.log).to_contain_text("お役に立てず")
    await expect(choices).to_have_count(0)
    await console.get_by_role("row", name="訪問者").click()
    thread = console.get_by_role("log")
    await expect(thread).to_contain_text("自動回答しました: 注文をキャンセルしたい")
    await expect(thread).to_contain_text("お客様: 解決していません")
    await customer.say("送料はいくらですか")
    await choices.get_by_role("button", name="はい").tap()
    await expect(customer.log).to_contain_text("解決できたとのこと")
    await expect(thread).to_contain_text("お客様: 解決しました")
    await expect(thread.locator(".tapped").last).to_contain_text("はい")
    await customer.say("送料はいくらですか。ふざけないでください")
    await expect(thread).to_contain_text("自動では回答しませんでした: お客様がお怒り")
    await expect(customer.log).to_contain_text("ここからは担当者が")
    number = await counter.parts.database.read(lambda tx: tx.value("SELECT max(number) FROM ticket"))
    seen = (await counter.parts.database.read(tickets.view, admin, number)).last_seq
    offered = {"choices": [Choice(label="午前"), Choice(label="午後", text="午後にお願いします")]}
    kinds = tapping_kinds(counter.parts.channels)
    reply = partial(tickets.reply, seen=seen, **offered, drawn_by=(), tapped_by=kinds)
    await counter.parts.database.write(reply, admin, number, "ご都合はいかがですか。")
    await choices.get_by_role("button", name="午後").tap()
    await expect(thread.locator(".tapped").last).to_contain_text("午後にお願いします")
