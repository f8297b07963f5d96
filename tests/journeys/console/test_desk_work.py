"""Sorting, joining and finding tickets; what was missed is caught up; the console looks after everybody."""

from __future__ import annotations

from playwright.async_api import Page, expect

from server import tickets
from server.tickets import TicketEdit
from tests.desks import until
from tests.journeys.axe import serious
from tests.journeys.console.conftest import Sit
from tests.journeys.console.counter import Counter

HOSTILE = """<html><body onload="parent.document.title='taken'"><script>top.document.title='taken'</script>
<img src=x onerror="top.document.title='taken'"><svg><script>alert(1)</script></svg><style>body{display:none}</style>
<form action=https://evil.example><input name=q></form><meta http-equiv=refresh content="0;url=https://evil.example">
<img src="https://tracker.example/pixel.png"><p>ここだけ読めます</p></body></html>"""


async def test_what_happened_while_the_network_was_away_is_caught_up(counter: Counter, sit: Sit) -> None:
    number = await counter.ticket("最初の問い合わせ", subject="最初")
    aoi, ren = await counter.hire("佐々木 葵"), await counter.hire("田村 蓮")
    page = await sit(aoi, f"#/open/{number}")
    loads = await page.evaluate("performance.timeOrigin")
    await page.context.set_offline(True)
    await expect(page.locator(".connection.offline")).to_be_visible()
    await counter.mail("二つ目の問い合わせ", subject="二つ目", sender="ren@mail.example", name="佐藤 健一")
    await counter.parts.database.write(tickets.note, ren, number, "留守の間のメモ")
    await counter.parts.database.write(tickets.edit, ren, number, TicketEdit(priority="urgent"), version=None)
    await page.locator("#composer-text").fill("オフラインでも書けます")
    await page.context.set_offline(False)
    await expect(page.locator(".connection.live")).to_be_visible()
    await expect(page.locator(".message.note")).to_contain_text("留守の間のメモ")
    await expect(page.locator(".thread-tools .priority")).to_contain_text("緊急")
    await expect(page.get_by_role("row").filter(has_text="佐藤 健一 様")).to_be_visible()
    await expect(page.get_by_text("下書きを保存しました")).to_be_visible()
    assert await page.evaluate("performance.timeOrigin") == loads


async def test_a_server_that_was_killed_and_came_back_is_followed_again(counter: Counter, sit: Sit) -> None:
    number = await counter.ticket("最初の問い合わせ")
    aoi, ren = await counter.hire("佐々木 葵"), await counter.hire("田村 蓮")
    page = await sit(aoi, f"#/open/{number}")
    await counter.close()
    await expect(page.locator(".connection.away")).to_be_visible()
    await page.locator("#composer-text").fill("止まっている間に書いた返信")
    await expect(page.get_by_text("下書きを保存できません")).to_be_visible()
    await counter.open()
    await counter.parts.database.write(tickets.note, ren, number, "再起動の後のメモ")
    await expect(page.locator(".connection.live")).to_be_visible()
    await expect(page.locator(".message.note")).to_contain_text("再起動の後のメモ")
    await expect(page.get_by_text("下書きを保存しました")).to_be_visible()
    await page.locator("#composer-text").press("Control+Enter")
    assert len(await counter.sent()) == 1


async def test_a_long_thread_opens_at_its_end_and_keeps_its_place_while_older_words_come(
    counter: Counter, sit: Sit
) -> None:
    number = await counter.ticket("始まり")
    aoi, ren = await counter.hire("佐々木 葵"), await counter.hire("田村 蓮")
    for index in range(70):
        await counter.parts.database.write(tickets.note, ren, number, f"メモ {index}\n続き")
    page = await sit(aoi, f"#/open/{number}")
    await expect(page.get_by_text("メモ 69")).to_be_in_viewport()
    assert await page.locator(".message").count() == 16
    oldest = page.locator(".message").first
    await page.locator(".log").evaluate("log => { log.scrollTop = 40 }")
    await expect(page.locator(".message")).to_have_count(50)
    await expect(page.get_by_text("メモ 54", exact=False).first).to_be_in_viewport()
    await page.locator(".log").evaluate("log => { log.scrollTop = 40 }")
    await expect(page.locator(".message")).to_have_count(71)
    await expect(page.get_by_text("メモ 21", exact=False).first).to_be_in_viewport()
    await expect(oldest).to_contain_text("始まり")
    await expect(oldest).not_to_be_in_viewport()


