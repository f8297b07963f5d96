"""The API's document, for programs as JSON and for people as a page."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from server.web import openapi, pages
from server.web.api import api
from server.web.doors import DOORS
from server.web.endpoints import PREFIX

routes = web.RouteTableDef()
DOCUMENT: web.AppKey[dict[str, Any]] = web.AppKey("openapi", dict)


def made_for(app: web.Application) -> dict[str, Any]:
    """The document of this desk."""
    doors = app[DOORS]
    return openapi.document(api.endpoints, version=doors.version, server=doors.public_url)


@routes.get(f"{PREFIX}/openapi.json")
async def document(request: web.Request) -> web.Response:
    """OpenAPI 3.1."""
    return web.Response(
        body=msgspec.json.encode(request.app[DOCUMENT]),
        content_type="application/json",
        headers={"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"},
    )


@routes.get("/api")
@routes.get("/api/docs")
async def page(request: web.Request) -> web.StreamResponse:
    """The same to read, without scripts."""
    return pages.render(request, "api/page.html", {"document": request.app[DOCUMENT], "resolve": resolve})


def resolve(schema: dict[str, Any]) -> str:
    """A schema in a few words: `string ≤ 200`, `TicketView`, `list of integer` …"""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " | ".join(resolve(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    kind = str(schema.get("type", "any"))
    if kind == "array" and "prefixItems" in schema:
        return f"[{', '.join(resolve(each) for each in schema['prefixItems'])}]"
    if kind == "array":
        return f"list of {resolve(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {resolve(schema['additionalProperties'])}"
    return " ".join([kind, *_bounds(schema)])


def _bounds(schema: dict[str, Any]) -> list[str]:
    signs = (("minimum", "≥"), ("maximum", "≤"), ("minLength", "≥"), ("maxLength", "≤"))
    found = [
        f"{sign} {schema[name]}" for name, sign in signs if name in schema and schema[name] not in (1, 2_147_483_647)
    ]
    if "format" in schema:
        found.insert(0, f"({schema['format']})")
    return found
