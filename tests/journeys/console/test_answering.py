"""Mail comes in, an agent answers, and the letter leaves; nothing is sent twice or by accident."""

from __future__ import annotations

import asyncio

from playwright.async_api import Route, expect

from server.agents import DESK
from server.tickets import macros
from server.tickets.macros import Actions
from tests.journeys.console.conftest import Sit
from tests.journeys.console.counter import Counter
from tests.journeys.hands import typing_is_seen

COMPOSING = """() => document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
    {key: "Enter", code: "Enter", ctrlKey: true, isComposing: true, bubbles: true, cancelable: true}))"""

HAND_OVER = """([kind, where, name]) => {
    const data = new DataTransfer();
    data.items.add(new File(["bytes"], name, {type: name.endsWith("png") ? "image/png" : "text/plain"}));
    const shape = {bubbles: true, cancelable: true};
    document.querySelector(where).dispatchEvent(kind === "paste"
        ? new ClipboardEvent("paste", {...shape, clipboardData: data})
        : new DragEvent("drop", {...shape, dataTransfer: data}));
}"""


async def test_a_mail_appears_by_itself_is_answered_by_keys_and_the_answer_leaves(counter: Counter, sit: Sit) -> None:
    page = await sit(await counter.hire("佐々木 葵", signature="窓口商店 佐々木"))
    await expect(page.get_by_text("すべて対応済みです")).to_be_visible()
    await counter.mail("先週注文した商品が届きません。", subject="未着です")
    await expect(page.get_by_role("row")).to_contain_text("山田 花子 様")
    await expect(page.locator(".nav-entry.here .count")).to_have_text("1")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("届きません")
    await page.keyboard.press("r")
    await expect(page.locator("#composer-text")).to_be_focused()
    await page.keyboard.type("山田 花子 様\n\n確認いたします。")
    await page.evaluate(COMPOSING)
    assert not counter.office.mails
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".message.ours")).to_contain_text("確認いたします")
    await expect(page.locator(".letter.delivered")).to_be_visible()
    await expect(page.locator(".thread-tools .status")).to_have_text("保留")
    (mail,) = await counter.sent()
    body = mail.get_body(("plain",))
    assert body is not None and "確認いたします。" in body.get_content() and "窓口商店 佐々木" in body.get_content()
    assert "hanako@mail.example" in mail["To"] and mail["In-Reply-To"]
    await expect(page.locator("#composer-text")).to_have_value("")


async def test_a_refused_letter_says_why_and_is_sent_again(counter: Counter, sit: Sit) -> None:
    number = await counter.ticket("領収書をください。")
    counter.office.says = "550 5.1.1 No such customer"
    page = await sit(await counter.hire("田村 蓮"), f"#/open/{number}")
    await page.locator("#composer-text").fill("お送りします。")
    await page.get_by_role("button", name="送信して保留").click()
    await expect(page.locator(".letter.failed")).to_contain_text("550 5.1.1 No such customer")
    await page.get_by_role("link", name="届いていない").click()
    await page.reload()
    await expect(page.locator(".list-title h1")).to_contain_text("届いていない")
    await page.get_by_role("row").click()
    counter.office.says = ""
    await page.get_by_role("button", name="再送").click()
    await expect(page.locator(".letter.delivered")).to_be_visible()
    assert len(await counter.sent()) == 1
    await expect(page.get_by_role("link", name="届いていない").locator(".count")).to_have_count(0)