async def test_a_change_is_undone_and_a_stale_one_is_refused_knowingly(counter: Counter, sit: Sit) -> None:
    number = await counter.ticket("質問です。")
    aoi, ren = await counter.hire("佐々木 葵"), await counter.hire("田村 蓮")
    page = await sit(aoi, f"#/open/{number}")
    status = page.locator(".thread-tools .status")
    await page.locator(".log").focus()
    await page.keyboard.press("e")
    await expect(status).to_have_text("対応完了")
    await page.get_by_role("status").get_by_role("button", name="元に戻す").click()
    await expect(status).to_have_text("未対応")
    await page.keyboard.press("a")
    await page.keyboard.press("a")
    await expect(page.locator(".thread-tools .who").first).to_have_text("佐々木 葵")

    async def assigned() -> bool:
        return (await counter.parts.database.read(tickets.view, aoi, number)).assignee == aoi.id

    await until(assigned)
    await page.route("**/socket.io/**", lambda route: route.abort())
    await page.route("**/api/v1/changes**", lambda route: route.abort())
    await page.route("**/api/v1/tickets/*", _holding_back(page))
    await counter.parts.database.write(tickets.edit, ren, number, TicketEdit(priority="low"), version=None)
    await page.evaluate("window.stale = true")
    await page.locator(".log").focus()
    await page.keyboard.press("p")
    await page.keyboard.press("1")
    await expect(page.locator(".toast.bad")).to_contain_text("他の担当者が先に変更しました")
    await page.get_by_role("button", name="それでも変更").click()
    await expect(page.locator(".thread-tools .priority")).to_contain_text("緊急")


def _holding_back(page: Page):  # type: ignore[no-untyped-def]
    """The first edit goes out as if it had been made before the colleague's."""

    async def handle(route) -> None:  # type: ignore[no-untyped-def]
        if route.request.method != "PATCH" or getattr(page, "_done", False):
            await route.continue_()
            return
        page._done = True  # type: ignore[attr-defined]
        body = route.request.post_data_json
        await route.continue_(post_data={**body, "version": body["version"] - 1})

    return handle


async def test_several_tickets_are_changed_at_once_and_brought_back(counter: Counter, sit: Sit) -> None:
    for index in range(4):
        await counter.mail(f"問い合わせ {index}", subject=f"件名 {index}", sender=f"c{index}@mail.example")
    page = await sit(await counter.hire("佐々木 葵"), "#/all")
    rows = page.get_by_role("row")
    await expect(rows).to_have_count(4)
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await rows.nth(3).click(modifiers=["Shift"])
    await expect(page.get_by_role("heading", name="3件を選択中")).to_be_visible()
    await page.keyboard.press("s")
    await page.keyboard.press("4")
    await expect(page.locator(".row-when.done")).to_have_count(3)
    await page.get_by_role("button", name="元に戻す").click()
    await expect(page.locator(".row-when.done")).to_have_count(0)
    await expect(rows).to_have_count(4)


async def test_a_double_is_merged_and_a_second_matter_split_off(counter: Counter, sit: Sit) -> None:
    first = await counter.ticket("返品したいです。", subject="返品")
    second = await counter.ticket("さきほどの件、写真です。", subject="写真")
    page = await sit(await counter.hire("佐々木 葵"), f"#/open/{second}")
    await page.get_by_role("note").get_by_role("button", name="統合しますか").click()
    await page.get_by_role("button", name=f"#{first} に統合").click()
    await expect(page.get_by_role("log")).to_contain_text("さきほどの件")
    await expect(page.locator(".number")).to_have_text(f"#{first}")
    await page.get_by_role("button", name="その他").click()
    await page.get_by_role("option", name="メッセージを分割").click()
    await page.get_by_role("checkbox", name="このメッセージを選ぶ").nth(1).check()
    await page.get_by_label("新しいチケットの件名").fill("写真の件")
    await page.get_by_role("button", name="分割する").click()
    await page.get_by_role("button", name="開く", exact=True).click()
    await expect(page.locator(".subject")).to_have_text("写真の件")


async def test_two_kanji_are_found_and_marked_and_a_hit_opens_at_its_message(counter: Counter, sit: Sit) -> None:
    number = await counter.ticket("届いた品を返品したいのですが。", subject="お願い")
    await counter.ticket("領収書をください。", subject="領収書", sender="other@mail.example", name="佐藤 健一")
    page = await sit(await counter.hire("佐々木 葵"))
    await expect(page.get_by_role("row")).to_have_count(2)
    await page.keyboard.press("/")
    async with page.expect_response("**/api/v1/search**"):
        await page.keyboard.type("返品")
    await expect(page.get_by_role("row")).to_have_count(1)
    await expect(page.locator(".row mark")).to_have_text("返品")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator(".number")).to_have_text(f"#{number}")
    await page.keyboard.press("u")
    await expect(page.get_by_role("row")).to_be_focused()


