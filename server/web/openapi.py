"""The OpenAPI 3.1 document, made of what the endpoints declare, so that it cannot tell anything else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from server.web.endpoints import PREFIX, Endpoint
from server.web.problems import TITLES, Problem

REF = "#/components/schemas/{name}"
JSON = "application/json"
PROBLEM = "application/problem+json"
OCTETS = "application/octet-stream"

DESCRIPTION = """\
Everything the agent console does goes through this API. Answers are JSON; failures are `application/problem+json`
(RFC 9457) with a stable `code`. Lists are keyset pages: give `next` back as `after`. Edits name the `version` they
were made of, in the body or as `If-Match`; a stale one is refused with `current`, what stands now. A POST may carry an
`Idempotency-Key`: repeated within a day, it has one effect and the same answer.
"""

WHEN: dict[int, str] = {
    400: "The body is not JSON.",
    401: "Nobody is signed in, or the token is unknown.",
    403: "The role or the token's scopes do not allow it.",
    404: "There is no such thing.",
    409: "Somebody was faster; `current` is what stands now. Or the first request of this key is still under way.",
    413: "More bytes than are taken here.",
    415: "The body's type is not read here.",
    416: "The file has no such part.",
    422: "Not acceptable as it stands; `fields` says what and why.",
    429: "Too often; `Retry-After` says when again.",
    500: "A failure on our side; `reference` finds it in the desk's log.",
    503: "The desk cannot do it just now (the database or the disk); try again.",
}


def document(endpoints: Iterable[Endpoint], *, version: str, server: str) -> dict[str, Any]:
    """The whole document as JSON-able values."""
    endpoints = list(endpoints)
    shapes: list[Any] = [Problem]
    for endpoint in endpoints:
        shapes += [shape for shape in (endpoint.form, _json_answer(endpoint)) if shape is not None]
    schemas, components = msgspec.json.schema_components(shapes, ref_template=REF)
    named = dict(zip(shapes, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(PREFIX + endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, named)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Madoguchi", "version": version, "description": DESCRIPTION},
        "servers": [{"url": server}],
        "tags": [{"name": noun} for noun in dict.fromkeys(endpoint.noun for endpoint in endpoints)],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {str(status): _problem(status) for status in WHEN},
            "headers": _headers(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API token (`mdg_…`), made on the account page. Scopes: read, write, admin.",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-madoguchi",
                    "description": "A signed-in browser (`madoguchi_session` where the desk is not on https).",
                },
            },
        },
    }


def _operation(endpoint: Endpoint, named: Mapping[Any, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": f"{endpoint.noun}_{endpoint.name}",
        "tags": [endpoint.noun],
        "summary": endpoint.summary,
    }
    if endpoint.handler.__doc__:
        made["description"] = " ".join(endpoint.handler.__doc__.split())
    if parameters := [*_places(endpoint), *_query(endpoint), *_own_headers(endpoint)]:
        made["parameters"] = parameters
    if endpoint.form is not None:
        needed = any(field.required for field in msgspec.structs.fields(endpoint.form))
        made["requestBody"] = {"required": needed, "content": {JSON: {"schema": named[endpoint.form]}}}
    elif endpoint.takes:
        made["requestBody"] = {
            "required": True,
            "content": {media: {"schema": _bytes(media)} for media in endpoint.takes},
        }
    made["responses"] = _responses(endpoint, named)
    if endpoint.scope is not None:
        made["security"] = [{"token": [endpoint.scope]}, {"session": []}]
    else:
        made["security"] = []
    return made


def _places(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _schema(kind)}
        for name, kind in endpoint.places.items()
    ]


def _query(endpoint: Endpoint) -> list[dict[str, Any]]:
    if endpoint.query is None:
        return []
    whole = msgspec.json.schema(endpoint.query, ref_template=REF)
    properties = whole["$defs"][endpoint.query.__name__]["properties"]
    found = []
    for field in msgspec.structs.fields(endpoint.query):
        schema = _without_null(properties[field.encode_name])
        parameter: dict[str, Any] = {"name": field.encode_name, "in": "query", "schema": schema}
        if field.required:
            parameter["required"] = True
        if schema.get("type") == "array":
            parameter |= {"style": "form", "explode": False}
        found.append(parameter)
    return found


def _own_headers(endpoint: Endpoint) -> list[dict[str, Any]]:
    found = []
    if endpoint.idempotent:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
                "description": "The same key with the same request has one effect and gets the same answer for a day.",
            }
        )
    if endpoint.form is not None and "version" in endpoint.form.__struct_fields__:
        found.append(
            {
                "name": "If-Match",
                "in": "header",
                "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
                "description": "The ETag of the version that the edit is made of, instead of `version`.",
            }
        )
    return found


def _responses(endpoint: Endpoint, named: Mapping[Any, Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done." if endpoint.status != 204 else "Done; there is nothing to say."}
    answer = _json_answer(endpoint)
    if answer is not None:
        good["content"] = {JSON: {"schema": named[answer]}}
        if "version" in getattr(answer, "__struct_fields__", ()):
            good["headers"] = {"ETag": {"$ref": "#/components/headers/ETag"}}
    elif endpoint.media:
        good["content"] = {media: {"schema": _bytes(media)} for media in endpoint.media}
    responses = {str(endpoint.status): good}
    if OCTETS in endpoint.media:
        responses |= {"206": good, "304": {"description": "The copy that you have is still right."}}
        responses["416"] = {"$ref": "#/components/responses/416"}
    for status in _problems(endpoint):
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    return responses


def _problems(endpoint: Endpoint) -> list[int]:
    found = {401, 403, 404, 429, 500, 503}
    takes_something = endpoint.form is not None or bool(endpoint.takes)
    if takes_something:
        found |= {400, 413, 415}
    if takes_something or endpoint.query is not None or endpoint.idempotent or endpoint.method in ("PUT", "DELETE"):
        found.add(422)
    if endpoint.conflicts:
        found.add(409)
    return sorted(found)


def _json_answer(endpoint: Endpoint) -> Any:
    """The type of a JSON answer; None for no answer and for one of another type."""
    return None if endpoint.status == 204 or endpoint.media or endpoint.answer is None else endpoint.answer


def _schema(shape: Any) -> dict[str, Any]:
    schema = dict(msgspec.json.schema(shape, ref_template=REF))
    schema.pop("$defs", None)
    return schema


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that is left out is not null."""
    schema = dict(schema)
    if "anyOf" in schema:
        kinds = [kind for kind in schema.pop("anyOf") if kind.get("type") != "null"]
        schema |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    if schema.get("enum"):
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    if schema.get("default", 0) is None:
        del schema["default"]
    return schema


def _bytes(media: str) -> dict[str, Any]:
    if media == "multipart/form-data":
        return {
            "type": "object",
            "properties": {"file": {"type": "string", "format": "binary"}},
            "required": ["file"],
        }
    return {"type": "string"} if media.startswith("text/") else {"type": "string", "format": "binary"}


def _problem(status: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "description": f"`{TITLES[status][0]}`: {WHEN[status]}",
        "content": {PROBLEM: {"schema": {"$ref": REF.format(name="Problem")}}},
    }
    if status in (429, 503):
        made["headers"] = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
    return made


def _headers() -> dict[str, Any]:
    return {
        "ETag": {"description": "The version, for `If-Match`.", "schema": {"type": "string"}},
        "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
    }
