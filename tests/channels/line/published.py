"""Holds the simulator against LINE's own OpenAPI descriptions: `python -m tests.channels.line.published FOLDER`.

Runs the tests of this room, and checks every request they made that was accepted, every answer that they got and every
webhook that was sent against the three files in the folder. docs/line-simulator.md says where to fetch them.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs
import pytest
import yaml

from channels.line.simulator import Attempt, Call, Simulator
from channels.line.simulator.webhooks import Event

FILES = ("channel-access-token.yml", "messaging-api.yml", "webhook.yml")
_BASE = "--base"
# The common specification has every refusal in this shape, also with a status that an operation does not list.
_REFUSAL = "ErrorResponse"
_DATA = "api-data"


class Published:
    """One description: its operations, and its schemas as JSON Schema."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        text = path.read_text(encoding="utf-8")
        self._content: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
        self._schemas = dict(_closed(self._content["components"]["schemas"]))
        self._made: dict[str, jsonschema_rs.Draft202012Validator] = {}
        self.operations = {
            (method.upper(), template): operation
            for template, methods in self._content.get("paths", {}).items()
            for method, operation in methods.items()
            if method in ("get", "post", "put", "delete")
        }

    def find(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """The operation of a request: its template and description. Fixed paths go before those with places."""
        for (verb, template), operation in sorted(self.operations.items(), key=lambda each: each[0][1].count("{")):
            if verb == method and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path):
                return template, operation
        return None

    def wrong(self, value: Any, schema: dict[str, Any]) -> Iterator[str]:
        """What is wrong with a value."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self._made:
            whole = {**_told(schema), "components": {"schemas": self._schemas}}
            self._made[key] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        for error in self._made[key].iter_errors(value):
            place = "/".join(str(part) for part in error.instance_path)
            yield f"{place or '.'}: {error.message[:300]}"


def _closed(schemas: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Schemas in which nothing may stand that is not described, and a discriminator chooses what else must hold."""
    for name, schema in schemas.items():
        base = _told(schema)
        yield name + _BASE, base
        choice = schema.get("discriminator")
        whole: dict[str, Any] = {"$ref": f"#/components/schemas/{name}{_BASE}"}
        if choice and choice.get("mapping"):
            key = choice["propertyName"]
            whole["allOf"] = [
                {
                    "if": {"properties": {key: {"const": word}}, "required": [key]},
                    "then": {"$ref": _place(target) + _BASE},
                }
                for word, target in choice["mapping"].items()
            ]
            whole["properties"] = {key: {"enum": list(choice["mapping"])}}
        if _is_object(schema, schemas):
            whole["unevaluatedProperties"] = False
        yield name, whole


def _told(schema: Any, *, inside: bool = False) -> Any:
    """An OpenAPI schema as JSON Schema; what a part of an `allOf` stands on stays open."""
    if isinstance(schema, list):
        return [_told(each, inside=inside) for each in schema]
    if not isinstance(schema, dict):
        return schema
    told = {}
    for key, value in schema.items():
        if key in ("discriminator", "example", "externalDocs", "description", "nullable"):
            continue
        if key == "$ref":
            told[key] = _place(value) + (_BASE if inside else "")
        elif key == "properties":
            told[key] = {name: _told(each) for name, each in value.items()}
        elif key == "format" and value in ("int32", "int64", "double", "float", "binary"):
            continue
        else:
            told[key] = _told(value, inside=key == "allOf")
    return told


def _place(reference: str) -> str:
    return "#/components/schemas/" + reference.rsplit("/", 1)[-1]


def _is_object(schema: dict[str, Any], schemas: dict[str, Any]) -> bool:
    if "allOf" in schema:
        return True
    return (schema.get("type") == "object" and "properties" in schema) or "discriminator" in schema


@dataclass(frozen=True)
class Difference:
    """Something that LINE describes otherwise."""

    where: str
    what: str


