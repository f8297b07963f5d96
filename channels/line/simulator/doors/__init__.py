"""The HTTP side of the simulator: the `api` and the `api-data` host, on one address or on two."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from channels.line.simulator.doors import bodies, contents, dialogs, menus, messages, people, tokens, webhooks
from channels.line.simulator.simulator import Simulator

_BODY = 25 * 2**20


@dataclass(frozen=True)
class Served:
    """Where a simulator can be reached: what an SDK takes as its hosts."""

    api_base: str
    data_base: str


def routes(app: web.Application, simulator: Simulator, *, api: bool = True, data: bool = True) -> None:
    """Add the doors of one host or of both to an application that has `bodies.recording` as its middleware."""
    if api:
        for room in (tokens, messages, people, webhooks, menus, dialogs):
            room.add(app, simulator)
    if data:
        contents.add(app, simulator)


def make_app(simulator: Simulator, *, api: bool = True, data: bool = True) -> web.Application:
    """An application that answers as LINE does; by default as both hosts at once."""
    app = web.Application(middlewares=[bodies.recording(simulator)], client_max_size=_BODY)
    routes(app, simulator, api=api, data=data)

    async def living(_: web.Application) -> AsyncIterator[None]:
        simulator.webhooks.begin()
        yield
        await simulator.webhooks.close()

    if api:
        app.cleanup_ctx.append(living)
    return app


def make_apps(simulator: Simulator) -> tuple[web.Application, web.Application]:
    """Two applications, for the `api` and the `api-data` host; each refuses what belongs to the other."""
    return make_app(simulator, data=False), make_app(simulator, api=False)


@asynccontextmanager
async def serving(
    simulator: Simulator, *, host: str = "127.0.0.1", port: int = 0, apart: bool = False
) -> AsyncIterator[Served]:
    """Serve a simulator on a free port (or the one given), with `apart` its data host on a port of its own."""
    apps = make_apps(simulator) if apart else (make_app(simulator),)
    runners, bases = [], []
    try:
        for app in apps:
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
            runners.append(runner)
            await runner.setup()
            site = web.TCPSite(runner, host, port if app is apps[0] else 0)
            await site.start()
            bases.append(f"http://{host}:{runner.addresses[0][1]}")
        simulator.base_url = bases[0]
        yield Served(bases[0], bases[-1])
    finally:
        for runner in reversed(runners):
            await runner.cleanup()
