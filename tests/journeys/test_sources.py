"""A source from the command line to the doctor, and a desk that is killed in the middle of a pull."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from tests.customers.sources.api import serving
from tests.customers.sources.shop import BEGAN, MAPPING, Shop
from tests.customers.sources.test_apis import a_mapping
from tests.desks import until
from tests.servers import Street
from tests.servers.process import Desk


async def test_a_source_is_tried_added_pulled_and_told_of_by_commands(street: Street, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    shop = Shop(url, url)
    shop.fill(3)
    shop.change(30, BEGAN, order_status_id=9)
    mapping = tmp_path / "shop.toml"
    mapping.write_text(MAPPING, "utf-8")
    desk = street.desk(source_folders=str(tmp_path))
    await desk.hire()
    tried = await desk.madoguchi("sources", "try", str(mapping), "--set", f"url={url}")
    assert tried.status == 1 and "order_status_id" in tried.out and "5 new, 1 refused" in tried.out
    added = await desk.madoguchi("sources", "add", str(mapping), "--set", f"url={url}")
    assert added.status == 0, added.errors
    pulled = await desk.madoguchi("sources", "pull", "shop", "--json")
    assert pulled.json["streams"]["orders"] == {"records": 3, "new": 2, "refused": 1}
    (failure,) = (await desk.madoguchi("sources", "failures", "shop", "--json")).json["items"]
    assert failure["payload"]["order_no"] == "R-30"
    compared = await desk.madoguchi("sources", "compare", "shop")
    assert compared.status == 1 and "failed: 30" in compared.out
    ill = await desk.madoguchi("doctor")
    assert ill.status == 1 and "madoguchi sources failures shop" in " ".join(ill.out.split())
    shop.change(30, BEGAN, order_status_id=5)
    assert (await desk.madoguchi("sources", "pull", "shop", "--all")).status == 0
    assert (await desk.madoguchi("sources", "compare", "shop")).status == 0
    assert (await desk.madoguchi("doctor")).status == 0
    shop.close()


async def test_a_desk_that_is_killed_goes_on_at_the_page_where_it_was(street: Street, tmp_path: Path) -> None:
    async with serving() as api:
        api.fill(45)
        mapping = tmp_path / "api.toml"
        mapping.write_text(a_mapping("link"), "utf-8")
        desk = street.desk(outside_allow="127.0.0.1")
        await desk.hire()
        added = await desk.madoguchi("sources", "add", str(mapping), "--set", f"url={api.url}")
        assert added.status == 0, added.errors
        # every answer of the third page says to wait, so that the desk stands there when it is killed
        api.refuse = lambda request: (
            web.Response(status=503, headers={"Retry-After": "15"}) if request.query.get("place") == "20" else None
        )
        await desk.start()
        await until(lambda: any(request.query.get("place") == "20" for request in api.asked))
        await desk.kill()
        api.refuse = lambda request: None
        api.asked.clear()
        await desk.start()
        await until(lambda: any(request.query.get("place") == "40" for request in api.asked), 60)
        assert [request.query.get("place") for request in api.asked][:3] == ["20", "30", "40"]
        counted = "SELECT count(*) FROM orders WHERE revision >= 0"
        await until(lambda: _is(desk, counted, 45))


async def _is(desk: Desk, sql: str, wanted: int) -> bool:
    return bool(await desk.unit(lambda tx: tx.value(sql)) == wanted)
