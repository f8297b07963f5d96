"""Servers to talk to, each a process of its own: the desk without its limits, and bare ones that only echo.

MADOGUCHI_BENCH_PROFILE names a file for a profile of the server's event loop.
"""

from __future__ import annotations

import asyncio
import cProfile
import gc
import json
import logging
import multiprocessing
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import socketio
import uvloop
from aiohttp import web

from bench import desks
from bench.keeping import Keeper
from bench.ports import free_port
from channels import fan_out
from channels.webchat import WebchatChannel
from channels.webchat.manners import Limits
from server.accounts.models import ChannelAccount
from server.agents import tokens
from server.agents.models import Agent
from server.app import assemble, build, collect_less
from server.database import Database, Engine, Transaction
from server.settings import Settings
from widgets import build as widgets

PLENTY = 10**9
BACKLOG = 4096
LINE = {"seq": 1, "at": "2026-04-01T10:00:00.123456Z", "kind": "message.received", "by": "customer:1", "ticket": 1}


def desk(settings: Settings) -> web.Application:
    """The whole desk; visitors may do whatever they like as often as they like."""
    parts = assemble(settings)
    chat = parts.channels["webchat"]
    assert isinstance(chat, WebchatChannel)
    chat._limits = Limits(PLENTY, PLENTY, PLENTY, PLENTY, PLENTY, PLENTY)
    app = build(parts)
    app.on_startup.append(collect_less)
    return app


def echo(keeper: Keeper | None = None) -> web.Application:
    """Bare python-socketio that answers and tells what the desk does: from memory and at once, or when it is kept."""
    app = web.Application()
    numbers = {"last": 0}
    agents = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins=[], http_compression=False)
    visitors = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins=[], http_compression=False)
    kept: dict[str, list[dict[str, Any]]] = {}

    async def follow(sid: str, _data: Any = None) -> dict[str, Any]:
        await agents.enter_room(sid, "desk", namespace="/agent")
        return {"seq": numbers["last"], "reset": False}

    async def hello(sid: str, data: dict[str, Any]) -> dict[str, Any]:
        token = data.get("token") or sid
        return {"visitor": token, "token": token, "conversation": "c", "messages": kept.get(token, [])}

    async def send(sid: str, data: dict[str, Any]) -> dict[str, Any]:
        if keeper is not None:
            number, ticket = await keeper.keep(sid, data)
        else:
            number, ticket = numbers["last"] + 1, 1
        numbers["last"] = number
        change = {**LINE, "seq": number, "ticket": ticket, "data": {"message": number, "seq": number}}
        await agents.emit("changes", [change], room="desk", namespace="/agent")
        kept.setdefault(sid, []).append({"seq": number, "text": data["text"]})
        del kept[sid][:-3]
        return {"seq": number, "at": datetime.now(UTC).isoformat(), "ticket": ticket, "conversation": "c" * 20}

    agents.on("follow", follow, namespace="/agent")
    visitors.on("hello", hello, namespace="/widget")
    visitors.on("send", send, namespace="/widget")
    agents.attach(app, "socket.io")
    visitors.attach(app, "chat/socket.io")
    return app


def room(way: str) -> web.Application:
    """One that tells everybody what one of them says: by `emit`, or with our `fan_out`."""
    app = web.Application()
    server = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins=[], http_compression=False)
    change = [{**LINE, "data": {"message": 1, "seq": 1}}]
    joined: dict[str, str] = {}

    async def connect(sid: str, _environ: Any, _auth: Any = None) -> None:
        joined[sid] = server.manager.eio_sid_from_sid(sid, "/agent")

    async def say(_sid: str, *_: Any) -> None:
        if way == "emit":
            await server.emit("changes", change, namespace="/agent")
            return
        packet = fan_out.PacketForMany("/agent", "changes", json.dumps(change).encode())
        for engine_id in list(joined.values()):
            fan_out.send(server.eio.sockets[engine_id], packet)

    if way != "emit":
        fan_out.use_plain_websockets(server)
    server.on("connect", connect, namespace="/agent")
    server.on("say", say, namespace="/agent")
    server.attach(app, "socket.io")
    return app


def plain() -> web.Application:
    """The same over bare aiohttp websockets."""
    app = web.Application()
    everybody: list[web.WebSocketResponse] = []
    text = '42/agent,["changes",' + json.dumps([{**LINE, "data": {"message": 1, "seq": 1}}]) + "]"

    async def door(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        everybody.append(socket)
        async for _ in socket:
            for other in everybody:
                await other.send_str(text)
        return socket

    app.router.add_get("/", door)
    return app


def serve(kind: str, port: int, environment: dict[str, str]) -> None:
    """Serve until told to stop, as the main thread of a process."""
    os.environ.update(environment)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    signal.signal(signal.SIGUSR1, lambda *_: gc.collect())
    app = _app(kind)
    app.on_shutdown.append(_fall_silent)
    profile = cProfile.Profile() if os.environ.get("MADOGUCHI_BENCH_PROFILE") else None
    if profile is not None:
        _profile_writer(os.environ["MADOGUCHI_BENCH_PROFILE"] + ".writer")
        profile.enable()
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None, shutdown_timeout=1, backlog=BACKLOG)
    if profile is not None:
        profile.disable()
        profile.dump_stats(os.environ["MADOGUCHI_BENCH_PROFILE"])


