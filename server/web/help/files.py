"""Files of articles and logos of help centres, for everybody who may read the article."""

from __future__ import annotations

import re

from aiohttp import web

from server.errors import NotFound
from server.faq import files
from server.files import Files
from server.web.api.files import SANDBOX, disposition
from server.web.doors import DOORS
from server.web.help.pages import place_of

SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
_LOGO = re.compile(r"[0-9a-f]{64}")


def routes() -> list[web.RouteDef]:
    """All of them."""
    made = []
    for root in ("/help", r"/help/{centre:[a-z][a-z0-9-]{2,39}}"):
        made += [
            web.get(root + r"/files/{article:\d{1,9}}/{file:\d{1,9}}/{name}", fetch),
            web.get(root + "/logo/{digest}.webp", logo),
        ]
    return made


async def fetch(request: web.Request) -> web.StreamResponse:
    """A file of an article that can be read here now; pictures are shown, everything else is a download."""
    place = await place_of(request)
    article, file = int(request.match_info["article"]), int(request.match_info["file"])
    leaf = place.centre.leaves.get(article)
    if leaf is None or file not in leaf.content.attachments:
        raise NotFound("There is no such file.")
    found, digest = await request.app[DOORS].database.read(files.digest, article, file)
    return handed_out(request.app[DOORS].files, digest, found.name, found.content_type, "public, max-age=3600")


async def logo(request: web.Request) -> web.StreamResponse:
    """A centre's logo by its digest: another picture has another name."""
    place = await place_of(request)
    digest = request.match_info["digest"]
    if not _LOGO.fullmatch(digest) or digest != place.centre.view.settings.logo:
        raise NotFound()
    return handed_out(
        request.app[DOORS].files, digest, "logo.webp", "image/webp", "public, max-age=31536000, immutable"
    )


def handed_out(store: Files, digest: str, name: str, media: str, cached: str) -> web.StreamResponse:
    """A file so that no browser takes it for a page of ours. Raises `NotFound` when the store lost it."""
    path = store.path(digest)
    if not path.is_file():
        raise NotFound("The file is no longer in the store.")
    show = media in SHOWN
    response = web.FileResponse(path)
    response.content_type = media if show else "application/octet-stream"
    response.headers["Content-Disposition"] = disposition("inline" if show else "attachment", name)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cross-Origin-Resource-Policy"] = "same-site"
    response.headers["Cache-Control"] = cached
    return response