class Comparison:
    """A pytest plugin that watches every simulator of the run."""

    def __init__(self, folder: Path) -> None:
        oauth, messaging, webhook = (Published(folder / name) for name in FILES)
        self.apis = (oauth, messaging)
        self.webhook = webhook
        self.checked: Counter[str] = Counter()
        self.differences: Counter[Difference] = Counter()

    @pytest.fixture(autouse=True)
    def watched(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Look at what went over the wire once a test is over."""
        made: list[Simulator] = []
        events: dict[str, Event] = {}
        begin, happened = Simulator.__init__, Simulator.happened

        def init(simulator: Simulator, *args: Any, **kwargs: Any) -> None:
            begin(simulator, *args, **kwargs)
            made.append(simulator)

        def happens(simulator: Simulator, *args: Any, **kwargs: Any) -> Event:
            event = happened(simulator, *args, **kwargs)
            events[event["webhookEventId"]] = dict(event)
            return event

        monkeypatch.setattr(Simulator, "__init__", init)
        monkeypatch.setattr(Simulator, "happened", happens)
        yield
        for simulator in made:
            for call in simulator.calls:
                self.check_call(call)
            for attempt in simulator.webhooks.attempts:
                if _own(simulator, attempt) and all(_unchanged(event, events) for event in attempt.events):
                    self.check_attempt(attempt)

    def check_call(self, call: Call) -> None:
        """One request and its answer."""
        for api in self.apis:
            found = api.find(call.method, call.path)
            if found is not None:
                template, operation = found
                where = f"{call.method} {template}"
                self.checked[where] += 1
                if call.status < 300:
                    self._check_request(api, where, operation, call)
                self._check_answer(api, where, operation, call)
                return
        if call.status not in (404, 405):
            self._differ(f"{call.method} {call.path}", f"is not described, and was answered with {call.status}")

    def _check_request(self, api: Published, where: str, operation: dict[str, Any], call: Call) -> None:
        queried = dict(parse_qsl(call.query))
        headers = {name.lower(): value for name, value in call.headers.items()}
        for parameter in operation.get("parameters", ()):
            given = queried if parameter["in"] == "query" else headers
            name = parameter["name"].lower() if parameter["in"] == "header" else parameter["name"]
            if parameter.get("required") and parameter["in"] in ("query", "header") and name not in given:
                self._differ(where, f"was accepted without the parameter {parameter['name']}")
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content and call.body:
            schema = content["application/json"]["schema"]
            for wrong in api.wrong(json.loads(call.body), schema):
                self._differ(where, f"request {wrong}")
        elif "application/x-www-form-urlencoded" in content:
            form = dict(parse_qsl(call.body.decode()))
            for wrong in api.wrong(form, content["application/x-www-form-urlencoded"]["schema"]):
                self._differ(where, f"request {wrong}")

    def _check_answer(self, api: Published, where: str, operation: dict[str, Any], call: Call) -> None:
        if "x-line-request-id" not in {name.lower() for name in call.answer_headers}:
            self._differ(where, "was answered without X-Line-Request-Id")
        described = operation["responses"].get(str(call.status))
        if described is None and call.status < 300:
            if not (call.status == 202 and call.path.endswith(("/content", "/preview"))):
                self._differ(where, f"was answered with {call.status}, which is not described")
            return
        schema = _json_schema(described)
        if schema is None and call.status >= 400:
            schema = {"$ref": f"#/components/schemas/{_REFUSAL}"}
        if schema is None:
            return
        try:
            body = json.loads(call.answer)
        except ValueError:
            self._differ(where, f"{call.status} was answered with what is no JSON")
            return
        for wrong in api.wrong(body, schema):
            self._differ(where, f"{call.status} {wrong}")

    def check_attempt(self, attempt: Attempt) -> None:
        """One webhook, of events that the simulator made."""
        self.checked["webhook"] += 1
        schema = {"$ref": "#/components/schemas/CallbackRequest"}
        for wrong in self.webhook.wrong(json.loads(attempt.body), schema):
            self._differ("webhook", wrong)

    def _differ(self, where: str, what: str) -> None:
        self.differences[Difference(where, re.sub(r"[0-9a-f]{32}", "…", what))] += 1

    def report(self) -> list[str]:
        """What was compared, what was not, and what differs."""
        described = {f"{method} {template}" for api in self.apis for method, template in api.operations}
        answered = described & set(self.checked)
        lines = [
            f"{len(answered)} of {len(described)} operations answered, {self.checked['webhook']} webhooks compared"
        ]
        lines += [f"  not asked: {each}" for each in sorted(described - answered)]
        lines += [f"  differs ({times} times): {each.where}: {each.what}" for each, times in self.differences.items()]
        return lines


def _own(simulator: Simulator, attempt: Attempt) -> bool:
    """Whether a body is the simulator's own, and not one that a test gave it to send."""
    said = {"destination": simulator.account.user_id, "events": list(attempt.events)}
    return attempt.body == json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _unchanged(event: Event, made: dict[str, Event]) -> bool:
    """Whether an event is as the simulator made it; what tests wrote by hand is their own affair."""
    same = made.get(str(event.get("webhookEventId")))
    return same is not None and {**event, "deliveryContext": None} == {**same, "deliveryContext": None}


def _json_schema(described: dict[str, Any] | None) -> dict[str, Any] | None:
    """What an answer looks like, where it is JSON and described."""
    content = (described or {}).get("content", {}).get("application/json")
    return content.get("schema") if content else None


def main(arguments: list[str]) -> int:
    """Compare; 1 when something differs or a test fails."""
    if len(arguments) != 1 or not all((Path(arguments[0]) / name).is_file() for name in FILES):
        sys.stderr.write(f"python -m tests.channels.line.published FOLDER, with {', '.join(FILES)} in it\n")
        return 2
    comparison = Comparison(Path(arguments[0]))
    failed = pytest.main(["-q", "-p", "no:cacheprovider", str(Path(__file__).parent)], plugins=[comparison])
    sys.stdout.write("\n".join(comparison.report()) + "\n")
    return 1 if failed or comparison.differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
