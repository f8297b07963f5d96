"""A bulk letter from a list: written by one, approved by another, on a phone with LINE and in a mailbox."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, expect

from tests.desks import until
from tests.journeys.axe import serious
from tests.journeys.line.both import Both, both, shot
from tests.journeys.line.test_admin_pages import sit


async def test_a_list_is_written_to_after_a_second_person_said_yes(tmp_path: Path, chromium: Browser) -> None:
    async with both(tmp_path, chromium) as at:
        await at.say("いつ届きますか")
        line = await until(lambda: _contact(at, "line"))
        page = at.desk
        await sit(at, page, "山口 店長", "コンソール", "/admin/bulk-letters")
        assert not await serious(page)
        await page.get_by_label("名称").fill("急須の入荷遅れ")
        await page.get_by_role("button", name="作成する").click()
        await page.get_by_label("ファイルの名簿").check()
        people = (
            f"LINE ID,メールアドレス,新しい日\n{line},,11月30日\n,akira.kato@example.jp,12月1日\n,x@nowhere.example,\n"
        )
        await page.locator("#f-file").set_input_files(
            {"name": "名簿.csv", "mimeType": "text/csv", "buffer": people.encode("cp932")}
        )
        await page.get_by_role("button", name="読み込む").click()
        await expect(page.locator("#people")).to_contain_text("LINEで1")
        await page.locator('[name="text.email.ja"]').fill("{{ customer.called }}\n{{ row.新しい日 }}にお届けします。")
        await page.locator('[name="quiet"]').uncheck()
        for other in ("LINE · 日本語", "メール · 英語", "LINE · 英語"):
            fold = page.locator("details.fold", has=page.locator("summary", has_text=other)).last
            await fold.locator("summary").click()
            await fold.locator("input").fill("")
            await fold.locator("textarea").fill("")
        await page.get_by_role("button", name="保存").click()
        await expect(page.locator("main")).to_contain_text("実際の文面の例(2件)")
        await expect(page.locator("main")).to_contain_text("該当するお客様が見つかりません。")
        assert not await serious(page)
        await shot(page, "bulk-draft")
        await page.get_by_role("button", name="承認を依頼する").click()
        await expect(page.locator("main")).to_contain_text("承認できる方: 佐藤 美咲")
        own = page.url.partition("?")[0]
        context = await chromium.new_context(locale="ja-JP", viewport={"width": 390, "height": 844})
        second = await context.new_page()
        await sit(at, second, "佐藤 美咲", "コンソール", own.removeprefix(at.base))
        assert await second.evaluate("document.documentElement.scrollWidth") <= 390
        second.on("dialog", lambda dialog: dialog.accept())
        await second.get_by_role("button", name="承認して 2 名に送信").click()
        await expect(second.locator("main")).to_contain_text("送信完了")  # the page follows by itself
        await expect(second.locator("main")).to_contain_text("2 / 2")
        await shot(second, "bulk-done")
        await context.close()
        await expect(at.phone.locator("body")).to_contain_text("11月30日にお届けします。")
        mail = await until(lambda: _letter(at))
        assert "12月1日にお届けします。" in mail


async def _contact(at: Both, kind: str) -> str | None:
    found: str | None = await at.parts.database.read(
        lambda tx: tx.value("SELECT address FROM contact WHERE kind = :kind ORDER BY seen_at DESC LIMIT 1", kind=kind)
    )
    return found


async def _letter(at: Both) -> str | None:
    found: str | None = await at.parts.database.read(
        lambda tx: tx.value(
            "SELECT CAST(l.body AS TEXT) FROM letter l JOIN bulk_recipient r ON r.letter_id = l.id"
            " WHERE l.recipient = 'akira.kato@example.jp' AND l.state = 'delivered'"
        )
    )
    return found
