"""Networks, servers and tabs come and go; what was said is said once, in order, and nothing is missed."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, Route, expect

from server import tickets
from tests.desks import until
from tests.journeys.chat.conftest import Come
from tests.journeys.chat.shop import open_shop, reopened, visit
from tests.journeys.console.conftest import Sit
from tests.journeys.console.counter import Counter, open_counter


async def said(counter: Counter, number: int) -> list[str]:
    """What customers wrote on a ticket, in its order."""

    def ask(tx):  # type: ignore[no-untyped-def]
        sql = "SELECT text FROM message WHERE ticket_number = :n AND kind = 'customer' ORDER BY seq"
        return [row.text for row in tx.all(sql, n=number)]

    found: list[str] = await counter.parts.database.read(ask)
    return found


async def test_offline_in_the_middle_of_a_sentence(counter: Counter, sit: Sit, come: Come) -> None:
    agent = await counter.hire("佐々木 葵")
    customer = await come()
    await customer.open()
    await customer.say("一つ目")
    await expect(customer.log.locator(".mine", has_text="一つ目")).to_contain_text("送信済み")
    await customer.context.set_offline(True)
    await expect(customer.status).to_contain_text("オフラインです")
    await customer.say("二つ目")
    await customer.say("三つ目")
    await customer.box.fill("書きかけ")
    await expect(customer.status).to_contain_text("送信待ち 2件")
    await expect(customer.log.locator(".mine", has_text="二つ目")).to_contain_text("送信待ち")
    await counter.parts.database.write(tickets.reply, agent, 1, "留守の間の返事", seen=1)
    await customer.context.set_offline(False)
    await expect(customer.log).to_contain_text("留守の間の返事")
    await expect(customer.log.locator(".waiting")).to_have_count(0)
    await expect(customer.box).to_have_value("書きかけ")
    assert await said(counter, 1) == ["一つ目", "二つ目", "三つ目"]
    asked: list[str] = []

    async def slowly(route: Route) -> None:
        asked.append(route.request.url)
        await until(lambda: customer.page.evaluate("performance.now() > 1000"))
        await route.continue_()

    await customer.page.route("**/chat/panel/**", slowly)
    await customer.page.reload()
    await customer.launcher.click()
    await expect(customer.box).to_have_value("書きかけ")
    assert len(asked) == 1, "whoever opens it before it comes by itself has it once"
    await expect(customer.log.locator(".bubble")).to_have_count(5)  # with the greeting


async def test_the_server_dies_and_comes_back(tmp_path: Path, chromium: Browser) -> None:
    wrong: list[str] = []
    async with open_counter(tmp_path) as counter, open_shop(counter) as shop:
        customer = await visit(chromium, shop.base, wrong)
        await customer.open()
        await customer.say("前")
        await expect(customer.log.locator(".mine")).to_contain_text("送信済み")
    await expect(customer.status).to_contain_text("再接続中")
    await customer.say("間")
    await expect(customer.status).to_contain_text("送信待ち 1件")
    async with reopened(counter):
        # Who found nobody several times waits for up to 45 seconds before the next time.
        await expect(customer.log.locator(".waiting")).to_have_count(0, timeout=90_000)
        await customer.say("後")
        await expect(customer.log.locator(".mine", has_text="後")).to_contain_text("送信済み")
        assert await said(counter, 1) == ["前", "間", "後"]
    assert not wrong


async def test_what_waited_when_the_page_was_left_is_sent_by_the_next_one(counter: Counter, come: Come) -> None:
    customer = await come()
    await customer.open()
    await customer.say("一つ目")
    await expect(customer.log.locator(".mine")).to_contain_text("送信済み")
    await customer.page.route("**/chat/socket.io/**", lambda route: route.abort())
    await customer.context.set_offline(True)
    await expect(customer.status).to_contain_text("オフラインです")
    await customer.say("置いていった言葉")
    await expect(customer.log.locator(".waiting")).to_have_count(1)
    await customer.context.set_offline(False)
    await customer.page.unroute("**/chat/socket.io/**")
    await customer.page.goto(customer.page.url + "second")
    await customer.launcher.click()
    await expect(customer.log.locator(".mine", has_text="置いていった言葉")).to_contain_text("送信済み")
    assert await said(counter, 1) == ["一つ目", "置いていった言葉"]


async def test_two_tabs_show_the_same_conversation(counter: Counter, come: Come) -> None:
    agent = await counter.hire("佐々木 葵")
    first = await come()
    await first.open()
    await first.say("最初のタブから")
    await expect(first.log.locator(".mine")).to_contain_text("送信済み")
    second = await come(context=first.context, path="/second")
    await second.open()
    await expect(second.log).to_contain_text("最初のタブから")
    await second.say("次のタブから")
    await expect(first.log).to_contain_text("次のタブから")
    await counter.parts.database.write(tickets.reply, agent, 1, "両方に見えます", seen=2)
    for tab in (first, second):
        await expect(tab.log.locator(".theirs", has_text="両方に見えます")).to_have_count(1)
        await expect(tab.log.locator(".mine")).to_have_count(2)
    kept = "JSON.parse(localStorage['madoguchi:shop'] ?? '{}').token"
    token = await first.page.evaluate(kept)
    assert token
    await first.command("logout")
    await expect(second.log.locator(".mine")).to_have_count(0)

    async def forgotten() -> bool:
        return await second.page.evaluate(kept) != token

    await until(forgotten)


async def test_without_websockets_one_talks_by_long_polling(counter: Counter, come: Come) -> None:
    customer = await come()
    await customer.page.add_init_script(
        "self.WebSocket = function () { this.close = () => {}; setTimeout(() => this.onerror(new Event('error')), 50) }"
    )
    await customer.page.reload()
    await customer.open()
    await customer.say("届きますか")
    await expect(customer.log.locator(".mine")).to_contain_text("送信済み")
    assert await said(counter, 1) == ["届きますか"]
