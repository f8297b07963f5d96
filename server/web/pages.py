"""Pages for people: Jinja templates, in the reader's language, with assets named by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from channels.wording import LANGUAGES, choose, say
from server.agents import Caller, Role, require
from server.web.callers import CALLER, caller_of, find_caller
from server.web.doors import DOORS, Doors

TEMPLATES = web.AppKey("templates", Environment)


def environment(doors: Doors) -> Environment:
    """The templates of this desk. Everything is escaped, and an unknown name is a failure."""
    made = Environment(
        loader=FileSystemLoader(doors.templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=doors.demo,
    )
    made.globals["_"] = _translate
    made.globals["asset"] = lambda name: asset_url(doors, name)
    made.globals["demo"] = doors.demo
    return made


def render(
    request: web.Request, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> web.Response:
    """A page. Beside `context` it knows `language`, `agent` (or None), `path` and `_()`."""
    caller = request.get(CALLER)
    html = (
        request.app[TEMPLATES]
        .get_template(template)
        .render(
            {
                "language": language_of(request),
                "agent": caller.agent if caller is not None else None,
                "path": request.path,
                **(context or {}),
            }
        )
    )
    return web.Response(text=html, content_type="text/html", status=status)


def language_of(request: web.Request) -> str:
    """The reader's language: asked for by `?lang=`, else the agent's own, else the browser's."""
    asked = request.query.get("lang")
    if asked in LANGUAGES:
        return str(asked)
    caller = request.get(CALLER)
    return caller.agent.language if caller is not None else choose(request.headers.get("Accept-Language"))


def wants_page(request: web.Request) -> bool:
    """Whether a person opened this in a browser, so that a page is the right answer to a failure."""
    if request.path.startswith(("/api/v1/", "/socket.io")) or DOORS not in request.app:
        return False
    return "text/html" in request.headers.get("Accept", "")


async def signed_in(request: web.Request, role: Role = "viewer") -> Caller:
    """Who opened a page; whoever is not signed in is led to the sign-in page and back. Raises `Forbidden`."""
    if request.method in ("GET", "HEAD") and await find_caller(request) is None:
        raise web.HTTPSeeOther(f"/sign-in?next={quote(request.path_qs)}")
    caller = await caller_of(request)
    require(caller.agent, role)
    return caller


def back_to(asked: str | None, otherwise: str = "/console") -> str:
    """Where to go after signing in: an address of our own, whatever was asked for."""
    if not asked or not asked.startswith("/") or asked.startswith("//") or "\\" in asked or not asked.isprintable():
        return otherwise
    return asked


def asset_url(doors: Doors, name: str) -> str:
    """The address of a stylesheet, script or picture. Its content's name is in it, so that browsers can keep it."""
    own = doors.templates / "layout" / name
    if own.is_file():
        return f"/assets/{name}?v={content_name(own, own.stat().st_mtime_ns)}"
    manifest = doors.assets / "manifest.json"
    if not manifest.is_file():
        return f"/assets/{name}"
    return f"/assets/{_manifest(manifest, manifest.stat().st_mtime_ns).get(name, name)}"


@lru_cache(maxsize=64)
def content_name(path: Path, _changed: int) -> str:
    """The beginning of a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=4)
def _manifest(path: Path, _changed: int) -> dict[str, str]:
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str])


@pass_context
def _translate(context: Context, text: str, /, **values: object) -> str:
    return say(context.get("language", "ja"), text, **values)
