"""A thousand webhooks of LINE's at once: until all are acknowledged and filed, over a bare handler with one row each.

The real path is the desk's own door: signature, one arrival for each event, read, filed on a ticket with its customer,
answered 200 when it is on disk. The floor is an aiohttp handler that verifies the same signature and commits one row.
Both on SQLite with FULL durability, both in this process; the client is a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bench import desks
from bench.measuring import Report, interleaved, percentile, progress
from channels.line.webhook import signature
from server import accounts
from server.accounts import AccountDraft
from server.agents import DESK
from server.app import Parts, assemble
from server.settings import Settings

SECRET = "a channel secret of the benchmark"
CHAT = "届いたお品物の件でお尋ねします。色違いへの交換はできますでしょうか。"


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.add_argument("--webhooks", type=int, default=1000, help="webhooks of each run, one event each")
    parser.add_argument("--connections", type=int, default=100, help="connections over which they come")
    parser.add_argument("--people", type=int, default=200, help="people who write")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    if options.quick:
        options.webhooks, options.connections, options.people = 40, 8, 10
    report = Report("line")
    report.facts["webhooks"] = f"{options.webhooks} over {options.connections} connections, {options.people} people"

    def real(name: str, connections: int) -> None:
        progress(name)
        said = asyncio.run(_real(options, connections))
        _add(report, name, said, options.webhooks)
        report.facts[name] = said["facts"]

    def floor(name: str, connections: int) -> None:
        progress(name)
        _add(report, name, asyncio.run(_floor(options, connections)), options.webhooks)

    measures: dict[str, Callable[[], None]] = {
        "floor at once": lambda: floor("floor, at once", options.connections),
        "at once": lambda: real("at once", options.connections),
        "floor alone": lambda: floor("floor, one after the other", 1),
        "alone": lambda: real("one after the other", 1),
    }
    interleaved(options.repeat, measures)
    report.ratio("one webhook's cost at once, over the floor's", "at once", "floor, at once")
    report.ratio("one webhook's cost alone, over the floor's", "one after the other", "floor, one after the other")
    for path in options.place.glob("line*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return report


def _add(report: Report, name: str, said: dict[str, Any], many: int) -> None:
    assert said["bad"] == 0, f"{said['bad']} webhooks were not taken"
    report.add(name, said["seconds"] / many * 1000, "ms a webhook")
    report.add(f"{name}, all acknowledged", said["seconds"], "s")
    report.add(f"{name}, p50", percentile(said["waits"], 50) * 1000, "ms")
    report.add(f"{name}, p99", percentile(said["waits"], 99) * 1000, "ms")


def requests(options: argparse.Namespace, path: str) -> list[bytes]:
    """Signed webhooks as LINE sends them."""
    found = []
    for place in range(options.webhooks):
        user = f"U{place % options.people:032x}"
        message = {"type": "text", "id": str(5 * 10**17 + place), "text": CHAT, "quoteToken": "q" * 80}
        event = {
            "type": "message",
            "mode": "active",
            "timestamp": int(time.time() * 1000) + place,
            "source": {"type": "user", "userId": user},
            "webhookEventId": f"01H{place:023d}",
            "deliveryContext": {"isRedelivery": False},
            "replyToken": f"{place:032x}",
            "message": message,
        }
        body = json.dumps({"destination": "U" + "0" * 32, "events": [event]}, ensure_ascii=False).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json; charset=utf-8\r\n"
            f"X-Line-Signature: {signature(SECRET, body)}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        found.append(head.encode() + body)
    return found


@asynccontextmanager
async def _served(app: web.Application) -> AsyncIterator[int]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def _knocked(options: argparse.Namespace, port: int, path: str, connections: int) -> dict[str, Any]:
    lines = b"\n".join(base64.b64encode(request) for request in requests(options, path))
    client = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.knocking",
        str(port),
        str(connections),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await client.communicate(lines)
    said: dict[str, Any] = json.loads(out)
    return said


async def _real(options: argparse.Namespace, connections: int) -> dict[str, Any]:
    engine = desks.fresh(options.place, "line")
    parts = assemble(
        Settings(
            _env_file=None,  # type: ignore[call-arg]  # pydantic-settings' own argument
            secret="benchmarks-only-benchmarks-only-benchmarks",
            database=engine.url,
            files=options.place / "line-files",
        )
    )
    view = parts.database.write_now(_account, parts)
    await parts.desk.load_accounts()
    app = web.Application()
    parts.channels["line"].attach(app, parts.desk)
    async with _served(app) as port:
        while parts.database.read_now(accounts.health, view) is None:  # noqa: ASYNC110 - a row, which has no event
            await asyncio.sleep(0.05)
        said = await _knocked(options, port, f"/line/webhook/{view}", connections)
    filed = parts.database.read_now(
        lambda tx: (
            tx.value("SELECT count(*) FROM ticket"),
            tx.value("SELECT count(*) FROM message WHERE kind = 'customer'"),
        )
    )
    assert filed[1] == options.webhooks, filed
    said["facts"] = f"{filed[0]} tickets, {filed[1]} messages"
    await parts.desk.close()
    await parts.database.close()
    return said


def _account(tx: Any, parts: Parts) -> int:
    nowhere = "http://127.0.0.1:9"
    settings = {
        "channel_id": "1657000000",
        "channel_secret": SECRET,
        "access_token": "none",
        "acknowledge": False,
        "api_base": nowhere,
        "data_base": nowhere,
    }
    draft = AccountDraft(kind="line", name="Bench", address="@bench", settings=settings)
    return accounts.add(tx, DESK, draft, channels=parts.channels, keys=parts.keys).id


async def _floor(options: argparse.Namespace, connections: int) -> dict[str, Any]:
    connection = desks.bare(options.place, "line-floor")
    connection.execute("CREATE TABLE event (id INTEGER PRIMARY KEY, name UNIQUE, body)")
    key = SECRET.encode()

    async def door(request: web.Request) -> web.Response:
        body = await request.read()
        right = base64.b64encode(hmac.digest(key, body, hashlib.sha256)).decode()
        if not hmac.compare_digest(request.headers["X-Line-Signature"], right):
            raise web.HTTPUnauthorized
        name = json.loads(body)["events"][0]["webhookEventId"]
        connection.execute("INSERT INTO event (name, body) VALUES (?, ?)", (name, body))  # commits by itself
        return web.Response(text="OK")

    app = web.Application()
    app.router.add_post("/webhook", door)
    async with _served(app) as port:
        said = await _knocked(options, port, "/webhook", connections)
    connection.close()
    return said
