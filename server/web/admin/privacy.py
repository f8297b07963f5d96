"""The page of the rules about data of people: deadlines, waiting period, books, and retention with its preview."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from server.customers.rights import rules
from server.customers.rights.rules import RetentionRule
from server.database import Transaction
from server.errors import DeskError, Invalid
from server.privacy import retention
from server.web.admin.frame import agent, database, done, page, tried, typed
from server.web.doors import DOORS

NUMBERS = ("disclosure_days", "correction_days", "stop_days", "erasure_days", "remind_days", "waiting_days",
           "books_years", "hour")  # fmt: skip
KINDS = ("closed", "files", "spam", "visitors", "arrivals", "audit")
MORE = 3
"""Lines for further rules."""


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [web.get("/admin/privacy", show), web.post("/admin/privacy", decide)]


async def show(request: web.Request) -> web.Response:
    """The rules as they stand, with what each would take now."""
    await agent(request, "admin")
    return await _show(request)


async def decide(request: web.Request) -> web.StreamResponse:
    """Look what rules would take (`do=look`), or decide them."""
    admin, data = await agent(request, "admin"), await typed(request)
    try:
        wanted: dict[str, Any] = {name: int(data[name]) for name in NUMBERS if data.get(name, "").strip()}
        found = _rules(data)
    except (ValueError, msgspec.ValidationError):
        return await _show(request, error=Invalid("Give whole numbers within reason."))
    if "retention" in data:
        wanted["retention"] = msgspec.to_builtins(found)
    if data.get("do") == "look":
        return await _show(request, looked=found)
    kept, error = await tried(database(request).write(rules.decide, admin, wanted))
    if kept is None:
        return await _show(request, error=error, looked=found)
    if (keeper := request.app[DOORS].keeper) is not None:
        keeper.kick()
    return done("/admin/privacy", "saved")


def _rules(data: Any) -> list[RetentionRule]:
    """The lines of the form. Raises `ValueError` or `ValidationError`."""
    found = []
    for place in range(50):
        kind = data.get(f"kind{place}", "")
        if kind and data.get(f"days{place}", "").strip():
            given = {"kind": kind, "days": int(data[f"days{place}"]), "channel": data.get(f"channel{place}", ""),
                     "on": data.get(f"on{place}") == "on"}  # fmt: skip
            found.append(msgspec.convert(given, RetentionRule))
    return found


async def _show(
    request: web.Request, *, error: DeskError | None = None, looked: list[RetentionRule] | None = None
) -> web.Response:
    read = database(request).read
    standing = await read(rules.read)
    shown = standing.retention if looked is None else looked
    return await page(
        request,
        "privacy.html",
        error=error,
        rules=standing,
        lines=[(rule, await read(retention.preview, rule)) for rule in shown],
        changed=looked is not None,
        more=range(len(shown), len(shown) + MORE),
        kinds=KINDS,
        channels=await read(_channels),
        last=await read(_last),
    )


def _channels(tx: Transaction) -> list[str]:
    return [row.kind for row in tx.all("SELECT DISTINCT kind FROM channel_account ORDER BY kind")]


def _last(tx: Transaction) -> Any:
    return tx.first("SELECT * FROM retention_run WHERE ended_at IS NOT NULL ORDER BY id DESC LIMIT 1")
