"""The demo as `madoguchi demo` opens it, in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from server.app import Parts
from server.demo import open_demo
from server.settings import DEMO_SECRET, Settings
from tests.journeys.witness import telling
from tests.ports import free_port


@asynccontextmanager
async def demo(folder: Path) -> AsyncIterator[Parts]:
    """Its address is `settings.public_url`."""
    port = free_port()
    settings = Settings(  # type: ignore[call-arg]  # `_env_file` is pydantic's own
        secret=DEMO_SECRET,
        database=f"sqlite:///{folder / 'demo.db'}",
        files=folder / "files",
        public_url=f"http://127.0.0.1:{port}",
        port=port,
        smtp_port=free_port(),
        demo=True,
        _env_file=None,
    )
    app, parts = open_demo(settings, fresh=False)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    try:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        async with telling():
            yield parts
    finally:
        await runner.cleanup()