async def test_a_promised_file_is_missed_and_then_goes_along(counter: Counter, sit: Sit) -> None:
    number = await counter.ticket("請求書をください。")
    page = await sit(await counter.hire("田村 蓮"), f"#/open/{number}")
    await page.locator("#composer-text").fill("請求書を添付いたします。")
    await page.get_by_role("button", name="送信して保留").click()
    await expect(page.get_by_role("dialog")).to_contain_text("ファイルが添付されていません")
    await page.get_by_role("button", name="見直す").click()
    await page.locator(".composer input[type=file]").set_input_files(
        {"name": "請求書 ㈱.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    )
    await expect(page.locator(".file-chips")).to_contain_text("請求書 ㈱.pdf")
    await expect(page.locator(".file-chips progress")).to_have_count(0)
    await page.locator("#composer-text").press("Control+Shift+Enter")
    await expect(page.locator(".thread-tools .status")).to_have_text("対応完了")
    (mail,) = await counter.sent()
    (file,) = mail.iter_attachments()
    assert file.get_filename() == "請求書 ㈱.pdf"


async def test_files_come_by_paste_and_by_dropping_them_anywhere_and_hold_the_reply_back(
    counter: Counter, sit: Sit
) -> None:
    number = await counter.ticket("写真をください。")
    page = await sit(await counter.hire("田村 蓮"), f"#/open/{number}")
    gate = asyncio.Event()

    async def slowly(route: Route) -> None:
        await gate.wait()
        await route.continue_()

    await page.route("**/api/v1/files?**", slowly)
    await page.locator("#composer-text").fill("こちらです。")
    await page.evaluate(HAND_OVER, ["paste", "#composer-text", "貼り付け.png"])
    await page.evaluate(HAND_OVER, ["drop", ".log", "落とした.txt"])
    await expect(page.locator(".file-chips progress")).to_have_count(2)
    await page.locator("#composer-text").press("Control+Enter")
    await expect(page.get_by_role("alert")).to_contain_text("アップロード中")
    gate.set()
    await expect(page.locator(".file-chips progress")).to_have_count(0)
    await page.locator("#composer-text").press("Control+Enter")
    await expect(page.locator(".message.ours .files")).to_contain_text("落とした.txt")
    (mail,) = await counter.sent()
    assert {file.get_filename() for file in mail.iter_attachments()} == {"貼り付け.png", "落とした.txt"}


async def test_two_agents_never_answer_twice(counter: Counter, sit: Sit) -> None:
    number = await counter.ticket("長い話です。\n" * 60)
    aoi, ren = await counter.hire("佐々木 葵"), await counter.hire("田村 蓮")
    first, second = await sit(aoi, f"#/open/{number}"), await sit(ren, f"#/open/{number}")
    await expect(first.locator(".thread-lookers")).to_have_count(1)
    await second.locator("#composer-text").fill("こちらで対応します。")
    await second.locator("#composer-text").press("End")
    await expect(first.locator(".soft-lock")).to_have_count(0)
    await typing_is_seen(second, "！", first.locator(".soft-lock, .row .row-typing", has_text="田村 蓮"), 2)
    await second.locator(".log").evaluate("log => { log.scrollTop = 0 }")
    await first.locator("#composer-text").fill("先に答えました。")
    await first.locator("#composer-text").press("Control+Enter")
    await expect(second.locator(".pill-new.low")).to_be_visible()
    await second.locator("#composer-text").press("Control+Enter")
    await expect(second.get_by_role("dialog")).to_contain_text("先に答えました。")
    assert len(await counter.sent()) == 1
    await second.get_by_role("button", name="本文に戻る").click()
    await expect(second.locator("#composer-text")).to_have_value("こちらで対応します。！")
    await second.locator("#composer-text").press("Control+Enter")
    await second.get_by_role("button", name="このまま送信").click()
    await counter.sent(2)


async def test_what_was_being_written_is_there_again_elsewhere(counter: Counter, sit: Sit) -> None:
    number = await counter.ticket("質問です。")
    agent = await counter.hire("田村 蓮")
    page = await sit(agent, f"#/open/{number}")
    await page.locator("#composer-text").fill("書きかけの")
    await expect(page.get_by_text("下書きを保存しました")).to_be_visible()
    elsewhere = await sit(agent, "#/open")
    await expect(elsewhere.get_by_role("row")).to_contain_text("下書き")
    await elsewhere.get_by_role("row").click()
    await expect(elsewhere.locator("#composer-text")).to_have_value("書きかけの")


async def test_a_recalled_reply_never_leaves_and_is_in_the_composer_again(counter: Counter, sit: Sit) -> None:
    (account, *_) = counter.parts.desk.accounts("email")
    await counter.parts.database.write(_wait_before_sending, account.id)
    number = await counter.ticket("質問です。")
    hurry = Actions(priority="urgent", tags=["急ぎ"])
    await counter.parts.database.write(macros.add, DESK, "急ぎ", "まちがいです。", hurry, shared=True)
    page = await sit(await counter.hire("田村 蓮"), f"#/open/{number}")
    await page.locator("#composer-text").press("/")
    await page.get_by_role("combobox").press("Enter")
    await expect(page.locator("#composer-text")).to_have_value("まちがいです。")
    await page.locator(".composer input[type=file]").set_input_files(
        {"name": "資料.txt", "mimeType": "text/plain", "buffer": "中身".encode()}
    )
    await expect(page.locator(".file-chips progress")).to_have_count(0)
    await page.locator("#composer-text").press("Control+Enter")
    await expect(page.locator(".thread-tools .status")).to_have_text("保留")
    await page.locator(".letter .undo").click()
    await expect(page.locator(".letter.recalled")).to_be_visible()
    await expect(page.locator("#composer-text")).to_have_value("まちがいです。")
    await expect(page.locator(".file-chips")).to_contain_text("資料.txt")
    await expect(page.locator(".thread-tools .status")).to_have_text("未対応")
    await expect(page.locator(".thread-tools .priority")).to_contain_text("中")
    await expect(page.locator(".thread-head .tag")).to_have_count(0)
    await expect(page.locator(".pending")).to_contain_text("優先度: 緊急 · #急ぎ")
    assert not counter.office.mails
    await page.locator("#composer-text").fill("なおしました。")
    await page.locator("#composer-text").press("Control+Enter")
    await expect(page.locator(".message.ours").nth(1)).to_contain_text("資料.txt")


def _wait_before_sending(tx, account: int) -> None:  # type: ignore[no-untyped-def]
    tx.run("UPDATE channel_account SET undo_seconds = 120 WHERE id = :id", id=account)
