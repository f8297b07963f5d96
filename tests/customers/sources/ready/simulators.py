"""Simulators of shops and CRMs: how they page, whom they let in, their limits, their errors, their odd nulls."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Records = list[dict[str, Any]]


class Simulator:
    """One system on a socket. `asked` are the addresses that were asked; `busy` how often it says 429 first."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self.busy = 0
        self.tokens = 0

    def routes(self) -> list[web.RouteDef]:
        """Its API."""
        raise NotImplementedError

    @web.middleware
    async def door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Note what is asked, and be busy."""
        self.asked.append(str(request.rel_url))
        if self.busy:
            self.busy -= 1
            return web.json_response(
                {"errors": "Exceeded 2 calls per second"}, status=429, headers={"Retry-After": "0.05"}
            )
        return await handler(request)

    def refuse(self, status: int, words: Any) -> web.Response:
        """An error in its own shape."""
        return web.json_response({"errors": words}, status=status)


@asynccontextmanager
async def open_simulator(simulator: Simulator) -> AsyncIterator[Simulator]:
    """Let it answer at a port of its own."""
    app = web.Application(middlewares=[simulator.door])
    app.add_routes(simulator.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    simulator.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield simulator
    finally:
        await runner.cleanup()


class Shopify(Simulator):
    """Cursor pages by Link, a token in a header; a page_info comes without any other condition."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, Records] = {"customers": [], "orders": []}
        self.most = 250
        self._cursors: dict[str, tuple[str, str, int]] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/admin/api/2025-01/{table}.json", self.listed),
            web.get("/admin/api/2025-01/customers/search.json", self.search),
            web.get("/admin/api/2025-01/customers/{id}/orders.json", self.theirs),
        ]

    async def listed(self, request: web.Request) -> web.Response:
        """Records by id, a page at a time."""
        if request.headers.get("X-Shopify-Access-Token") != "shpat_right":
            return self.refuse(401, "[API] Invalid API key or access token (unrecognized login or wrong password)")
        table, query = request.match_info["table"], request.query
        if "page_info" in query:
            if set(query) - {"page_info", "limit"}:
                return self.refuse(400, {"page_info": "Invalid value."})
            table, since, begin = self._cursors[query["page_info"]]
        else:
            since, begin = query.get("updated_at_min", ""), 0
        found = [one for one in self.tables[table] if _utc(one["updated_at"]) >= since]
        limit = min(int(query.get("limit", 50)), self.most)
        headers = {"X-Shopify-Shop-Api-Call-Limit": "1/40"}
        if begin + limit < len(found):
            cursor = f"cursor{len(self._cursors)}"
            self._cursors[cursor] = (table, since, begin + limit)
            following = f"{self.url}{request.path}?limit={limit}&page_info={cursor}"
            headers["Link"] = f'<{following}>; rel="next"'
        return web.json_response({table: found[begin : begin + limit]}, headers=headers)

    async def search(self, request: web.Request) -> web.Response:
        """By `email:` or `phone:`."""
        field, _, wanted = request.query["query"].partition(":")
        return web.json_response({"customers": [one for one in self.tables["customers"] if one[field] == wanted]})

    async def theirs(self, request: web.Request) -> web.Response:
        """A customer's orders."""
        id = int(request.match_info["id"])
        found = [one for one in self.tables["orders"] if (one["customer"] or {}).get("id") == id]
        return web.json_response({"orders": found})


