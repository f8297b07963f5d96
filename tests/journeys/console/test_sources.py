"""Beside the ticket: what another system knows of the customer comes while the agent looks, and says how old it is."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from server.agents import DESK
from server.customers import sources
from server.customers.sources import SourceDraft
from server.customers.sources.reach.sql import SqlReader
from tests.customers.sources.shop import MAPPING, Shop
from tests.journeys.console.conftest import Sit
from tests.journeys.console.counter import Counter
from tests.journeys.console.test_customers import shot


async def test_what_a_shop_knows_comes_while_the_agent_looks(
    counter: Counter, sit: Sit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    shop = Shop(url, url)
    shop.fill(3)
    held, look_up = asyncio.Event(), SqlReader.look_up

    async def slow(self: SqlReader, *asked: Any) -> Any:
        await held.wait()
        return await look_up(self, *asked)

    monkeypatch.setattr(SqlReader, "look_up", slow)
    mapping = MAPPING.replace('updated = "update_date"\n', "")  # only ever asked for one customer
    draft = SourceDraft(mapping=mapping, parameters={"url": url})
    await counter.parts.database.write(sources.add, DESK, draft, keys=counter.parts.keys)
    number = await counter.ticket("まだ届きません。", sender="hanako2@customer.example", name="山田 花子2")
    page = await sit(await counter.hire("佐々木 葵"), f"#/open/{number}")
    said = page.locator(".sources")
    await expect(said).to_have_text("自社ショップ: まだ情報なし（更新中…）")
    await shot(page, "source-asking")
    held.set()
    await expect(page.get_by_role("article", name="注文 R-20")).to_contain_text("5,500")
    await expect(said).to_have_text("自社ショップ: 最新")
    await shot(page, "source-fresh")
    shop.close()
