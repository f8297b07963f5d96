"""In charge of the admin pages' own stylesheet and script: named by their content, so that browsers keep them."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from typing import NamedTuple

from aiohttp import web

from channels.compression import compressed, takes_gzip
from server.errors import NotFound
from server.web.doors import ROOT

FOLDER = ROOT / "templates" / "admin" / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Asset(NamedTuple):
    """A file and the name of its content."""

    body: bytes
    packed: bytes
    digest: str
    media_type: str


@cache
def assets() -> dict[str, Asset]:
    """Every file that is served, read once."""
    return {
        path.name: Asset(
            body, gzip.compress(body, 9, mtime=0), hashlib.sha256(body).hexdigest()[:12], TYPES[path.suffix]
        )
        for path in sorted(FOLDER.iterdir())
        if path.suffix in TYPES and (body := path.read_bytes())
    }


def asset(name: str) -> str:
    """The address of a file."""
    return f"/admin/static/{name}?v={assets()[name].digest}"


async def serve(request: web.Request) -> web.Response:
    """The file, to be kept for ever when it was asked for by its content's name."""
    found = assets().get(request.match_info["name"])
    if found is None:
        raise NotFound("There is nothing here.")
    packed = takes_gzip(request)
    body = found.packed if packed else found.body
    response = web.Response(body=body, content_type=found.media_type, charset="utf-8")
    compressed(response, gzip=packed)
    kept = request.query.get("v") == found.digest
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if kept else "no-cache"
    return response
