"""The desk to play with: a shop's people and letters, pages to write from, and a box where its mail comes to lie."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web
from rich.console import Console

from channels.contract import OFFERS
from channels.line.simulator import Simulator, serving
from channels.line.simulator.phone import cast
from channels.line.simulator.phone import setup as phone
from server import accounts, agents, demo_data, demo_menu
from server.accounts import AccountDraft
from server.agents import DESK, sessions
from server.app import Parts, assemble, build
from server.database import Transaction
from server.database.schema import migrate
from server.demo_data import answering, flow
from server.settings import Settings
from server.web.demo import Buyer, Demo, LetterBox, catching, setup

LINE_CHANNEL = "1656000001"
LINE_SECRET = "demo-only-channel-secret"


def open_demo(settings: Settings, *, fresh: bool) -> tuple[web.Application, Parts]:
    """The application of a demo. With `fresh` what was played before is thrown away."""
    if fresh:
        _forget(settings)
    parts = assemble(settings)
    box = LetterBox()
    app = build(parts)
    line = Simulator(LINE_CHANNEL, LINE_SECRET, name="うつわの月の輪")
    buyers = tuple(Buyer(person.name, person.id, person.language or "ja") for person in cast(line))
    setup(app, Demo(box, (settings.smtp_host, settings.smtp_port), line="/line", buyers=buyers))
    phone(app, line)
    # Before everything else: the demo's mailbox sends to the box, and the accounts must stand before the doors open.
    app.cleanup_ctx.insert(0, lambda _: _prepared(parts, box, line))
    app.on_startup.append(lambda _: _welcome(parts))
    return app, parts


async def _prepared(parts: Parts, box: LetterBox, line: Simulator) -> AsyncIterator[None]:
    settings = parts.settings
    async with catching(box, settings.smtp_host, settings.smtp_port + 1) as port, serving(line) as served:
        await asyncio.to_thread(migrate, parts.engine)
        if not await parts.database.read(demo_data.filled):
            await parts.database.write(
                demo_data.fill,
                parts.channels,
                parts.keys,
                parts.files,
                public_url=settings.public_url,
                smtp_out=(settings.smtp_host, port),
            )
        account = await parts.database.write(_line_account, parts, served.api_base)
        await parts.database.write(flow.lead)
        await parts.database.write(answering.begin)
        line.webhooks.url = f"http://127.0.0.1:{settings.port}/line/webhook/{account}"
        # Beside the start, which does not wait for LINE's SDK to be imported.
        menu = asyncio.create_task(demo_menu.put(parts, account), name="the demo's menu on LINE")
        yield
        menu.cancel()
        await asyncio.gather(menu, return_exceptions=True)


def _line_account(tx: Transaction, parts: Parts, base: str) -> int:
    """The shop's official account, pointed at where its LINE is this time."""
    settings = {
        "channel_id": LINE_CHANNEL,
        "channel_secret": LINE_SECRET,
        "token_kind": "stateless",
        "greeting": "友だち追加ありがとうございます。うつわのことなら何でもお尋ねください。",
        "groups": True,
        OFFERS: True,
        **dict.fromkeys(("api_base", "data_base", "dialog_base", "sticker_base"), base),
    }
    draft = AccountDraft(kind="line", name="LINE公式アカウント", address="@216ru", settings=settings)
    known = next(
        (each for each in accounts.all(tx, parts.keys) if each.settings.get("channel_id") == LINE_CHANNEL), None
    )
    if known is None:
        return accounts.add(tx, DESK, draft, channels=parts.channels, keys=parts.keys).id
    return accounts.edit(tx, DESK, known.id, draft, channels=parts.channels, keys=parts.keys).id


async def _welcome(parts: Parts) -> None:
    """Say where to click."""
    base = parts.settings.public_url
    people = await parts.database.write(_links)
    say = Console(highlight=False, soft_wrap=True).print
    say("\n[bold]窓口 Madoguchi[/] – a desk to play with\n")
    say(f"  Start here       {base}/demo")
    for agent, secret in people:
        say(f"  Sign in as       {base}/sign-in/link/{secret}  {agent.name} ({agent.role})")
    say(f"  The demo's shop  {base}/demo/shop")
    say(f"  Orders, notices  {base}/demo/orders")
    say(f"  Phones with LINE {base}/line")
    say(f"  Letters sent     {base}/demo/letters")
    say(f"  API              {base}/api/docs")
    say(
        f"  Send a mail      swaks --to {demo_data.ADDRESS} --server"
        f" {parts.settings.smtp_host}:{parts.settings.smtp_port}"
    )
    say("\n  Ctrl-C stops it; `madoguchi demo --fresh` begins anew.\n")


def _links(tx: Transaction) -> list[tuple[agents.AgentView, str]]:
    return [(agent, sessions.make_link(tx, DESK, agent.id)) for agent in agents.all_agents(tx, active_only=True)]


def _forget(settings: Settings) -> None:
    path = settings.database.removeprefix("sqlite:///")
    for suffix in ("", "-wal", "-shm"):
        Path(path + suffix).unlink(missing_ok=True)
    shutil.rmtree(settings.files, ignore_errors=True)