def _app(kind: str) -> web.Application:
    match kind:
        case "desk":
            return desk(Settings())
        case "echo":
            return echo()
        case "kept":
            return echo(Keeper(Path(os.environ["MADOGUCHI_BENCH_FLOOR"])))
        case "plain":
            return plain()
        case _:
            return room(kind)


async def _fall_silent(_: web.Application) -> None:
    """All is measured: aiohttp's word for each of the thousands that are cut off is of no interest."""
    logging.getLogger("aiohttp.server").disabled = True


def _profile_writer(path: str) -> None:
    run = Database._run

    def profiled(self: Database) -> None:
        profile = cProfile.Profile()
        try:
            profile.runcall(run, self)
        finally:
            profile.dump_stats(path)

    Database._run = profiled  # type: ignore[method-assign]


# ------------------------------------------------------------------------------------------- for the benchmarks


@dataclass
class Running:
    """A server that runs."""

    port: int
    pid: int

    def ask(self, task: str, **more: Any) -> dict[str, Any]:
        """Have the clients' process do a task against it."""
        wanted = json.dumps({"task": task, "port": self.port, "pid": self.pid, **more})
        done = subprocess.run(
            [sys.executable, "-m", "bench.sockets", wanted], stdout=subprocess.PIPE, text=True, timeout=600, check=True
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def why_no_node() -> str:
    """Empty when Node's socket.io server can be run, else why it cannot."""
    try:
        widgets.install()
    except (widgets.BuildFailed, OSError) as error:
        return str(error).splitlines()[0]
    return ""


@contextmanager
def running(kind: str, engine: Engine | None = None, folder: Path | None = None) -> Iterator[Running]:
    """A server of a kind that runs inside the block."""
    port = free_port()
    environment = dict(os.environ)
    if folder is not None:
        environment["MADOGUCHI_BENCH_FLOOR"] = str(folder / "floor.db")
    if engine is not None and folder is not None:
        environment |= {
            "MADOGUCHI_SECRET": "benchmarks-only-benchmarks-only-benchmarks",
            "MADOGUCHI_DATABASE": engine.url,
            "MADOGUCHI_FILES": str(folder / "talking-files"),
            "MADOGUCHI_PUBLIC_URL": f"http://127.0.0.1:{port}",
        }
    process = _Node(port) if kind == "node" else _Python(kind, port, environment)
    try:
        begin = time.perf_counter()
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError as error:
                if not process.runs or time.perf_counter() - begin > 120:
                    raise RuntimeError(f"the {kind} does not come up") from error
                time.sleep(0.02)
        yield Running(port, process.pid)
    finally:
        process.stop()


class _Node:
    """Node's server."""

    def __init__(self, port: int) -> None:
        self._process = subprocess.Popen([widgets.node(), Path(__file__).with_name("room.mjs"), str(port)])
        self.pid = self._process.pid

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(15)


class _Python:
    """One of the servers above, from a process that has everything imported already and does nothing else."""

    _origin = multiprocessing.get_context("forkserver")
    _origin.set_forkserver_preload([__name__])

    def __init__(self, kind: str, port: int, environment: dict[str, str]) -> None:
        self._process = self._origin.Process(target=serve, args=(kind, port, environment))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    @property
    def runs(self) -> bool:
        return self._process.is_alive()

    def stop(self) -> None:
        self._process.terminate()
        self._process.join(15)
        if self.runs:
            self._process.kill()
            self._process.join()


def desk_with_a_shop(place: Path, name: str) -> tuple[Engine, str]:
    """A fresh desk with one site and one agent, and the agent's API token."""
    engine = desks.fresh(place, name)

    def fill(tx: Transaction) -> str:
        agent = desks.AGENT
        tx.add(Agent(id=1, email=agent.email, name=agent.name, role="admin", password_hash="", created_at=tx.now))
        settings = {"slug": "shop", "sites": ["https://shop.example"]}
        tx.add(
            ChannelAccount(
                id=1, kind="webchat", name="Shop", address="shop", settings=settings, can_send=True, created_at=tx.now
            )
        )
        return tokens.make(tx, agent, "bench", ["read", "write"]).secret

    return engine, Database(engine).write_now(fill)
