"""HTTP APIs of other systems: every kind of page, every way to say who asks, limits, failures, and going on later."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from server.customers.sources.reach import Failed
from tests.customers.sources.api import BEGAN, Api, serving
from tests.customers.sources.conftest import House

HEAD = """
mapping = 1
name = "api"
kind = "http"
[parameters.url]
[parameters.token]
secret = true
default = "key"
[http]
base = "${url}"
limits = { per_second = 1000, timeout = 60, megabytes = 1 }
AUTH
[[stream]]
name = "orders"
fact = "order"
id = "id"
updated = "updated_at"
"""
FIELDS = """
[stream.fields]
external_id = "id"
number = "number"
ordered_at = "created_at"
total = "total"
customer = "customer.id"
[[stream.find]]
by = "customer"
path = "/customers/${customer}/orders"
items = "orders"
"""
PAGINGS = {
    "page": 'path = "/page"\nquery = { since = "${since}" }\nitems = "orders"\n'
    'paging = { by = "page", name = "page", size = 10 }',
    "offset": 'path = "/offset"\nquery = { since = "${since}" }\nitems = "orders[*]"\n'
    'paging = { by = "offset", name = "start", size = 10, size_name = "count" }',
    "cursor": 'path = "/cursor"\nquery = { since = "${since}" }\nitems = "data.orders"\n'
    'paging = { by = "cursor", name = "after", next = "data.page.end", more = "data.page.more" }',
    "graphql": 'path = "/cursor"\nmethod = "POST"\n'
    'body = { query = "{ orders }", variables = { after = "${cursor}" } }\n'
    'query = { since = "${since}" }\nitems = "data.orders[*]"\n'
    'paging = { by = "cursor", next = "data.page.end", more = "data.page.more" }',
    "link": 'path = "/link"\nquery = { since = "${since}" }\npaging = { by = "link" }',
    "next": 'path = "/next"\nquery = { since = "${since}" }\nitems = "results"\n'
    'paging = { by = "next", next = "links.next" }',
}  # fmt: skip


def a_mapping(paging: str = "page", auth: str = 'auth = { kind = "bearer", token = "${token}" }') -> str:
    """A mapping of the API."""
    return HEAD.replace("AUTH", auth) + PAGINGS[paging] + FIELDS


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """The API of another system."""
    async with serving() as opened:
        yield opened


@pytest.mark.parametrize("paging", PAGINGS)
async def test_every_page_is_read_and_then_only_what_changed(small_house: House, api: Api, paging: str) -> None:
    api.fill(45)
    await small_house.add(a_mapping(paging), url=api.url)
    first = (await small_house.pull("api"))["orders"]
    assert first["new"] == 45 and first.get("refused", 0) == 0
    api.change(3, BEGAN + timedelta(days=1), total="2200")
    api.fill(1, first=100, at=BEGAN + timedelta(days=1))
    asked = len(api.asked)
    again = (await small_house.pull("api"))["orders"]
    assert again["changed"] == 1 and again["new"] == 1
    if paging not in ("link", "next"):
        assert all(request.query.get("since") for request in api.asked[asked:])
    assert await small_house.value("SELECT total FROM orders WHERE number = 'A-3'") == 22_000_000


async def test_what_changes_while_pages_are_counted_is_not_passed_over(small_house: House, api: Api) -> None:
    api.fill(60)
    await small_house.add(a_mapping("page"), url=api.url)

    def meddle(count: int) -> None:
        if 1 <= count <= 4:
            api.change(count, BEGAN + timedelta(days=count), total="9900")

    api.before_answer = meddle
    await small_house.pull("api")
    await small_house.pull("api")
    assert await small_house.value("SELECT count(*) FROM orders WHERE revision >= 0") == 60
    assert await small_house.value("SELECT count(*) FROM orders WHERE total = 99000000") == 4


async def test_a_pull_that_broke_off_goes_on_at_that_page(small_house: House, api: Api) -> None:
    api.fill(45)
    await small_house.add(a_mapping("link"), url=api.url)
    api.refuse = lambda request: web.Response(status=400) if request.query.get("place") == "20" else None
    assert "400" in await small_house.broken("api")
    assert await small_house.value("SELECT count(*) FROM orders WHERE revision >= 0") == 20
    api.refuse = lambda request: None
    api.asked.clear()
    assert (await small_house.pull("api"))["orders"] == {"records": 25, "new": 25}
    assert [request.query.get("place") for request in api.asked] == ["20", "30", "40"]


async def test_a_place_that_the_other_side_forgot_begins_the_sweep_again(small_house: House, api: Api) -> None:
    api.fill(45)
    await small_house.add(a_mapping("link"), url=api.url)
    gone = lambda request: web.Response(status=410) if request.query.get("place") == "20" else None  # noqa: E731
    api.refuse = gone
    await small_house.broken("api")
    forgotten = iter([web.Response(status=410)])
    api.refuse = lambda request: next(forgotten, None)
    assert (await small_house.pull("api"))["orders"]["new"] == 25


async def test_limits_are_kept_to_and_waits_obeyed(small_house: House, api: Api) -> None:
    api.fill(5)
    await small_house.add(a_mapping("page"), url=api.url)
    refusals = iter(
        [web.Response(status=429, headers={"Retry-After": "0"}), web.Response(status=503, headers={"Retry-After": "0"})]
    )
    api.refuse = lambda request: next(refusals, None)
    assert (await small_house.pull("api"))["orders"]["new"] == 5
    api.refuse = lambda request: web.Response(status=429, headers={"Retry-After": "7200"})
    assert "7200" in await small_house.broken("api")
    view = await small_house.view("api")
    assert view.tried_at is not None and view.next_at - view.tried_at > timedelta(hours=1, minutes=59)


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        ('{ kind = "basic", user = "desk", password = "${token}" }',
         ("Authorization", "Basic " + base64.b64encode(b"desk:key").decode())),
        ('{ kind = "bearer", token = "${token}", scheme = "Zoho" }', ("Authorization", "Zoho key")),
        ('{ kind = "header", name = "X-Api-Key", value = "${token}" }', ("X-Api-Key", "key")),
        ('{ kind = "query", name = "api_key", value = "${token}" }', ("api_key", "key")),
        ('{ kind = "client_credentials", token_url = "${url}/token", client_id = "a", client_secret = "${token}" }',
         ("Authorization", "Bearer token-1")),
    ],
)  # fmt: skip
async def test_every_way_to_say_who_asks(small_house: House, api: Api, auth: str, expected: tuple[str, str]) -> None:
    api.fill(1)
    await small_house.add(a_mapping("page", f"auth = {auth}"), url=api.url, token="key")
    await small_house.pull("api")
    request, (name, value) = api.asked[0], expected
    assert (request.query if name == "api_key" else request.headers)[name] == value


async def test_a_refresh_token_that_is_good_for_once_is_kept_sealed_and_an_old_token_renewed(
    small_house: House, api: Api
) -> None:
    api.fill(1)
    auth = (
        'auth = { kind = "refresh_token", token_url = "${url}/token", client_id = "a", client_secret = "b",'
        ' refresh_token = "${token}", send = "basic" }'
    )
    await small_house.add(a_mapping("page", auth), url=api.url, token="refresh-1")
    await small_house.pull("api")
    assert api.refresh not in await small_house.value("SELECT secrets FROM source")
    stale = iter([web.Response(status=401)])
    api.refuse = lambda request: next(stale, None)
    await small_house.pull("api")
    assert api.tokens == 2 and api.asked[-1].headers["Authorization"] == "Bearer token-2"
    other = small_house.another()
    assert (await other.pull(small_house.desk.agent, "api")).words == ""
    assert api.tokens == 3
    await other.close()


async def test_what_is_wrong_on_the_other_side_is_said(small_house: House, api: Api) -> None:
    api.fill(1)
    await small_house.add(a_mapping("next"), url=api.url)

    async def says(answer: web.Response) -> str:
        api.refuse = lambda request: answer
        return await small_house.broken("api")

    assert "(401): no such key" in await says(web.Response(status=401, text="no such key"))
    assert "not JSON: <html>" in await says(web.Response(text="<html>maintenance</html>"))
    assert "larger than 1 MB" in await says(web.Response(body=b"[" + b" " * 1_100_000 + b"]"))
    evil = {"results": [], "links": {"next": "https://evil.example/steal"}}
    assert "another host, evil.example" in await says(web.json_response(evil))
    assert "another host" in await says(web.Response(status=302, headers={"Location": "http://169.254.169.254/"}))


async def test_private_addresses_are_not_asked(small_house: House, api: Api) -> None:
    await small_house.add(a_mapping("page"), url=api.url.replace("127.0.0.1", "127.0.0.2"))
    assert "may not be reached" in await small_house.broken("api")
    assert api.asked == []


async def test_a_field_that_goes_holds_the_stream_up_before_anything_is_learned(small_house: House, api: Api) -> None:
    api.fill(30)
    await small_house.add(a_mapping("offset").replace("size = 10", "size = 30"), url=api.url)
    await small_house.pull("api")
    for order in api.orders:
        order["grand_total"] = order.pop("total")
        order["updated_at"] = (BEGAN + timedelta(days=2)).isoformat()
    assert "total went" in await small_house.broken("api")
    assert "total went" in await small_house.broken("api"), "until somebody looks at it"
    assert await small_house.value("SELECT min(total) FROM orders WHERE revision >= 0") == 11_000_000


async def test_one_customer_is_looked_up(small_house: House, api: Api) -> None:
    api.fill(3)
    await small_house.add(a_mapping("page"), url=api.url)
    async with small_house.sources._pulls.opened("api") as opened:
        stream = opened.mapping.stream[0]
        found: list[Any] = await opened.reader.look_up(stream, stream.find[0], "7")
        assert [each["id"] for each in found] == [1, 2, 3]
        with pytest.raises(Failed):
            await opened.reader.look_up(stream, stream.find[0], "../token")


async def test_records_that_do_not_come_in_the_order_that_was_promised_are_read_all_the_same(
    small_house: House, api: Api
) -> None:
    api.fill(45)
    api.orders.reverse()
    await small_house.add(a_mapping("page"), url=api.url)
    assert (await small_house.pull("api"))["orders"]["new"] == 45
    api.fill(1, first=200, at=BEGAN + timedelta(hours=1))
    assert (await small_house.pull("api"))["orders"]["new"] == 1
