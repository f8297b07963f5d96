"""One flow on both: on the phone with LINE and in the chat of the shop, from choices to an order to a person's note."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import Browser, expect

from tests.journeys.line.both import both, shot
from tests.journeys.one_browser import window

NUMBER, MAIL = "T-20421", "yuki-t@example.ne.jp"


async def test_a_flow_leads_on_line_and_in_the_chat_to_a_person_with_a_note(tmp_path: Path, chromium: Browser) -> None:
    async with both(tmp_path, chromium) as at, window(chromium) as shop:
        phone, desk = at.phone, at.desk
        heard = phone.locator(".row .text")
        await at.say("メニュー")
        await expect(heard.filter(has_text="ご用件をお選びください")).to_be_visible()
        await phone.get_by_role("button", name="注文の状況").last.click()
        await expect(heard.filter(has_text="ご注文番号をご入力ください")).to_be_visible()
        await at.say(NUMBER)
        await expect(heard.filter(has_text="メールアドレスをご入力ください")).to_be_visible()
        await at.say(MAIL)
        await expect(heard.filter(has_text=f"ご注文 {NUMBER}")).to_contain_text("日本郵便 5551-2020-4210: 輸送中")
        await shot(phone, "flow-line")
        await phone.get_by_role("button", name="担当者に相談する").last.click()
        await expect(heard.filter(has_text="担当者におつなぎいたします")).to_be_visible()

        await shop.goto(f"{at.base}/demo/shop")
        await shop.locator("madoguchi-chat button").click()
        panel = shop.frame_locator("madoguchi-chat iframe")
        log, box = panel.get_by_role("log"), panel.locator("textarea")
        await panel.get_by_role("button", name="注文の状況").click()
        await expect(log).to_contain_text("ご注文番号をご入力ください")
        await expect(panel.get_by_role("button", name="返品・交換")).to_have_count(0)
        turns = [
            (NUMBER, "メールアドレスをご入力ください"),
            ("nobody@example.jp", "見つかりません"),
            (NUMBER, "メールアドレスをご入力ください"),
            (MAIL, "5551-2020-4210: 輸送中"),
        ]
        for words, answer in turns:
            await box.fill(words)
            await panel.locator("button.send").click()
            await expect(log.locator(".theirs").last).to_contain_text(answer)
        await shot(shop, "flow-chat")
        number = await at.parts.database.read(lambda tx: tx.value("SELECT max(ticket_number) FROM flow_run"))
        await at.sign_in()
        await expect(desk.locator(".list")).to_be_visible()
        await desk.goto(f"{at.base}/console#/all/{number}")
        await expect(desk.locator(".hint")).to_contain_text("フロー進行中: ")
        await expect(desk.get_by_role("button", name="自分が対応する")).to_be_visible()
        await expect(desk.locator(".happened")).to_have_text(re.compile(r"フロー「.*」を開始しました"))
        await shot(desk, "flow-under-way")
        await panel.get_by_role("button", name="担当者に相談する").click()
        await expect(log.locator(".theirs").last).to_contain_text("担当者におつなぎいたします")

        await expect(desk.locator(".hint")).to_have_count(0)
        await expect(desk.locator(".happened").last).to_contain_text("が終了しました（担当者へ引き継ぎ）")
        note = desk.locator("article.note")
        await expect(note).to_contain_text("お客様が担当者への相談をご希望です。")
        await expect(note).to_contain_text(f"ご注文番号: {NUMBER}")
        await expect(note).to_contain_text(MAIL)
        await shot(desk, "flow-desk")
