"""Whatever an agent can send by LINE is drawn on the phone and stands in the thread, and taps come back."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import Browser, FilePayload, Page, expect

from channels.contract import Buttons, Carousel, Choice, Column, Confirm, Native, Rich
from server.agents import DESK
from server.tickets import macros
from server.tickets.macros import Actions, Besides
from tests.journeys.line.both import Both, both
from tests.journeys.line.things import film, paper, picture, voice

SHOP = "https://shop.example/plates"
CARDS: dict[str, Rich] = {
    "選んでください": Buttons(
        title="お届け日の変更",
        text="ご希望をお選びください。",
        picture="https://shop.example/calendar.jpg",
        choices=(Choice(label="明日", data="day=1", text="明日を希望します"), Choice(label="商品を見る", url=SHOP)),
    ),
    "確認": Confirm(
        text="この内容でよろしいですか？",
        yes=Choice(label="はい", data="yes"),
        no=Choice(label="いいえ", text="いいえ"),
    ),
    "皿の一覧": Carousel(
        columns=tuple(
            Column(title=f"{color}の皿", text="食洗機に対応しています。", choices=(Choice(label=f"{color}の在庫"),))
            for color in ("藍色", "白", "黒釉")
        )
    ),
    "お支払い": Native(
        alt="お支払いのご案内",
        contents={
            "type": "bubble",
            "header": {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": "お支払い"}]},
            "body": {
                "type": "box",
                "layout": "horizontal",
                "contents": [
                    {"type": "text", "text": "合計", "color": "#6b7280"},
                    {"type": "text", "text": "4,400円", "align": "end", "weight": "bold"},
                ],
            },
            "footer": {
                "type": "box",
                "layout": "vertical",
                "contents": [
                    {"type": "button", "style": "primary", "action": {"type": "uri", "label": "支払う", "uri": SHOP}}
                ],
            },
        },
    ),
}


async def send(desk: Page, text: str = "") -> None:
    """What is in the composer leaves."""
    if text:
        await desk.locator("#composer-text").fill(text)
    await desk.locator("#composer-text").press("Control+Enter")
    await expect(desk.locator("#composer-text")).to_have_value("")


async def card(at: Both, name: str) -> None:
    """A macro brings a card, and nothing else."""
    await at.desk.locator("#composer-text").press("/")
    await at.desk.locator("input[role=combobox]").fill(name)
    await at.desk.keyboard.press("Enter")
    await expect(at.desk.locator(".along .line-drawn > *").first).to_be_visible()
    await send(at.desk)
    await expect(at.desk.locator(".along")).to_have_count(0)


async def attach(desk: Page, file: FilePayload) -> None:
    """One file, once it is there."""
    await desk.locator('.composer input[type="file"]').set_input_files([file])
    await expect(desk.locator(".file-chips .file")).to_have_count(1)
    await expect(desk.locator(".file-chips progress")).to_have_count(0)
    await send(desk)
    await expect(desk.locator(".file-chips .file")).to_have_count(0)


async def test_everything_that_an_agent_sends(tmp_path: Path, chromium: Browser) -> None:
    async with both(tmp_path, chromium) as at:
        for name, rich in CARDS.items():
            choices = (Choice(label="ありがとう"), Choice(label="ほかの色は？")) if name == "お支払い" else ()
            along = Besides(rich=rich, choices=choices)
            await at.parts.database.write(macros.add, DESK, name, "", Actions(), besides=along, shared=True)
        phone, desk = at.phone, at.desk
        got, ours = phone.locator(".row:not(.mine)"), desk.locator(".message.ours")
        await at.say("藍色の皿を探しています")
        await at.answer("藍色の皿を探しています")
        await desk.locator("#composer-text").press_sequentially("お調べ")
        await expect(phone.get_by_role("status", name="返信を準備しています")).to_be_visible()
        await expect(phone.locator(".row.mine .read")).to_have_text("既読")
        await desk.get_by_role("button", name="このメッセージに返信").click()
        await send(desk, "こちらでございます。" + "釉薬の色は一点ずつ異なります。" * 400)
        await expect(got.locator("blockquote", has_text="藍色の皿を探しています")).to_be_visible()
        await expect(got.locator(".text", has_text="釉薬の色は")).to_have_count(2)  # 6,000 characters are two bubbles
        await attach(desk, picture())
        await expect(got.locator("button.picture img")).to_have_js_property("complete", True)
        await attach(desk, film())
        await expect(got.locator("video")).to_be_visible()
        await attach(desk, voice())
        await expect(got.locator("audio")).to_be_visible()
        await attach(desk, paper())
        await expect(got.locator(".fx-bubble", has_text="領収書.pdf")).to_be_visible()
        for name in CARDS:
            await card(at, name)
        await expect(got.locator(".tp-card", has_text="お届け日の変更")).to_be_visible()
        await expect(got.locator(".tp-confirm")).to_be_visible()
        await expect(got.locator(".tp-carousel .tp-card")).to_have_count(3)
        await expect(got.locator(".fx-bubble", has_text="4,400円")).to_be_visible()
        await expect(ours.locator(".line-drawn .tp-card", has_text="お届け日の変更")).to_be_visible()
        picture_of_it = ours.locator(".line-drawn .tp-thumbnail")
        await expect(picture_of_it).to_have_attribute("src", re.compile("^data:"))  # the shop's own is not loaded
        await expect(ours.locator(".line-drawn .tp-carousel .tp-card")).to_have_count(3)
        await expect(ours.locator(".line-drawn .fx-bubble", has_text="4,400円")).to_be_visible()
        await expect(ours.locator(".line-offered span")).to_have_text(["ありがとう", "ほかの色は？"])
        await at.whole("out-ja")
        said = desk.locator(".message.customer")
        await phone.locator(".quick").get_by_role("button", name="ほかの色は？").click()
        await expect(said.filter(has_text="ほかの色は？")).to_be_visible()
        await phone.get_by_role("button", name="明日").click()
        await expect(phone.locator(".row.mine .text").last).to_have_text("明日を希望します")
        await expect(said.filter(has_text="明日を希望します")).to_be_visible()
        await phone.get_by_role("button", name="白の在庫").click()
        await expect(said.filter(has_text="白の在庫")).to_be_visible()
        await at.narrow("out-en-390", ".message.ours .line-drawn .fx-bubble")
