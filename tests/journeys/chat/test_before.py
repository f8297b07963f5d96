"""What is asked before the first word, what the page tells of itself, and how one comes back to earlier words."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from playwright.async_api import Browser, expect

from tests.desks import until
from tests.journeys.chat.conftest import Come
from tests.journeys.chat.shop import open_shop, visit
from tests.journeys.console.counter import Counter

ASKED = {
    "prechat": [
        {"name": "name", "required": False},
        {"name": "email", "required": True},
        {"name": "size", "label": {"ja": "サイズ", "en": "Size"}},
    ],
    "consent": {"ja": "個人情報の取り扱い（https://shop.example/privacy）に同意します。", "en": "I agree."},
}


KEY = "the shop's own key, of forty characters!"


def signed(claims: dict[str, Any], key: str = KEY) -> str:
    """A JWT as a shop's server makes one."""

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    head = ".".join(part(json.dumps(each).encode()) for each in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{head}.{part(hmac.new(key.encode(), head.encode(), hashlib.sha256).digest())}"


HEARD = """event => new Promise(done => {
    const look = () => heard.some(([name]) => name === event) ? done() : setTimeout(look, 20);
    look();
})"""


async def test_a_signed_customer_is_known_and_a_wrong_signature_is_told_to_the_shop(
    counter: Counter, chromium: Browser
) -> None:
    wrong: list[str] = []
    claims = {"sub": "customer-7", "exp": int(time.time()) + 600, "name": "山田 花子"}
    async with open_shop(counter, identity_key=KEY, prechat=[{"name": "name", "required": True}]) as shop:
        customer = await visit(chromium, shop.base, wrong)
        await customer.hear("error")
        await customer.command("identify", signed(claims, "another key, which is as long as the other"))
        await customer.launcher.click()
        await expect(customer.panel.get_by_label("お名前")).to_be_visible()
        await customer.page.evaluate(HEARD, "error")
        await customer.command("identify", signed(claims))
        await customer.say("会員です")
        await expect(customer.log.locator(".mine")).to_contain_text("送信済み")
        await customer.command("logout")
        await expect(customer.log.locator(".mine")).to_have_count(0)
        kept = await customer.page.evaluate("localStorage['madoguchi:shop'] ?? ''")
        assert "customer-7" not in kept
    assert not wrong


async def test_fields_and_consent_come_first_and_the_words_of_the_page_are_not_lost(
    counter: Counter, chromium: Browser
) -> None:
    wrong: list[str] = []
    async with open_shop(counter, **ASKED) as shop:
        customer = await visit(chromium, shop.base, wrong)
        await customer.hear("email")
        await customer.command("update", {"name": "山田 花子"})
        await customer.command("newMessage", "箸置きはありますか？")
        panel = customer.panel
        await expect(panel.get_by_label("お名前")).to_have_value("山田 花子")
        await expect(panel.get_by_role("link")).to_have_attribute("href", "https://shop.example/privacy")
        await expect(customer.box).to_have_count(0)
        await panel.get_by_label("メールアドレス").fill("hanako@mail.example")
        await panel.get_by_label("サイズ").fill("小")
        await panel.get_by_role("checkbox").check()
        await panel.get_by_role("button", name="チャットを始める").click()
        await expect(customer.box).to_have_value("箸置きはありますか？")
        await customer.box.press("Enter")
        await expect(customer.log.locator(".mine")).to_contain_text("送信済み")
        await until(customer.heard)
        assert await customer.heard() == [["email", {"email": "hanako@mail.example"}]]
        await customer.page.reload()
        await customer.launcher.click()
        await expect(customer.log.locator(".mine")).to_contain_text("箸置きはありますか？")
    assert not wrong


async def test_another_conversation_is_begun_and_the_first_one_found_again(counter: Counter, come: Come) -> None:
    customer = await come()
    await customer.open()
    await customer.say("一つ目の用件")
    await expect(customer.log.locator(".mine")).to_contain_text("送信済み")
    menu = customer.panel.get_by_role("button", name="メニュー")
    await menu.click()
    await customer.panel.get_by_role("button", name="新しい会話").click()
    await expect(customer.log.locator(".mine")).to_have_count(0)
    await customer.say("二つ目の用件")
    await expect(customer.log.locator(".mine")).to_contain_text("送信済み")
    await customer.command("openTicket", 1)
    await expect(customer.log.locator(".mine")).to_contain_text("一つ目の用件")
    await menu.click()
    await customer.panel.get_by_role("button", name="会話をメールで受け取る").click()
    await customer.panel.get_by_label("メールアドレス").fill("hanako@mail.example")
    await customer.panel.get_by_role("button", name="保存").click()
    await expect(customer.status).to_contain_text("@mail.example にお送りしました")
    await expect(customer.panel.get_by_label("メールアドレス")).to_have_count(0)
    await menu.click()
    await customer.panel.get_by_role("button", name="チャットを終了").click()
    await expect(customer.log).to_contain_text("チャットを終了しました")
    await customer.say("やはりもう一つ")
    await expect(customer.log.locator(".mine", has_text="やはりもう一つ")).to_contain_text("送信済み")
    await menu.click()
    await customer.panel.get_by_role("button", name="これまでの会話").click()
    await expect(customer.panel.get_by_role("listitem")).to_have_count(3)
    await customer.panel.get_by_role("listitem").filter(has_text="二つ目の用件").get_by_role("button").click()
    await expect(customer.log.locator(".mine")).to_contain_text("二つ目の用件")


async def test_too_much_at_once_is_said_in_words_and_goes_out_later(counter: Counter, come: Come) -> None:
    customer = await come()
    await customer.open()
    # All in one go: somebody who is slow enough is not too fast.
    await customer.box.evaluate(
        """box => { for (let number = 0; number < 50; number += 1) {
            box.value = `${number}`; box.form.querySelector("button.send").click();
        } }"""
    )
    await expect(customer.status.locator(".notice")).to_be_visible()
    await expect(customer.log.locator(".waiting").last).to_contain_text("送信待ち")
