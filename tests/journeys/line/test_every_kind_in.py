"""Whatever somebody can do on the phone is seen on the console as what it is, on wide and narrow screens, ja and en."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.journeys.line.both import Both, both, shot
from tests.journeys.line.things import film, paper, picture, voice

PLACE = "東京都千代田区丸の内"


async def take_back(phone: Page, words: str) -> None:
    await phone.locator(".row.mine", has_text=words).get_by_role("button", name="その他").click()
    await phone.get_by_role("dialog", name=words).get_by_role("button", name="送信取消").click()


async def quote(phone: Page, words: str) -> None:
    await phone.locator(".row.mine", has_text=words).get_by_role("button", name="その他").click()
    await phone.get_by_role("dialog", name=words).get_by_role("button", name="リプライ").click()


async def invent(at: Both, label: str) -> None:
    """LINE has something new."""
    await at.phone.get_by_role("tab", name="障害を試す").click()
    await at.phone.get_by_role("button", name=label).click()


async def test_everything_that_a_person_sends(tmp_path: Path, chromium: Browser) -> None:
    async with both(tmp_path, chromium) as at:
        phone, desk = at.phone, at.desk
        await phone.get_by_role("button", name="スタンプ").click()
        await phone.get_by_role("button", name="hello").click()
        await expect(phone.get_by_role("dialog", name="スタンプ")).to_have_count(0)
        await phone.keyboard.type("藍色の皿を探しています https://shop.example/blue", delay=20)
        await phone.keyboard.press("Enter")
        await expect(phone.locator(".row.mine .text .emoji")).to_be_visible()
        await at.answer("藍色の皿を探しています")
        said = desk.locator(".message.customer")
        await expect(said.locator(".words img.emoji")).to_be_visible()
        await quote(phone, "藍色の皿")
        await at.say("こちらの件です")
        await expect(said.locator(".quoted", has_text="藍色の皿")).to_be_visible()
        await phone.get_by_role("button", name="スタンプ").click()
        await phone.get_by_role("img", name="ありがとう").click()
        await expect(said.locator("figure.sticker img")).to_be_visible()
        await expect(said.locator("figure.sticker figcaption")).to_contain_text("ありがとう")
        await phone.locator("#pictures").set_input_files([picture()])
        await phone.locator("#pictures").set_input_files([picture(tint=20), picture(tint=50), picture(tint=80)])
        await expect(phone.locator(".pictures img")).to_have_count(3)
        await expect(said.locator(".files a.picture img")).to_have_count(4)
        await phone.locator("#pictures").set_input_files([film()])
        await phone.locator("#pictures").set_input_files([voice()])
        await phone.locator("#files").set_input_files([paper()])
        await expect(said.locator("video.picture-film")).to_be_visible()
        await expect(said.locator("audio.picture-voice")).to_have_js_property("duration", 2)
        await expect(said.locator("a.file", has_text="領収書.pdf")).to_be_visible()
        await phone.get_by_role("button", name="ほかのものを送る").click()
        await phone.get_by_role("button", name="位置情報を送る").click()
        await phone.get_by_role("button", name=re.compile("東京駅")).click()
        await expect(said.locator(".place-card")).to_contain_text(PLACE)
        await at.say("内緒の話")
        await expect(said.get_by_text("内緒の話", exact=True)).to_be_visible()
        await take_back(phone, "内緒の話")
        await expect(said.locator(".withdrawn-words")).to_be_visible()
        await expect(said.get_by_text("内緒の話", exact=True)).to_have_count(0)
        await invent(at, "誰も知らない種類のイベント")
        await invent(at, "誰も知らない種類のメッセージ")
        await expect(said.filter(has_text="hologram")).to_have_count(1)
        await phone.get_by_role("button", name="トークの設定").click()
        await phone.get_by_role("button", name="このアカウントをブロック").click()
        await expect(desk.locator(".contacts li.unreachable")).to_contain_text("ブロック")
        await shot(desk, "in-blocked")
        await phone.get_by_role("button", name="ブロック解除").click()
        await expect(desk.locator(".contacts li.unreachable")).to_have_count(0)
        await expect(phone.locator(".row:not(.mine) .text", has_text="友だち追加ありがとうございます")).to_be_visible()
        await at.whole("in-ja")
        await at.narrow("in-en-390", ".message.customer .place-card")


async def test_in_a_group_it_is_seen_who_said_what(tmp_path: Path, chromium: Browser) -> None:
    async with both(tmp_path, chromium) as at:
        phone, desk = at.phone, at.desk
        await phone.get_by_role("button", name="トーク一覧へ戻る").click()
        await phone.get_by_role("button", name="陶芸サークル").click()
        await at.say("@うつわの月の輪 次の教室はいつですか")
        await phone.get_by_role("button", name="佐藤 健").click()
        await phone.get_by_role("button", name="トーク一覧へ戻る").click()
        await phone.get_by_role("button", name="陶芸サークル").click()
        await at.say("私も知りたいです")
        await at.answer("私も知りたいです")
        said = desk.locator(".message.customer")
        await expect(said.filter(has_text="次の教室はいつですか").locator("header b")).to_have_text("山田 花子 様")
        await expect(said.filter(has_text="次の教室はいつですか").locator(".mention.us")).to_be_visible()
        await expect(said.filter(has_text="私も知りたいです").locator("header b")).to_have_text("佐藤 健 様")
        await desk.locator("#composer-text").fill("来月の第二土曜日です。")
        await desk.locator("#composer-text").press("Control+Enter")
        await expect(phone.locator(".row .text", has_text="来月の第二土曜日です。")).to_be_visible()
        await shot(desk, "group-desk")
        await shot(phone, "group-phone")