class WooCommerce(Simulator):
    """Numbered pages, basic authentication, times without a zone in GMT."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, Records] = {"customers": [], "orders": []}

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/wp-json/wc/v3/{table}", self.listed)]

    async def listed(self, request: web.Request) -> web.Response:
        """Records in pages."""
        if request.headers.get("Authorization") != "Basic " + base64.b64encode(b"ck_1:cs_1").decode():
            words = {"code": "woocommerce_rest_cannot_view", "message": "Sorry, you cannot list resources."}
            return web.json_response(words, status=401)
        query, table = request.query, request.match_info["table"]
        allowed = {"page", "per_page", "orderby", "order", "email", "role", "search", "customer"}
        unknown = set(query) - allowed - ({"modified_after", "dates_are_gmt"} if table == "orders" else set())
        if unknown or int(query.get("per_page", 10)) > 100:
            return web.json_response({"code": "rest_invalid_param", "data": {"params": sorted(unknown)}}, status=400)
        found = self.tables[table]
        if since := query.get("modified_after", "").rstrip("Z"):
            assert query["dates_are_gmt"] == "true"
            found = [one for one in found if one["date_modified_gmt"] > since]
        if email := query.get("email"):
            found = [one for one in found if one["email"] == email]
        if query.get("orderby") == "modified":
            found = sorted(found, key=lambda one: one["date_modified_gmt"])
        page, size = int(query.get("page", 1)), int(query.get("per_page", 10))
        headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(-(-len(found) // size))}
        return web.json_response(found[(page - 1) * size : page * size], headers=headers)


class TokenSimulator(Simulator):
    """Gives tokens for a refresh token or for credentials, and takes back the one before."""

    grant = "refresh_token"
    scheme = "Bearer"

    def is_right(self, request: web.Request) -> bool:
        """Whether the newest token is shown."""
        return request.headers.get("Authorization") == f"{self.scheme} token{self.tokens}"

    async def token(self, request: web.Request) -> web.Response:
        """RFC 6749 §4.4 and §6."""
        form = await request.post()
        right = (
            form.get("grant_type") == self.grant and form.get("client_id") == "me" and form.get("client_secret") == "s"
        )
        if not right or (self.grant == "refresh_token" and form.get("refresh_token") != f"refresh{self.tokens}"):
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.tokens += 1
        answer = {"access_token": f"token{self.tokens}", "token_type": "Bearer", "expires_in": 3600}
        if self.grant == "refresh_token":
            answer["refresh_token"] = f"refresh{self.tokens}"
        return web.json_response(answer)


class EcCube(TokenSimulator):
    """GraphQL of the Web API plug-in: numbered pages in variables, the newest change first; errors are answered 200."""

    def __init__(self) -> None:
        super().__init__()
        self.broken = False
        self.tables: dict[str, Records] = {"customers": [], "orders": []}

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/token", self.token), web.post("/api", self.ask)]

    async def ask(self, request: web.Request) -> web.Response:
        """One query."""
        if not self.is_right(request):
            return web.json_response({"error": "access_denied"}, status=401)
        asked = await request.json()
        if self.broken:
            return web.json_response({"errors": [{"message": 'Cannot query field "point" on type "Customer".'}]})
        table = re.search(r"\{\s*(customers|orders)\(", asked["query"])[1]  # type: ignore[index]
        variables = asked["variables"]
        assert set(variables) <= {"page", "limit", "since"}
        since = variables.get("since", "")
        assert not since or re.fullmatch(r"[-0-9]+T[:0-9]+\+09:00", since)
        found = sorted(self.tables[table], key=lambda one: one["update_date"], reverse=True)
        found = [one for one in found if one["update_date"] >= since]
        page, limit = variables["page"], variables["limit"]
        shown = found[(page - 1) * limit : page * limit]
        answer = {"nodes": shown, "pageInfo": {"hasNextPage": page * limit < len(found)}}
        return web.json_response({"data": {table: answer}})


class Salesforce(TokenSimulator):
    """SOQL, and a path in the answer for what follows."""

    grant = "client_credentials"

    def __init__(self) -> None:
        super().__init__()
        self.contacts: Records = []
        self.size = 2000

    def routes(self) -> list[web.RouteDef]:
        at = "/services/data/v60.0"
        return [
            web.post("/services/oauth2/token", self.token),
            web.get(f"{at}/query", self.query),
            web.get(f"{at}/query/{{locator}}", self.more),
            web.get(f"{at}/parameterizedSearch", self.search),
        ]

    async def query(self, request: web.Request) -> web.Response:
        """The first page."""
        if not self.is_right(request):
            return web.json_response(
                [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}], status=401
            )
        soql = request.query["q"]
        match = re.search(r"FROM Contact WHERE SystemModstamp >= (\S+) ORDER BY SystemModstamp, Id$", soql)
        if match is None or not re.fullmatch(r"[-0-9]+T[:0-9]+Z", match[1]):
            return web.json_response([{"message": "unexpected token", "errorCode": "MALFORMED_QUERY"}], status=400)
        found = [one for one in self.contacts if _utc(one["SystemModstamp"]) >= match[1]]
        self._found = sorted(found, key=lambda one: one["SystemModstamp"])
        return self._page(0)

    async def more(self, request: web.Request) -> web.Response:
        """The next ones."""
        return self._page(int(request.match_info["locator"].rpartition("-")[2]))

    async def search(self, request: web.Request) -> web.Response:
        """By a mail address."""
        found = [one for one in self.contacts if one["Email"] == request.query["q"] and request.query["in"] == "EMAIL"]
        return web.json_response({"searchRecords": found})

    def _page(self, begin: int) -> web.Response:
        end = begin + self.size
        answer: dict[str, Any] = {"totalSize": len(self._found), "done": end >= len(self._found)}
        if not answer["done"]:
            answer["nextRecordsUrl"] = f"/services/data/v60.0/query/01gD0000002HU6KIAW-{end}"
        return web.json_response({**answer, "records": self._found[begin:end]})


class Zoho(TokenSimulator):
    """COQL: a condition, a limit, 204 for nothing."""

    scheme = "Zoho-oauthtoken"

    def __init__(self) -> None:
        super().__init__()
        self.contacts: Records = []

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/oauth/v2/token", self.token),
            web.post("/crm/v6/coql", self.coql),
            web.get("/crm/v6/Contacts/search", self.search),
        ]

    async def coql(self, request: web.Request) -> web.Response:
        """One query."""
        if not self.is_right(request):
            return web.json_response({"code": "INVALID_TOKEN", "message": "invalid oauth token"}, status=401)
        text = (await request.json())["select_query"]
        match = re.search(
            r"from Contacts where Modified_Time >= '(\S+)' order by Modified_Time asc, id asc limit (\d+), (\d+)$", text
        )
        if match is None or not re.fullmatch(r"[-0-9]+T[:0-9]+\+09:00", match[1]):
            return web.json_response(
                {"code": "SYNTAX_ERROR", "message": "error occurred while parsing the query"}, status=400
            )
        found = sorted(
            (one for one in self.contacts if one["Modified_Time"] >= match[1]), key=lambda one: one["Modified_Time"]
        )
        begin, size = int(match[2]), int(match[3])
        shown = found[begin : begin + size]
        if not shown:
            return web.Response(status=204)
        return web.json_response(
            {"data": shown, "info": {"count": len(shown), "more_records": begin + size < len(found)}}
        )

    async def search(self, request: web.Request) -> web.Response:
        """By a mail address."""
        found = [one for one in self.contacts if one["Email"] == request.query["email"]]
        return web.json_response({"data": found}) if found else web.Response(status=204)


class Dynamics(TokenSimulator):
    """OData: a filter, and the whole address of what follows."""

    grant = "client_credentials"

    def __init__(self) -> None:
        super().__init__()
        self.contacts: Records = []
        self.size = 500

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/tenant1/oauth2/v2.0/token", self.token), web.get("/api/data/v9.2/contacts", self.listed)]

    async def listed(self, request: web.Request) -> web.Response:
        """A page."""
        if not self.is_right(request) or request.headers.get("OData-Version") != "4.0":
            return web.json_response({"error": {"code": "0x80048306", "message": "Unauthorized"}}, status=401)
        query = request.query
        begin = int(query.get("$skiptoken", 0))
        match = re.fullmatch(r"modifiedon ge (\S+Z)", query["$filter"])
        if match is None or query["$orderby"] != "modifiedon asc,contactid asc":
            return web.json_response({"error": {"code": "0x0", "message": "Syntax error"}}, status=400)
        found = sorted(
            (one for one in self.contacts if one["modifiedon"] >= match[1]), key=lambda one: one["modifiedon"]
        )
        answer: dict[str, Any] = {"@odata.context": f"{self.url}/api/data/v9.2/$metadata#contacts"}
        answer["value"] = found[begin : begin + self.size]
        if begin + self.size < len(found):
            answer["@odata.nextLink"] = str(request.url % {"$skiptoken": str(begin + self.size)})
        return web.json_response(answer)


def _utc(text: str) -> str:
    """A moment as it is compared."""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
