"""Serves a simulated LINE with its phone page: `python -m channels.line.simulator --webhook URL`."""

from __future__ import annotations

import argparse
import asyncio
import sys

from aiohttp import web

from channels.line.simulator.doors import make_app
from channels.line.simulator.phone import BUILT, cast, setup
from channels.line.simulator.simulator import Simulator


async def _serve(options: argparse.Namespace) -> None:
    line = Simulator(options.channel, options.secret)
    line.webhooks.url = options.webhook
    cast(line)
    app = make_app(line)
    setup(app, line)
    if BUILT.is_dir():
        app.router.add_static("/assets", BUILT)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", options.port).start()
    line.base_url = f"http://127.0.0.1:{options.port}"
    sys.stdout.write(
        f"The phone          {line.base_url}/line\n"
        f"api, api-data      {line.base_url}\n"
        f"Channel id         {line.channel_id}\n"
        f"Channel secret     {line.channel_secret}\n"
        f"Long-lived token   {line.token}\n"
    )
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m channels.line.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--webhook", help="where the bot under test listens; it can also be set over the API")
    parser.add_argument("--channel", default="1656000001", help="the channel id")
    parser.add_argument("--secret", default="0123456789abcdef0123456789abcdef", help="the channel secret")
    try:
        asyncio.run(_serve(parser.parse_args()))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
