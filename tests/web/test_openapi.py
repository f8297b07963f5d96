"""The OpenAPI document is complete and true: a fuzzer asks every operation and compares what comes back."""

from __future__ import annotations

import asyncio
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from server.accounts import desk_settings
from server.agents import DESK
from server.database import open_engine
from server.database.schema import migrate
from server.tickets import fields, tags
from server.tickets.fields import CustomFieldView
from server.web import openapi
from server.web.api import api
from server.web.endpoints import PREFIX
from tests.web.house import House, open_house

DOCUMENT = openapi.document(api.endpoints, version="0.1.0", server="http://desk.example")
ASKS = (
    "session_sign_in",
    "session_make_token",
    "faq_match_articles",
    "flows_try_flow",
    "drawing_preview",
    "webhooks_add",
    "webhooks_renew",
    "webhooks_test",
    "privacy_preview",
    "sources_add",
    "sources_attempt",
    "sources_compare",
    "sources_freshen",
    "sources_pull",
    "sources_take_file",
    "sources_test",
)
"""POSTs that keep nothing, or whose answer is not to be kept."""
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
)
EXAMPLES = int(os.environ.get("MADOGUCHI_TEST_EXAMPLES", "5"))
"""Requests for each operation."""
LONGEST_ADDRESS = 8_000
"""aiohttp itself refuses longer ones, below our doors."""
OPEN_DOORS = (f"{PREFIX}/session", f"{PREFIX}/files/")
"""Where nobody need be signed in: a forged key or a wrong password is refused there."""
FEW = 5
"""Things of each kind that the fuzzed desk has; ids are drawn from about so many."""

schema = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]


class Fuzzed:
    """A desk in a thread of its own, since the fuzzer waits for each answer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base = ""
        self.token = ""
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))

    def __enter__(self) -> Fuzzed:
        self._thread.start()
        assert self._ready.wait(120), "the desk did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(120)
        self._loop.close()

    async def _run(self) -> None:
        engine = open_engine(f"sqlite:///{self.folder / 'fuzzed.db'}")
        migrate(engine)
        async with open_house(engine, self.folder, requests_per_minute=0) as house:
            self.token = await _furnish(house)
            self.base = house.base
            self._ready.set()
            await self._over.wait()


async def _furnish(house: House) -> str:
    """A few of everything, and the token of an admin whose id the fuzzer does not guess."""
    for place in range(FEW):
        agent = await house.hire(f"Agent{place}")
        for _ in range(2):
            await house.program(agent, "read")
        number = await house.ticket(sender=f"customer{place}@mail.example")
        aoi = await house.sign_in(agent)
        reply = await aoi.api("POST", f"/tickets/{number}/replies", {"text": "はい", "seen": 1})
        assert reply.status == 201, reply.text
        headers = {"Content-Type": "text/plain"}
        up = await aoi.api("POST", "/files?filename=a.txt", b"a", headers=headers)
        await aoi.api("POST", f"/tickets/{number}/notes", {"text": "x", "attachments": [up.json["id"]]})
        await house.database.write(tags.add, DESK, f"tag{place}")
    field = CustomFieldView(name="order_number", kind="text", label_ja="注文番号", label_en="Order")
    await house.database.write(fields.add, DESK, field)
    await house.database.write(desk_settings.write, DESK, {"shop_name": {"ja": "店", "en": "Shop"}})
    for place in range(3 * FEW):
        boss = await house.hire(f"Boss{place}", "admin")
    program = await house.program(boss, "admin")
    lead = await house.sign_in(boss)
    await lead.api("POST", "/accounts", {"kind": "phone", "name": "代表", "address": "0312345678"})
    await house.parts.desk.load_accounts()
    return program.headers["Authorization"]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    """One desk for all operations."""
    with Fuzzed(tmp_path_factory.mktemp("fuzzed")) as desk:
        yield desk


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda each: each.removeprefix(PREFIX))
def test_whatever_is_asked_the_answer_is_a_documented_one(path: str, method: str, fuzzed: Fuzzed) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path][method].as_strategy())
    def ask(case: Any) -> None:
        for name, value in (case.path_parameters or {}).items():
            if isinstance(value, int) and not isinstance(value, bool):
                case.path_parameters[name] = value % (FEW + 1) + 1
        if case.query and "wait" in case.query:
            case.query["wait"] = 0
        assume(len(case.as_transport_kwargs(base_url=fuzzed.base)["url"]) + len(str(case.query)) * 9 < LONGEST_ADDRESS)
        response = case.call(base_url=fuzzed.base, headers={"Authorization": fuzzed.token}, timeout=120)
        assert response.status_code not in (401, 429) or case.path.startswith(OPEN_DOORS), response.text
        case.validate_response(response, checks=CHECKS)

    ask()


def test_every_operation_has_a_name_of_its_own_a_summary_and_its_problems() -> None:
    names = []
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            names.append(operation["operationId"])
            assert operation["summary"] and operation["description"], (method, path)
            assert {"500", "503", "429"} <= operation["responses"].keys()
            assert bool(operation["security"]) or path in (f"{PREFIX}/session",) or "/files/" in path
            in_path = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
            assert in_path == set(re.findall(r"\{(\w+)\}", path))
            if method == "post" and operation["operationId"] not in ASKS:
                assert any(each["name"] == "Idempotency-Key" for each in operation["parameters"]), path
    assert len(names) == len(set(names))


def test_every_reference_leads_somewhere() -> None:
    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    for reference in references(DOCUMENT):
        found: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


async def test_the_document_is_served_and_its_page_needs_no_script(small_house: House) -> None:
    browser = small_house.stranger()
    served = (await browser.api("GET", "/openapi.json")).json
    assert served["openapi"] == "3.1.0" and served["paths"].keys() == DOCUMENT["paths"].keys()
    page = await browser.page("/api/docs", **{"Accept-Language": "en"})
    assert page.status == 200 and "<script" not in page.text and " style=" not in page.text
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in page.text
    assert 'id="not_found"' in page.text and 'id="shape-TicketView"' in page.text
