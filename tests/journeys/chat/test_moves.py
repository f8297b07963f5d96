"""A chat from the first word to the last: greeted, accepted, handed over, ended, rated; and what is left behind."""

from __future__ import annotations

from email.message import EmailMessage

from playwright.async_api import Browser, expect

from server import agents, tickets
from server.agents import DESK
from server.tickets import macros
from server.tickets.macros import Actions
from tests.desks import until
from tests.journeys.chat.conftest import Come
from tests.journeys.chat.shop import TOUCH, open_shop, visit
from tests.journeys.console.conftest import Sit
from tests.journeys.console.counter import Counter
from tests.journeys.hands import typing_is_seen


def words(mail: EmailMessage) -> str:
    """What a mail says."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def test_a_chat_is_accepted_by_one_handed_over_ended_and_rated(counter: Counter, sit: Sit, come: Come) -> None:
    aoi, emma = await counter.hire("佐々木 葵"), await counter.hire("Emma Clark", language="en")
    left, right = await sit(aoi), await sit(emma)
    customer = await come()
    await customer.open()
    await customer.say("返品したいのですが")
    await left.get_by_role("row").first.click()
    await left.get_by_role("button", name="対応を始める").click()
    await expect(customer.log.locator(".aside")).to_contain_text("佐々木 葵")
    await expect(left.locator(".chat-line")).to_contain_text("佐々木 葵さんが対応を始めました")
    await left.get_by_role("button", name="引き継ぐ…").click()
    await left.get_by_label("引き継ぎ先").select_option(label="Emma Clark")
    await left.get_by_label("引き継ぎメモ").fill("返品の件、お願いします")
    await left.get_by_role("button", name="引き継ぐ", exact=True).click()
    told = right.locator(".toast", has_text="佐々木 葵").first
    await told.get_by_role("button", name="Open it").click()
    await expect(right.get_by_role("log")).to_contain_text("返品の件、お願いします")
    await expect(right.locator(".chat-line").first).to_contain_text("佐々木 葵 has joined the chat")
    await expect(right.get_by_role("button", name="Accept")).to_have_count(0)
    await expect(customer.panel.get_by_role("heading")).to_contain_text("Emma Clark")
    await right.locator("#composer-text").fill("承知しました。")
    await right.locator("#composer-text").press("Control+Enter")
    await expect(customer.log.locator(".theirs", has_text="承知しました。")).to_have_count(1)
    await expect(right.locator(".seen-mark")).to_have_text("Read by the customer")
    await right.get_by_role("button", name="End the chat").click()
    await right.get_by_role("option", name="End it and ask for a rating").click()
    await customer.panel.get_by_role("button", name="とても満足").click()
    await customer.panel.get_by_label("お気づきの点").fill("早くて助かりました")
    await customer.panel.get_by_role("button", name="コメントを送る").click()
    await expect(customer.log).to_contain_text("ご評価ありがとうございます。")
    await expect(customer.log.locator(".aside").last).to_have_text("チャットが終了しました")
    await expect(right.locator(".rated")).to_contain_text("5/5")
    await expect(left.locator(".rated")).to_contain_text("早くて助かりました")
    assert "返品の件" not in await customer.log.inner_text()
    await customer.panel.get_by_role("button", name="メニュー").click()
    await customer.panel.get_by_role("button", name="English").click()
    await expect(customer.log.locator(".aside").last).to_have_text("The chat has ended")
    await customer.say("もう一つだけ")
    await expect(right.get_by_role("button", name="End the chat")).to_be_visible()


async def test_a_visitor_is_seen_and_spoken_to_first(counter: Counter, sit: Sit, come: Come) -> None:
    desk = await sit(await counter.hire("佐々木 葵"), "#/visitors")
    customer = await come()
    await customer.command("setCart", {"items": [{"name": "急須", "quantity": 2}], "total": 6400, "currency": "JPY"})
    await customer.open()
    await customer.panel.get_by_role("button", name="チャットを閉じる").click()
    here = desk.locator(".visitor")
    await expect(here).to_contain_text("うつわの店 /")
    await expect(here).to_contain_text("カートに2点 · ￥6,400")
    await here.get_by_role("button", name="話しかける").click()
    await desk.get_by_label("最初のひとこと").fill("急須をお探しですか？")
    await desk.get_by_role("button", name="送信").click()
    await expect(customer.launcher).to_have_accessible_name("チャットで問い合わせる（未読 1件）")
    await customer.launcher.click()
    await expect(customer.log).to_contain_text("急須をお探しですか？")
    await customer.say("はい、小さめのものを")
    await expect(desk.get_by_role("log")).to_contain_text("はい、小さめのものを")
    await desk.keyboard.press("Escape")
    await expect(desk.locator(".section-visit, .visitor").first).to_contain_text("うつわの店")


async def test_a_note_is_no_typing(counter: Counter, sit: Sit, come: Come) -> None:
    desk = await sit(await counter.hire("佐々木 葵"))
    customer = await come()
    await customer.open()
    await customer.say("聞こえますか")
    await desk.get_by_role("row").first.click()
    await desk.locator("#composer-text").press_sequentially("は")
    await typing_is_seen(desk, "い", customer.log.locator(".typing"))
    await desk.get_by_role("tab", name="社内メモ").click()
    await expect(customer.log.locator(".typing")).to_have_count(0)
    await desk.locator("#composer-text").press_sequentially("これは社内だけ")
    await expect(desk.locator("#composer-text")).to_have_value("これは社内だけ")
    await desk.get_by_role("button", name="対応を始める").click()
    await expect(customer.log.locator(".aside"), "what came after the note's keys is here").to_contain_text("佐々木")
    await expect(customer.log.locator(".typing")).to_have_count(0)


async def test_when_nobody_is_there_an_address_is_asked_for_and_the_answer_goes_by_mail(
    counter: Counter, come: Come
) -> None:
    aoi = await counter.hire("佐々木 葵")
    customer = await come()
    await customer.open()
    await expect(customer.panel.get_by_label("メールアドレス")).to_have_count(0)
    await customer.say("どなたかいますか")
    await customer.panel.get_by_label("メールアドレス").fill("hanako@mail.example")
    await customer.panel.get_by_role("button", name="保存").click()
    await expect(customer.log).to_contain_text("hanako@mail.example にもお送りします")
    await customer.page.close()
    await counter.parts.database.write(tickets.reply, aoi, 1, "お待たせしました。", seen=1)
    database = counter.parts.database
    await database.write(lambda tx: tx.run("UPDATE continuity SET due_at = :now", now=tx.now))
    counter.parts.continuity.kick()
    (mail,) = await counter.sent()
    assert mail["To"] == "hanako@mail.example" and "お待たせしました。" in words(mail)


async def test_the_conversation_comes_by_mail_with_all_that_was_said(counter: Counter, come: Come) -> None:
    aoi = await counter.hire("佐々木 葵")
    customer = await come()
    await customer.open()
    await customer.say("送料を教えてください")
    await expect(customer.log.locator(".mine")).to_contain_text("送信済み")
    await counter.parts.database.write(tickets.reply, aoi, 1, "全国一律500円です。", seen=1)
    await expect(customer.log.locator(".theirs", has_text="500円")).to_have_count(1)
    await customer.panel.get_by_role("button", name="メニュー").click()
    await customer.panel.get_by_role("button", name="会話をメールで受け取る").click()
    await customer.panel.get_by_label("メールアドレス").fill("hanako@mail.example")
    await customer.panel.get_by_role("button", name="保存").click()
    (mail,) = await counter.sent()
    text = words(mail)
    assert text.index("送料を教えてください") < text.index("佐々木 葵がご対応") < text.index("全国一律500円です。")


async def test_a_file_that_was_not_sent_survives_a_reload(counter: Counter, chromium: Browser) -> None:
    wrong: list[str] = []
    async with open_shop(counter, host="127.0.0.1") as shop:
        customer = await visit(chromium, shop.base, wrong)
        await customer.open()
        await customer.say("写真を送ります")
        await expect(customer.log.locator(".mine")).to_contain_text("送信済み")
        await customer.panel.get_by_role("button", name="絵文字").click()
        await customer.panel.get_by_role("button", name="😀").click()  # the later parts are here
        await customer.box.fill("")
        await customer.context.set_offline(True)
        await customer.panel.get_by_label("ファイルを添付").set_input_files(
            {"name": "急須.txt", "mimeType": "text/plain", "buffer": "蓋が欠けています".encode()}
        )
        await expect(customer.log.locator(".waiting")).to_contain_text("急須.txt")
        await until(lambda: customer.page.evaluate("localStorage['madoguchi:shop'].includes('shelved')"))
        await customer.context.route("**/chat/files", lambda route: route.abort())
        await customer.context.set_offline(False)
        await customer.page.reload()
        await customer.context.unroute("**/chat/files")
        await customer.launcher.click()
        await expect(customer.log.locator("a.file")).to_contain_text("急須.txt")
        await expect(customer.log.locator(".waiting")).to_have_count(0)
        sql = "SELECT filename FROM attachment"
        assert await counter.parts.database.read(lambda tx: [row.filename for row in tx.all(sql)]) == ["急須.txt"]
        await until(lambda: customer.page.evaluate("!localStorage['madoguchi:shop'].includes('shelved')"))
    assert not wrong


async def test_a_finger_pulls_the_panel_away_and_the_title_tells_of_news(counter: Counter, chromium: Browser) -> None:
    aoi = await counter.hire("佐々木 葵")
    wrong: list[str] = []
    async with open_shop(counter, title_flash=True) as shop:
        customer = await visit(chromium, shop.base, wrong, width=390, height=780, **TOUCH)
        await customer.open()
        await customer.say("あとで見ます")
        await expect(customer.log.locator(".mine")).to_contain_text("送信済み")
        head = customer.panel.locator(".head h1")
        await head.evaluate(
            """head => { const at = y => [new Touch({identifier: 1, target: head, clientX: 50, clientY: y})];
            const say = (name, y) => head.dispatchEvent(new TouchEvent(name, {touches: at(y), bubbles: true}));
            say("touchstart", 20); say("touchmove", 200); dispatchEvent(new TouchEvent("touchend", {touches: []})) }"""
        )
        await expect(customer.page.locator("madoguchi-chat [role=dialog]")).to_be_hidden()
        frame = next(each for each in customer.page.frames if "/chat/panel/" in each.url)
        await frame.evaluate("Object.defineProperty(document, 'hidden', {get: () => self.away ?? true})")
        await counter.parts.database.write(tickets.reply, aoi, 1, "お待ちしています。", seen=1)
        await until(lambda: customer.page.evaluate("document.title.includes('新しいメッセージ')"))
        await frame.evaluate("self.away = false; document.dispatchEvent(new Event('visibilitychange'))")
        await until(lambda: customer.page.evaluate("document.title.startsWith('うつわの店')"))
    assert not wrong


async def test_a_macro_ends_a_chat_with_thanks_and_asks_for_a_rating(counter: Counter, sit: Sit, come: Come) -> None:
    thanks = Actions(status="done", ask_rating=True)
    await counter.parts.database.write(macros.add, DESK, "お礼", "ありがとうございました。", thanks, shared=True)
    desk = await sit(await counter.hire("佐々木 葵"))
    customer = await come()
    await customer.open()
    await customer.say("解決しました")
    await desk.get_by_role("row").first.click()
    await desk.locator("#composer-text").press("/")
    await desk.get_by_role("combobox").fill("お礼")
    await desk.keyboard.press("Enter")
    await expect(desk.locator(".pending")).to_contain_text("対応完了 · 評価をお願いする")
    await desk.keyboard.press("Control+Enter")
    await expect(customer.log.locator(".theirs", has_text="ありがとうございました。")).to_have_count(1)
    await customer.panel.get_by_role("button", name="とても満足").click()
    await expect(desk.locator(".rated")).to_contain_text("5/5")


async def test_a_team_is_told_and_accepts(counter: Counter, sit: Sit, come: Come) -> None:
    aoi, ken = await counter.hire("佐々木 葵"), await counter.hire("高橋 健")
    await counter.parts.database.write(agents.add_team, DESK, "経理", [ken.id])
    desk = await sit(aoi)
    customer = await come()
    await customer.open()
    await customer.say("請求書をください")
    await desk.get_by_role("row").first.click()
    await desk.get_by_role("button", name="引き継ぐ…").click()
    await desk.get_by_label("引き継ぎ先").select_option(label="経理")
    await desk.get_by_role("button", name="引き継ぐ", exact=True).click()
    await expect(customer.log.locator(".aside")).to_contain_text("担当者におつなぎしております")
    await counter.parts.database.write(tickets.accept, ken, 1)
    await expect(customer.log.locator(".aside").last).to_contain_text("高橋 健")
