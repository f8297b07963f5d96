"""Articles beside a customer's message, in the composer and in the palette; what became of them is told."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from server import tickets
from server.agents import DESK
from server.faq import actions, queries
from server.faq.views import Content, Words
from tests.desks import until
from tests.journeys.axe import serious
from tests.journeys.console.conftest import Sit, all_is_here
from tests.journeys.console.counter import Counter

SHOP = {
    "送料はいくらですか": ("全国一律 **500円** です。", ["配送料を教えてください", "送料無料になる金額は？"]),
    "注文をキャンセルしたい": ("発送前でしたら承ります。", ["購入を取り消したい", "注文の取り消しはできますか"]),
    "パスワードを忘れました": (
        "[再設定](https://shop.example/reset)してください。",
        ["ログインできません", "パスワードを再設定したい"],
    ),
}
ASKED = "お世話になります。\n送料はいくらかかりますか。"
COMPOSED = """(text) => {
    const field = document.activeElement;
    field.dispatchEvent(new CompositionEvent("compositionstart", {bubbles: true}));
    field.value += text;
    const more = {bubbles: true, data: text, inputType: "insertCompositionText", isComposing: true};
    field.dispatchEvent(new InputEvent("input", more));
    const early = document.querySelector("dialog") !== null;
    field.dispatchEvent(new CompositionEvent("compositionend", {bubbles: true, data: text}));
    return early;
}"""


@pytest.fixture
async def shop(counter: Counter) -> Counter:
    """A desk with articles, one of them for colleagues alone."""
    await _fill(counter)
    return counter


async def _fill(counter: Counter) -> None:
    for question, (full, more) in SHOP.items():
        await _publish(counter, Content(words={"ja": Words(question=question, phrasings=more, full=full)}))
    secret = Words(question="倉庫の裏口の暗証番号", phrasings=["裏口の開け方"], full="4321 です。")
    await _publish(counter, Content(words={"ja": secret}, audience="internal"))
    draft = Content(words={"ja": Words(question="下書きの送料", full="まだ")})
    await counter.parts.database.write(actions.add, DESK, draft)


async def _publish(counter: Counter, content: Content) -> None:
    made = await counter.parts.database.write(actions.add, DESK, content)
    await counter.parts.database.write(actions.move, DESK, made.id, "published")


def _line(page: Page, question: str) -> Locator:
    return page.locator(".suggested li").filter(has_text=question)


async def _outcomes(counter: Counter, number: int) -> dict[str, str | None]:
    found = await counter.parts.database.read(queries.suggestions, number)
    return {each.question: each.outcome for each in found}


async def _is_told(counter: Counter, number: int, outcome: str) -> bool:
    return (await _outcomes(counter, number))["送料はいくらですか"] == outcome


async def test_an_article_beside_the_message_is_put_in_changed_and_told(shop: Counter, sit: Sit) -> None:
    number = await shop.ticket("こんにちは。", subject="はじめまして")
    page = await sit(await shop.hire("佐々木 葵"), f"#/all/{number}")
    await expect(page.locator(".message")).to_have_count(1)
    await expect(page.locator(".suggested")).to_have_count(0)
    asked = await shop.ticket(ASKED)
    await page.goto(f"{shop.base}/console#/all/{asked}")
    line = _line(page, "送料はいくらですか")
    await expect(line.locator(".suggested-sure")).to_have_text("99%")
    title = line.get_by_role("button", expanded=False)
    await title.focus()
    await page.keyboard.press("Enter")
    await expect(line.locator(".suggested-answer")).to_have_text("全国一律 500円 です。")
    assert not await serious(page)
    text = page.locator("#composer-text")
    await text.fill("山田様\n")
    await line.get_by_role("button", name="挿入").press("Enter")
    await expect(text).to_have_value("山田様\n全国一律 500円 です。")
    await expect(text).to_be_focused()
    await expect(line).to_contain_text("使用済み")
    await page.keyboard.type("沖縄は別です。")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".message.agent")).to_be_visible()
    await until(lambda: _is_told(shop, asked, "used"))
    again = await shop.ticket(ASKED, sender="ren@mail.example")
    await page.goto(f"{shop.base}/console#/all/{again}")
    await _line(page, "送料はいくらですか").get_by_role("button", name="挿入").click()
    await text.fill("全国一律 700円 です。")
    await page.keyboard.press("Control+Enter")
    await expect(_line(page, "送料はいくらですか")).to_contain_text("修正して使用")
    await expect(page.locator(".suggested li")).to_have_count(1)


async def test_articles_come_live_and_one_that_is_not_the_answer_goes_for_everybody(counter: Counter, sit: Sit) -> None:
    number = await counter.ticket(ASKED)
    one = await sit(await counter.hire("佐々木 葵"), f"#/all/{number}")
    other = await sit(await counter.hire("林 健"), f"#/all/{number}")
    await expect(other.locator(".message")).to_have_count(1)
    await _fill(counter)
    message = (await counter.parts.database.read(tickets.thread, DESK, number)).messages[0].id
    await counter.parts.faq.suggest(message)
    await expect(_line(other, "送料はいくらですか")).to_be_visible()
    await _line(one, "送料はいくらですか").get_by_role("button", name="該当しない").click()
    await expect(_line(one, "送料はいくらですか")).to_have_count(0)
    await expect(_line(other, "送料はいくらですか")).to_have_count(0)
    assert (await _outcomes(counter, number))["送料はいくらですか"] == "rejected"


async def test_two_question_marks_look_for_an_article_and_are_text_otherwise(shop: Counter, sit: Sit) -> None:
    number = await shop.ticket("こんにちは。")
    page = await sit(await shop.hire("佐々木 葵"), f"#/all/{number}")
    text, combobox = page.locator("#composer-text"), page.get_by_role("combobox")
    await all_is_here(page)
    await text.fill("ご案内します。\n以上")
    await text.press("ArrowUp")
    await text.press("End")
    await page.keyboard.type("??ログインできない")
    await expect(combobox).to_have_value("ログインできない")
    option = page.locator(".picker [role=option]").first
    await expect(option).to_contain_text("パスワードを忘れました")
    await expect(option).to_contain_text("%")
    assert not await serious(page)
    await page.keyboard.press("Enter")
    await expect(text).to_have_value("ご案内します。再設定 ( https://shop.example/reset )してください。\n以上")
    await expect(text).to_be_focused()
    await text.fill("本当ですか")
    await page.keyboard.type("??")
    await expect(combobox).to_have_count(0)
    await text.fill("")
    await page.keyboard.type("??abc")
    await page.keyboard.press("Escape")
    await expect(text).to_have_value("??abc")
    await text.fill("")
    assert await page.evaluate(COMPOSED, "？？") is False
    await combobox.fill("裏口")
    await expect(option).to_contain_text("社内用")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("tab", name="社内メモ")).to_have_attribute("aria-selected", "true")
    await expect(text).to_have_value("4321 です。")


async def test_the_palette_finds_articles_and_leads_come_to_their_pages(shop: Counter, sit: Sit) -> None:
    number = await shop.ticket("こんにちは。")
    page = await sit(await shop.hire("店長 花", "lead"), f"#/all/{number}")
    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox").fill("取り消したい")
    options = page.locator(".picker [role=option]").filter(has_text="注文をキャンセルしたい")
    await expect(options).to_have_count(2)
    async with page.context.expect_page() as opened:
        await options.filter(has_text="記事を開く").click()
    assert "/admin/faq/" in (await opened.value).url
    await page.locator(".log").focus()
    await page.keyboard.press("q")
    await page.get_by_role("combobox").fill("キャンセル")
    await expect(page.locator(".picker [role=option]").first).to_contain_text("注文をキャンセルしたい")
    await page.keyboard.press("Enter")
    await expect(page.locator("#composer-text")).to_have_value("発送前でしたら承ります。")
