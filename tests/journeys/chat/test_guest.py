"""The chat as a guest on somebody's page: it asks for little, leaves nothing, and lets nothing through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Frame, expect

from server import tickets
from tests.desks import until
from tests.journeys.chat.conftest import Come
from tests.journeys.chat.shop import TOUCH, Customer, Shop
from tests.journeys.console.conftest import Sit
from tests.journeys.console.counter import Counter

AXE = Path(__file__).parents[3] / "widgets" / "node_modules" / "axe-core" / "axe.min.js"
HOSTILE = "<img src=x onerror=\"top.document.title='taken'\"><script>alert(1)</script> javascript:alert(1) \u202eevil"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f6"
    "45400000000049454e44ae426082"
)
HAND_OVER = """(box, [kind, name]) => {
    const data = new DataTransfer();
    data.items.add(new File([kind], name, {type: "text/plain"}));
    const shape = {bubbles: true, cancelable: true};
    box.dispatchEvent(kind === "paste" ? new ClipboardEvent("paste", {...shape, clipboardData: data})
        : new DragEvent("drop", {...shape, dataTransfer: data}));
}"""
ENTER = """(box, more) => box.dispatchEvent(new KeyboardEvent("keydown",
    {key: "Enter", bubbles: true, cancelable: true, ...more}))"""


async def serious(where: Frame) -> list[str]:
    """What axe-core finds serious in a document. The script goes in past the page's policy."""
    await where.evaluate(AXE.read_text(encoding="utf-8"))
    found = await where.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {each['nodes'][0]['html']}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


def inside(customer: Customer) -> Frame:
    """The panel's own document."""
    return next(frame for frame in customer.page.frames if "/chat/panel/" in frame.url)


async def test_nothing_is_asked_of_the_desk_before_it_is_wanted_and_nothing_is_left_afterwards(
    counter: Counter, shop: Shop, come: Come
) -> None:
    asked: list[str] = []
    customer = await come()
    customer.page.on("request", lambda request: asked.append(request.url))
    await customer.page.reload()
    await customer.launcher.wait_for()
    await customer.page.wait_for_load_state("networkidle")
    assert [each for each in asked if each.startswith(counter.base)] == [f"{counter.base}/chat/loader.js"]
    await customer.page.evaluate("history.pushState({}, '', '/shelf?secret=1')")
    await customer.page.evaluate("document.body.replaceWith(document.createElement('body'))")
    await customer.open()
    await customer.say("こんにちは")
    await expect(customer.log.locator(".mine")).to_contain_text("送信済み")
    kept = "JSON.parse(localStorage['madoguchi:shop'] ?? '{}').token"
    token = await until(lambda: customer.page.evaluate(kept))
    assert len(token) > 20 and not any(token in each or "secret" in each for each in asked if counter.base in each)
    await customer.page.evaluate(
        """() => { const again = document.createElement("script");
        const policy = trustedTypes.createPolicy("test", {createScriptURL: url => url});
        again.src = policy.createScriptURL(document.querySelector("script[src]")?.src
            ?? performance.getEntriesByType("resource").find(each => each.name.includes("loader")).name);
        document.head.append(again); return new Promise(done => { again.onload = done }) }"""
    )
    await expect(customer.page.locator("madoguchi-chat")).to_have_count(1)
    await customer.command("destroy")
    await expect(customer.page.locator("madoguchi-chat, iframe")).to_have_count(0)
    await customer.command("open")
    await expect(customer.page.locator("madoguchi-chat, iframe")).to_have_count(0)
    await customer.command("boot", {"site": "shop", "locale": "en", "position": "left", "color": "#ffd400"})
    await expect(customer.launcher).to_have_accessible_name("Chat with us")
    await expect(customer.launcher).to_have_css("left", "20px")
    await expect(customer.launcher).to_have_css("color", "lch(0 0 0)")
    await expect(customer.page.locator("madoguchi-chat iframe")).to_have_count(1)  # they were talking


async def test_a_site_that_is_not_allowed_cannot_frame_the_panel(counter: Counter, come: Come, shop: Shop) -> None:
    customer = await come()
    other = await customer.context.new_page()
    await other.goto(shop.base.replace("localhost", "127.0.0.1"))
    async with other.expect_event("requestfailed", lambda request: "/chat/panel/" in request.url):
        await other.locator("madoguchi-chat button").click()
    await expect(other.frame_locator("madoguchi-chat iframe").locator("textarea")).to_have_count(0)
    await expect(other.locator("madoguchi-chat iframe")).to_be_hidden()


