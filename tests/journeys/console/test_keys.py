"""Every key of the sheet does what it says; an agent's own keys follow them; a customer's words are passed on."""

from __future__ import annotations

from playwright.async_api import expect

from tests.journeys.axe import serious
from tests.journeys.console.conftest import Sit
from tests.journeys.console.counter import Counter
from tests.journeys.hands import at_once


async def test_a_command_gets_another_key_on_every_device_and_what_had_it_gets_the_old_one(
    counter: Counter, sit: Sit
) -> None:
    number = await counter.ticket("質問です。")
    aoi = await counter.hire("佐々木 葵")
    page = await sit(aoi, f"#/open/{number}")
    await page.locator(".log").focus()
    await page.keyboard.press("?")
    sheet = page.get_by_role("dialog")
    await sheet.get_by_role("button", name="社内メモ のキーを変更").click()
    await expect(sheet.get_by_text("キーを押してください")).to_be_visible()
    await page.keyboard.press("r")
    await expect(sheet.get_by_role("button", name="社内メモ のキーを変更").locator("kbd")).to_have_text("R")
    await expect(sheet.get_by_role("button", name="返信 のキーを変更").locator("kbd")).to_have_text("N")
    assert await serious(page) == []
    await page.keyboard.press("Escape")
    second = await sit(aoi, f"#/open/{number}")
    await second.locator(".log").focus()
    await second.keyboard.press("?")
    changed = second.get_by_role("dialog").get_by_role("button", name="社内メモ のキーを変更").locator("kbd")
    await expect(changed, "it knows its agent's keys").to_have_text("R")
    await second.keyboard.press("Escape")
    for device in (page, second):
        await device.locator(".log").focus()
        await device.keyboard.press("r")
        await expect(device.locator(".composer.note")).to_be_visible()
        await device.keyboard.press("Escape")
        await device.keyboard.press("n")
        await expect(device.locator(".composer.note")).to_have_count(0)
        await device.keyboard.press("Escape")
    await second.keyboard.press("?")
    await second.get_by_role("button", name="すべて初期のキーに戻す").click()
    await expect(second.get_by_role("button", name="返信 のキーを変更").locator("kbd")).to_have_text("R")


async def test_forwarding_takes_words_and_files_along_and_links_the_tickets(counter: Counter, sit: Sit) -> None:
    number = await counter.ticket(
        "割れていました。", subject="破損", files=(("photo.png", "image/png", b"\x89PNG 123"),)
    )
    aoi = await counter.hire("佐々木 葵")
    page = await sit(aoi, f"#/open/{number}")
    await page.locator(".message").first.wait_for()
    await page.locator(".log").focus()
    await page.keyboard.press("f")
    dialog = page.get_by_role("dialog", name=f"#{number} を転送")
    await expect(dialog.get_by_label("件名")).to_have_value("Fwd: 破損")
    await expect(dialog.get_by_text("photo.png")).to_be_visible()
    assert "割れていました。" in await dialog.get_by_label("本文").input_value()
    await dialog.get_by_label("宛先").fill("maker@kiln.example")
    await dialog.get_by_label("宛先").press("Enter")
    await dialog.get_by_role("button", name="送信").click()
    (mail,) = await counter.sent()
    assert mail["To"] == "maker@kiln.example"
    assert [part.get_filename() for part in mail.iter_attachments()] == ["photo.png"]
    await expect(page.locator(".thread-head .number")).not_to_have_text(f"#{number}")
    await expect(page.locator(".thread")).to_contain_text(f"#{number}")


async def test_views_and_what_one_sets_are_found_by_name(counter: Counter, sit: Sit) -> None:
    await counter.ticket("質問です。")
    aoi = await counter.hire("佐々木 葵")
    page = await sit(aoi)
    await at_once(page, "g", "v")
    await page.get_by_role("dialog").get_by_role("combobox").fill("対応完了")
    await page.keyboard.press("Enter")
    await expect(page.locator(".list-title h1")).to_contain_text("対応完了")
    await page.keyboard.press("Control+k")
    await page.get_by_role("dialog").get_by_role("combobox").fill("away")
    await page.keyboard.press("Enter")
    await expect(page.locator(".self")).to_contain_text("離席中")
