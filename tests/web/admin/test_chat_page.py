"""The page of a chat's account: what goes on the shop's pages, its settings as proper inputs, and keys made anew."""

from __future__ import annotations

from server import accounts
from server.accounts import AccountView
from tests.web.admin.conftest import Browser, House

CHAT = {
    "name": "Chat", "address": "chat", "s.slug": "shop", "s.color": "#ffd400", "boolean": "proactive",
    "s.sites": "https://shop.example\nhttps://*.shop.example\n\n", "s.title.ja": "うつわの店", "s.title.en": "Pottery",
    "s.prechat.0.name": "email", "s.prechat.0.required": "on", "s.prechat.1.name": "size",
    "s.prechat.1.label.ja": "サイズ", "s.prechat.2.name": "",
}  # fmt: skip


async def chat(house: House) -> AccountView:
    [view] = await house.database.read(accounts.all, house.keys)
    return view


async def test_a_chat_is_set_up_without_a_line_of_json(house: House, admin: Browser) -> None:
    page = await admin.post("/admin/accounts/new/webchat", CHAT)
    assert page.status == 200, page.text
    settings = (await chat(house)).settings
    assert settings["sites"] == ["https://shop.example", "https://*.shop.example"]
    assert settings["title"] == {"ja": "うつわの店", "en": "Pottery"}
    assert settings["prechat"] == [
        {"name": "email", "label": {}, "required": True},
        {"name": "size", "label": {"ja": "サイズ"}, "required": False},
    ]
    assert settings["proactive"] is False
    [snippet, policy] = [node.text() for node in page.all("#snippet code")]
    assert 'data-site="shop"' in snippet and "/chat/loader.js" in snippet and "madoguchi.q" in snippet
    assert policy.startswith("script-src http") and "frame-src" in policy
    assert page.value("s.title.ja") == "うつわの店" and page.value("s.prechat.1.label.ja") == "サイズ"
    again = await admin.post(page.url, [*page.typed(), ("do", "save")])
    assert again.status == 200
    kept = (await chat(house)).settings
    assert {name: kept.get(name) for name in settings} == settings, "saved as it is, it stays as it is"
    wrong = await admin.post(page.url, {**CHAT, "s.sites": "shop.example"})
    assert wrong.status == 422 and wrong.value("s.sites") == "shop.example"


async def test_a_key_is_made_anew_and_shown_once_and_the_former_one_stays_good(house: House, admin: Browser) -> None:
    page = await admin.post("/admin/accounts/new/webchat", CHAT)
    first = await admin.post(page.url, {"do": "rotate", "field": "identity_key"})
    [key] = [node.text() for node in first.all("#fresh-identity_key")]
    second = await admin.post(page.url, {"do": "rotate", "field": "identity_key"})
    [newer] = [node.text() for node in second.all("#fresh-identity_key")]
    held = await house.database.read(accounts.contract, house.keys, (await chat(house)).id)
    assert held.secrets == {"identity_key": newer, "identity_key_old": key} and len(newer) >= 32 and newer != key
    assert newer not in (await admin.get(page.url)).html
    assert (await admin.post(page.url, {"do": "rotate", "field": "slug"})).status == 422