async def test_hostile_words_and_files_stay_words_and_files(counter: Counter, sit: Sit, come: Come) -> None:
    aoi = await counter.hire("<b>佐々木</b> 葵")
    customer = await come()
    await customer.open()
    await customer.say(HOSTILE)
    await expect(customer.log.locator(".mine").first).to_contain_text("送信済み")
    for name, kind, content in (
        ("<svg onload=alert(1)>.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("写真.png", "image/png", PICTURE),
        ("\u202efdp.txt", "text/plain", b"<script>alert(1)</script>"),
    ):
        await customer.panel.get_by_label("ファイルを添付").set_input_files(
            {"name": name, "mimeType": kind, "buffer": content}
        )
    await expect(customer.log.locator("img[alt='写真.png']")).to_have_js_property("naturalWidth", 1)
    await expect(customer.log.locator(".file")).to_contain_text("fdp.txt")
    await expect(customer.status).to_contain_text("送信できません")
    await customer.box.evaluate(HAND_OVER, ["paste", "貼り付け.txt"])
    await customer.box.evaluate(HAND_OVER, ["drop", "落とした.txt"])
    await expect(customer.log.locator("a.file")).to_have_count(3)
    await counter.parts.database.write(tickets.reply, aoi, 1, HOSTILE, seen=5)
    await expect(customer.log.locator(".theirs", has_text="onerror")).to_contain_text("<b>佐々木</b> 葵")
    assert await inside(customer).locator("script:not([src]):not([type]), img[src=x], b").count() == 0
    agent = await sit(aoi, "#/open/1")
    await expect(agent.get_by_role("log")).to_contain_text("onerror")
    await expect(agent.get_by_role("log")).to_contain_text("落とした.txt")
    assert "taken" not in await agent.title() + await customer.page.title()


async def test_the_module_has_the_same_surface(counter: Counter, shop: Shop, chromium: Browser) -> None:
    page = await chromium.new_page(locale="ja-JP")
    await page.goto(f"{counter.base}/sign-in")
    await page.evaluate(
        """async () => {
            const { chat } = await import("/assets/madoguchi.js");
            self.told = [];
            const off = chat.on("close", () => told.push("off"));
            off();
            chat.on("open", () => told.push("open"));
            chat.boot({ site: "shop", launcher: false, locale: "ja" });
            chat.newMessage("下書き");
            chat.load(location.origin);
            self.chat = chat;
        }"""
    )
    customer = Customer(page)
    await expect(customer.box).to_have_value("下書き")
    await page.evaluate("chat.setLocale('en')")
    await expect(customer.panel.get_by_role("button", name="Send", exact=True)).to_be_visible()
    await page.evaluate("chat.close()")
    await expect(customer.launcher).to_be_hidden()
    await until(lambda: page.evaluate("told.length"))
    assert await page.evaluate("told") == ["open"]


async def test_keys_of_an_input_method_send_nothing(counter: Counter, come: Come) -> None:
    customer = await come()
    await customer.open()
    await customer.box.fill("にほんご")
    for more in ({"isComposing": True}, {"keyCode": 229}, {"shiftKey": True}):
        await customer.box.evaluate(ENTER, more)
    await expect(customer.log.locator(".mine")).to_have_count(0)
    await customer.box.evaluate(ENTER, {})
    await expect(customer.log.locator(".mine")).to_contain_text("にほんご")


async def test_axe_finds_nothing_serious(counter: Counter, come: Come) -> None:
    aoi = await counter.hire("佐々木 葵")
    looks: tuple[dict[str, Any], ...] = (
        {"color_scheme": "light"},
        {"color_scheme": "dark", "width": 390, "height": 780, **TOUCH},
    )
    for number, look in enumerate(looks, 1):
        customer = await come(**look)
        await customer.command("setTheme", look["color_scheme"])
        await customer.open()
        await customer.say("色は読めますか？ https://shop.example")
        await expect(customer.log.locator(".mine")).to_contain_text("送信済み")
        await counter.parts.database.write(tickets.reply, aoi, number, "はい、読めます。", seen=1)
        await expect(customer.log).to_contain_text("はい、読めます。")
        assert await serious(inside(customer)) == []
        await customer.panel.get_by_role("button", name="メニュー").click()
        assert await serious(inside(customer)) == []
        await customer.panel.get_by_role("button", name="これまでの会話").click()
        await expect(customer.panel.get_by_role("listitem")).to_have_count(2)
        assert await serious(inside(customer)) == []
        assert await serious(customer.page.main_frame) == []
        await customer.context.close()
