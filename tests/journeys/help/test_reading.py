"""A reader's way through the help centre without a script; and articles that are offered while somebody types."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, Route, expect

from channels.form import starter
from server.agents import DESK
from server.demo_data import articles
from server.faq.views import Entry, Match
from server.help import queries
from tests.desks import until
from tests.journeys.axe import serious
from tests.journeys.console.counter import Counter

COMPOSED = """(field, text) => {
    field.focus();
    field.dispatchEvent(new CompositionEvent("compositionstart", {bubbles: true}));
    field.value = text;
    field.dispatchEvent(new InputEvent("input", {bubbles: true, isComposing: true, data: text}));
}"""


class Sure:
    """A matcher that means the article about microwaves, and remembers what it was asked."""

    def __init__(self, article: int) -> None:
        self.asked: list[str] = []
        self.article = article

    async def match(self, text: str, **_: object) -> Match:
        self.asked.append(text)
        return Match(decision="answer", entries=[Entry(str(self.article), 0.97)])


async def _stocked(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> Sure:
    """The demo's articles, a form and a chat."""
    await counter.account("form", "お問い合わせ", "contact", **{**starter("contact"), "min_seconds": 0})
    chat = {"slug": "shop", "sites": [counter.base], "title": {"ja": "月の輪"}}
    await counter.account("webchat", "チャット", "shop", **chat)
    await counter.parts.database.write(
        lambda tx: articles.write(tx, DESK, DESK, public_url=counter.base, form="contact", chat="shop")
    )
    title = "電子レンジや食洗機は使えますか"
    id = await counter.parts.database.read(lambda tx: tx.value("SELECT id FROM article WHERE title = :t", t=title))
    sure = Sure(id)
    monkeypatch.setattr(counter.parts.help, "_faq", sure)
    counter.parts.help.changed()
    return sure


async def test_a_reader_without_scripts_finds_an_article_judges_it_and_comes_to_the_form(
    counter: Counter, chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    sure = await _stocked(counter, monkeypatch)
    context = await chromium.new_context(
        viewport={"width": 390, "height": 844}, locale="ja-JP", java_script_enabled=False
    )
    page = await context.new_page()
    await page.goto(f"{counter.base}/help/")
    await expect(page).to_have_url(f"{counter.base}/help/ja/")
    await page.get_by_role("searchbox").fill("レンジで温めたい")
    await page.get_by_role("button", name="検索").click()
    await expect(page.locator("mark").first).to_have_text("レンジ")
    await page.get_by_role("link", name="電子レンジや食洗機は使えますか").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("電子レンジや食洗機は使えますか")
    await expect(page.locator(".answer table tr")).to_have_count(6)
    await page.get_by_role("button", name="いいえ").click()
    await page.get_by_role("textbox", name="どのような点").fill("青い器は？")
    await page.get_by_role("button", name="送信").click()
    await expect(page.get_by_role("status")).to_contain_text("ありがとうございます")
    await page.get_by_role("link", name="English").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Are they safe for microwaves and dishwashers?")
    await page.get_by_role("link", name="Caring for pottery").click()
    await page.get_by_role("link", name="How do I season new pottery?").click()
    await expect(page.get_by_role("navigation", name="On this page").get_by_role("link")).to_have_count(3)
    await page.get_by_role("link", name="Write to us").click()
    await expect(page).to_have_url(f"{counter.base}/forms/contact?lang=en")
    (one,) = [each for each in (await counter.parts.database.read(queries.reception)).articles if each.no]
    assert (one.article, one.words[0].words) == (sure.article, "青い器は？")

    looking = await chromium.new_context(viewport={"width": 390, "height": 844}, locale="en-US", color_scheme="dark")
    page = await looking.new_page()
    for path in ("/help/ja/", "/help/en/articles/12", "/help/ja/search?q=%E9%80%81%E6%96%99", "/help/ja/nothing"):
        await page.goto(counter.base + path)
        assert not await serious(page), path
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390, path


async def test_articles_are_offered_while_one_types_and_never_hold_up_sending(
    counter: Counter, chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    sure = await _stocked(counter, monkeypatch)
    page = await (await chromium.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP")).new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await page.goto(f"{counter.base}/forms/contact?lang=ja")
    box = page.locator("#f-message")
    await box.evaluate(COMPOSED, "でんしれんじ")
    await expect(page.locator(".offers")).to_be_hidden()
    await box.fill("電子レンジで温めてもいいですか")
    await expect(page.locator(".offers summary")).to_have_text("電子レンジや食洗機は使えますか")
    assert sure.asked == ["電子レンジで温めてもいいですか"], "nothing is asked while it is composed"
    await page.locator(".offers summary").click()
    async with page.expect_response("**/help/suggest") as coming:
        await box.fill("電子レンジで温めてもいいですか。金の縁です")
    await (await coming.value).finished()
    await expect(page.locator(".offers details[open]"), "typing on does not fold it").to_be_visible()
    assert not await serious(page)
    await page.get_by_role("button", name="これで解決しました").click()
    await expect(page.locator(".offers")).to_contain_text("お役に立てて")
    for name, value in {"name": "田中", "email": "taro@customer.example"}.items():
        await page.locator(f"#f-{name}").fill(value)
    await page.locator("#f-topic").select_option(index=1)
    await page.locator("#f-consent").check()
    await page.get_by_role("button", name="送信", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("受け付けました")

    await page.goto(f"{counter.base}/chat/panel/shop?lang=ja")
    await page.locator("textarea").fill("レンジは使えますか")
    await expect(page.locator(".offers summary")).to_have_text("電子レンジや食洗機は使えますか")
    await page.keyboard.press("Enter")
    await expect(page.locator(".log")).to_contain_text("レンジは使えますか")
    await expect(page.locator(".offers")).to_be_hidden()
    await page.get_by_role("button", name="よくある質問").click()
    await expect(page.locator(".faq h3")).to_have_count(5)
    clicked = asyncio.Event()

    async def slowly(route: Route) -> None:
        await clicked.wait()
        await route.continue_()

    await page.route("**/help/find", slowly)
    await page.get_by_role("searchbox").fill("送料")
    await page.locator(".faq summary", has_text="送料はいくらですか").first.click()
    await expect(page.locator(".faq details[open]")).to_contain_text("770円")
    clicked.set()
    await expect(page.locator(".faq h3")).to_have_count(0)
    await expect(page.locator(".faq details[open]"), "what was found takes the list's place").to_contain_text("770円")
    assert not await serious(page)
    assert not wrong

    async def counted() -> bool:
        await counter.parts.help.counts.flush()
        found = (await counter.parts.database.read(queries.reception)).articles
        return any(each.article == sure.article and each.solved == 1 and each.shown >= 2 for each in found)

    await until(counted)