async def test_a_hostile_mail_can_do_nothing(counter: Counter, sit: Sit) -> None:
    number = await counter.ticket("<b>これは文字</b> javascript:alert(1) https://shop.example/", html=HOSTILE)
    page = await sit(await counter.hire("佐々木 葵"), f"#/open/{number}")
    refused: dict[str, str | None] = {}
    page.on("requestfailed", lambda request: refused.update({request.url: request.failure}))
    await expect(page.locator(".words")).to_contain_text("<b>これは文字</b>")
    assert await page.locator(".words a").evaluate_all("all => all.map(a => a.href)") == ["https://shop.example/"]
    await page.get_by_role("button", name="HTML表示").click()
    await expect(page.frame_locator("iframe").get_by_text("ここだけ読めます")).to_be_visible()
    await until(lambda: refused)
    assert "taken" not in await page.title()
    assert page.url.startswith(counter.base)
    assert set(refused) == {"https://tracker.example/pixel.png"} and set(refused.values()) == {"csp"}


async def test_a_phone_shows_one_zone_at_a_time_and_the_way_back(counter: Counter, sit: Sit) -> None:
    await counter.ticket("質問です。")
    page = await sit(await counter.hire("佐々木 葵"), width=390, has_touch=True)
    await expect(page.locator(".thread")).to_be_hidden()
    await page.get_by_role("row").tap()
    await expect(page.locator(".list")).to_be_hidden()
    await expect(page.get_by_role("log")).to_contain_text("質問です。")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("button", name="顧客", exact=True).click()
    await expect(page.locator(".pane")).to_contain_text("hanako@mail.example")
    await page.get_by_role("button", name="チケットに戻る").click()
    await page.go_back()
    await expect(page.get_by_role("row")).to_be_visible()


async def test_a_call_is_written_down_and_the_caller_is_known(counter: Counter, sit: Sit) -> None:
    page = await sit(await counter.hire("佐々木 葵"))
    for text in ("折り返しをご希望です。", "再度お電話がありました。"):
        await page.keyboard.press("Shift+C")
        await page.get_by_label("電話番号").fill("090-1234-5678")
        if text.startswith("再度"):
            await page.get_by_role("dialog").get_by_role("button", name="鈴木 一郎").click()
        else:
            await page.get_by_label("名前").fill("鈴木 一郎")
        await page.get_by_label("用件").fill(text)
        await page.get_by_label("用件").press("Control+Enter")
        await expect(page.get_by_role("log")).to_contain_text(text)
    await expect(page.locator(".person-name")).to_have_text("鈴木 一郎 様")


async def test_axe_finds_nothing_serious_in_light_and_dark_and_both_languages(counter: Counter, sit: Sit) -> None:
    number = await counter.ticket("質問です。", html="<p>質問です。</p>")
    aoi, yui = await counter.hire("佐々木 葵"), await counter.hire("Yui Mori", language="en")
    await counter.parts.database.write(tickets.note, aoi, number, "メモです")
    await counter.parts.database.write(
        tickets.edit, aoi, number, TicketEdit(priority="urgent", tags=["返品"]), version=None
    )
    for agent, scheme in ((aoi, "light"), (yui, "dark")):
        page = await sit(agent, f"#/open/{number}", color_scheme=scheme)
        await expect(page.locator(".message.note")).to_be_visible()
        assert await serious(page) == []
        await page.locator(".log").focus()
        await page.keyboard.press("n")
        assert await serious(page) == []
        await page.keyboard.press("Escape")
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog")).to_be_visible()
        assert await serious(page) == []


async def test_an_agent_hears_of_a_call_a_task_and_a_letter_that_failed(counter: Counter, sit: Sit) -> None:
    number, other = await counter.ticket("質問です。"), await counter.ticket("別件です。", sender="x@mail.example")
    aoi, ren = await counter.hire("佐々木 葵"), await counter.hire("田村 蓮")
    page = await sit(aoi, f"#/open/{other}")
    counter.office.says = "550 5.7.1 Refused"
    write = counter.parts.database.write
    await write(tickets.reply, aoi, number, "お答えします。", seen=1)
    await expect(page.locator(".toast.bad")).to_contain_text("550 5.7.1 Refused")
    await write(tickets.note, ren, number, "見てください", mentions=[aoi.id])
    await expect(page.locator(".toasts")).to_contain_text("田村 蓮さんが")
    third = await counter.ticket("三件目です。", sender="y@mail.example")
    await write(tickets.edit, ren, third, TicketEdit(assignee=aoi.id), version=None)
    await expect(page.locator(".toasts")).to_contain_text("担当をあなたに")
    await page.locator(".toast.bad").get_by_role("button", name="開く").click()
    await expect(page.locator(".letter.failed")).to_be_visible()
