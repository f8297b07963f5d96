"""The page of an account's menu."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from channels.line.simulator import Simulator, serving
from server import accounts
from server.accounts import AccountDraft
from server.agents import DESK
from tests.channels.line.test_accounts import a_menu
from tests.web.house import Browser, House

SECRET = "the channel secret of the tests"


@pytest.fixture
async def line(house: House) -> AsyncIterator[Simulator]:
    """An account on a LINE of one's own; its id is 1."""
    line, parts = Simulator("1657000000", SECRET), house.parts
    async with serving(line) as served:
        settings = {
            "channel_id": line.channel_id, "channel_secret": SECRET, "access_token": line.token,
            "api_base": served.api_base, "data_base": served.data_base,
        }  # fmt: skip
        draft = AccountDraft(kind="line", name="公式", address="@216ru", settings=settings)
        await house.database.write(accounts.add, DESK, draft, channels=parts.channels, keys=parts.keys)
        await parts.desk.load_accounts()
        parts.channels["line"].prepare(parts.desk)  # type: ignore[attr-defined]
        yield line
        await parts.channels["line"].close()  # type: ignore[attr-defined]


async def put(browser: Browser, path: str, definition: bytes, picture: bytes) -> tuple[int, str]:
    form = aiohttp.FormData()
    form.add_field("definition", definition, filename="menu.json", content_type="application/json")
    form.add_field("picture", picture, filename="menu.png", content_type="image/png")
    async with browser.http.post(browser.base + path, data=form, allow_redirects=False) as answer:
        return answer.status, await answer.text()


async def test_a_menu_is_put_there_and_taken_away(house: House, line: Simulator) -> None:
    admin = await house.at_work("Aoi", "admin")
    (account,) = house.parts.desk.accounts("line")
    path = f"/admin/accounts/{account.id}/menu"
    assert path in (await admin.page(f"/admin/accounts/{account.id}")).text
    definition, picture = a_menu()
    status, _ = await put(admin, path, b"no json", picture)
    assert status == 422
    status, _ = await put(admin, path, json.dumps(definition | {"areas": []}).encode(), picture)
    assert status == 422
    status, _ = await put(admin, path, json.dumps(definition).encode(), picture)
    assert status == 303
    assert "基本" in (await admin.page(path)).text
    async with admin.http.post(admin.base + path, data={"do": "remove"}, allow_redirects=False) as answer:
        assert answer.status == 303
    assert "基本" not in (await admin.page(path)).text


async def test_what_the_account_page_does_not_show_survives_a_save(house: House, line: Simulator) -> None:
    admin = await house.at_work("Aoi", "admin")
    (account,) = house.parts.desk.accounts("line")
    page = (await admin.page(f"/admin/accounts/{account.id}")).text
    assert "api_base" not in page
    form = {"name": "改名", "address": "@216ru", "s.channel_id": line.channel_id, "s.token_kind": "token", "do": "save"}
    async with admin.http.post(f"{admin.base}/admin/accounts/{account.id}", data=form, allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
    await house.parts.desk.load_accounts()
    (account,) = house.parts.desk.accounts("line")
    assert (account.name, account.settings["api_base"]) == ("改名", line.base_url)
