"""What every endpoint has in common: how requests are read, how failures are told, how often one may ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.database import Engine
from server.errors import (
    Conflict,
    DeskError,
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from server.web import problems
from server.web.buckets import Buckets, Policy
from server.web.reading import MOST_JSON_BYTES
from tests.web.house import House, open_house


@pytest.mark.parametrize(
    "family", [Invalid, Unauthenticated, Forbidden, NotFound, Conflict, TooLarge, TooMany, Unavailable]
)
def test_every_failure_of_the_family_has_words_and_a_code_of_its_own(family: type[DeskError]) -> None:
    problem = problems.of_error(family("Just so."), "en")
    assert (problem.status, problem.code, problem.detail) == (family.status, family.code, "Just so.")
    assert problem.title != problems.TITLES[500][1]


async def test_a_failure_is_told_to_programs_as_problem_json(small_house: House) -> None:
    aoi = await small_house.at_work()
    answer = await aoi.api("GET", "/tickets/77", headers={"Accept-Language": "en"})
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["code"] == "not_found" and answer.json["status"] == 404
    assert "#77" in answer.json["detail"]


async def test_a_failure_is_told_to_people_as_a_page(small_house: House) -> None:
    answer = await small_house.stranger().page("/nowhere")
    assert answer.status == 404 and answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"name": "\\ud800"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 422),
        (b"name=x", "application/x-www-form-urlencoded", 415),
        (b'{"name": "x"}', "text/plain", 415),
        (b'"' + b"x" * MOST_JSON_BYTES + b'"', "application/json", 413),
        (b'{"name": "a\\u0000b"}', "application/json", 422),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
    ],
)
async def test_a_body_that_is_no_form_is_refused_as_what_it_is(
    small_house: House, body: bytes, content_type: str, status: int
) -> None:
    aoi = await small_house.at_work()
    answer = await aoi.api("PATCH", "/me", body, headers={"Content-Type": content_type})
    assert answer.status == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_every_field_that_is_wrong_is_named(small_house: House) -> None:
    boss = await small_house.at_work("Boss", "admin")
    answer = await boss.api("POST", "/agents?lang=en", {"email": 7, "role": "king", "nmae": "x", "teams": [1, "x"]})
    assert answer.status == 422
    assert set(answer.json["fields"]) == {"email", "role", "nmae", "name", "teams[1]"}
    assert answer.json["fields"]["name"] == "is missing"


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "limit=9999", "nonsense=1", "status=lost", "assignee=-1", "after=%00"]
)
async def test_a_query_that_cannot_be_is_refused_with_its_field(small_house: House, query: str) -> None:
    aoi = await small_house.at_work()
    answer = await aoi.api("GET", f"/tickets?{query}")
    assert answer.status == 422
    assert [name.partition("[")[0] for name in answer.json["fields"]] == [query.partition("=")[0]]


@pytest.mark.parametrize("body", [{"a": 2**70}, {"a": {"b": "\0"}}, {"a": 1}])
async def test_free_json_is_kept_only_if_the_database_can(house: House, body: dict[str, object]) -> None:
    number, aoi = await house.ticket(), await house.at_work()
    answer = await aoi.api("PUT", f"/tickets/{number}/drafts/reply", {"body": body})
    assert answer.status == (200 if body == {"a": 1} else 422), answer.text


async def test_a_method_that_an_address_does_not_take_is_named_with_those_it_does(small_house: House) -> None:
    aoi = await small_house.at_work()
    answer = await aoi.api("PUT", "/tickets")
    assert answer.status == 405 and set(answer.headers["Allow"].split(",")) == {"GET", "POST"}
    assert answer.json["code"] == "method_not_allowed"


async def test_something_unexpected_is_told_by_a_reference_alone(
    small_house: House, caplog: pytest.LogCaptureFixture
) -> None:
    aoi = await small_house.at_work()
    await small_house.database.write(lambda tx: tx.run("DROP TABLE tag"))
    answer = await aoi.api("GET", "/tags")
    assert answer.status in (500, 503)
    if answer.status == 500:
        assert answer.json["reference"] in caplog.text
        assert "tag" not in answer.json["title"]


async def test_every_answer_keeps_browsers_careful(small_house: House) -> None:
    aoi = await small_house.at_work()
    page = await aoi.page("/account")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    for answer in (page, await aoi.api("GET", "/me"), await aoi.page("/nowhere")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"


async def test_whoever_asks_too_often_is_told_when_again(engine: Engine, tmp_path: Path) -> None:
    async with open_house(engine, tmp_path, requests_per_minute=5) as house:
        house.hold_limits()
        aoi, bea = await house.at_work(), await house.at_work("Bea")
        answers = [await aoi.api("GET", "/me") for _ in range(6)]
        assert [answer.status for answer in answers] == [200] * 5 + [429]
        assert [answer.headers["RateLimit"].split(";")[1] for answer in answers] == [
            "r=4",
            "r=3",
            "r=2",
            "r=1",
            "r=0",
            "r=0",
        ]
        assert answers[0].headers["RateLimit-Policy"] == '"api";q=5;w=60'
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 12
        assert answers[-1].json["code"] == "too_many"
        assert (await bea.api("GET", "/me")).status == 200


def test_a_bucket_fills_up_again_as_time_goes_by() -> None:
    now = [0.0]
    buckets, policy = Buckets(lambda: now[0]), Policy("p", 3, 30.0)
    assert [buckets.take(policy, "a").remaining for _ in range(3)] == [2, 1, 0]
    assert buckets.take(policy, "a").after == pytest.approx(10.0)
    now[0] = 10.0
    assert buckets.take(policy, "a").after == 0.0
    assert buckets.take(policy, "a").after == pytest.approx(10.0)
    now[0] = 1000.0
    assert buckets.take(policy, "a").remaining == 2


def test_buckets_take_bounded_room() -> None:
    buckets = Buckets(lambda: 0.0, most=100)
    for number in range(1000):
        buckets.take(Policy("p", 3, 30.0), str(number))
    assert len(buckets._full_at) == 100


async def test_the_access_log_holds_no_secret(small_house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    browser = small_house.stranger()
    await browser.page("/sign-in/link/very-secret-link")
    await browser.api("GET", "/files/1/x?key=very-secret-key")
    assert "/sign-in/link/{secret}" in caplog.text and "/api/v1/files/1/x" in caplog.text
    assert "very-secret" not in caplog.text
