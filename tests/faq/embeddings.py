"""A server with OpenAI's embeddings, as small as can be: a text's letters are its vector; it can be out of order."""

from __future__ import annotations

import asyncio
import zlib
from itertools import pairwise
from typing import Any

from aiohttp import web

KEY = "sk-test"
WIDTH = 256


class EmbeddingServer:
    """Set `mood` to a status, or to what is wrong with its answers."""

    def __init__(self) -> None:
        self.mood: int | str = 200
        self.asked: list[list[str]] = []
        self.url = ""

    async def open(self) -> EmbeddingServer:
        app = web.Application()
        app.router.add_post("/v1/embeddings", self._embed)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)  # one that is silent is not waited for
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        return self

    async def close(self) -> None:
        await self._runner.cleanup()

    async def _embed(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(body["input"])
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"error": {"message": "Incorrect API key provided"}}, status=401)
        if self.mood == "silent":
            await asyncio.sleep(3600)
        if self.mood == "redirect":
            raise web.HTTPFound("http://169.254.169.254/latest")
        if self.mood == "garbage":
            return web.Response(text="<html>502</html>", content_type="application/json")
        if self.mood != 200 and isinstance(self.mood, int):
            return web.json_response({"error": {}}, status=self.mood, headers={"Retry-After": "77"})
        rows = [vector(text) for text in body["input"]]
        if self.mood == "width":
            rows = [row[:10] for row in rows]
        if self.mood == "nothing":
            rows = [[0.0] * WIDTH for _ in rows]
        if self.mood == "few":
            rows = rows[:-1]
        data: list[Any] = [{"object": "embedding", "index": at, "embedding": row} for at, row in enumerate(rows)]
        return web.json_response({"object": "list", "data": data[::-1], "model": body["model"]})


def vector(text: str) -> list[float]:
    """Two letters each count in one of the places."""
    row = [0.01] * WIDTH
    for pair in pairwise(text):
        row[zlib.crc32("".join(pair).encode()) % WIDTH] += 1.0
    return row
