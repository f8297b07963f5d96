"""The same POST twice has one effect, on both databases."""

from __future__ import annotations

import asyncio

from server.web import idempotency
from tests.web.house import House

KEY = {"Idempotency-Key": "5f1c"}


async def test_the_same_request_gets_the_same_answer_and_happens_once(house: House) -> None:
    number, aoi = await house.ticket(), await house.at_work()
    note = {"text": "電話しました"}
    first = await aoi.api("POST", f"/tickets/{number}/notes", note, headers=KEY)
    again = await aoi.api("POST", f"/tickets/{number}/notes", note, headers=KEY)
    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    assert again.headers["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first.headers
    assert len((await aoi.api("GET", f"/tickets/{number}/messages")).json["items"]) == 2


async def test_another_request_under_the_same_key_is_refused(house: House) -> None:
    number, aoi = await house.ticket(), await house.at_work()
    await aoi.api("POST", f"/tickets/{number}/notes", {"text": "a"}, headers=KEY)
    other = await aoi.api("POST", f"/tickets/{number}/notes", {"text": "b"}, headers=KEY)
    assert other.status == 422
    assert len((await aoi.api("GET", f"/tickets/{number}/messages")).json["items"]) == 2


async def test_the_same_key_of_somebody_else_is_another_key(house: House) -> None:
    number, aoi, bea = await house.ticket(), await house.at_work(), await house.at_work("Bea")
    for agent in (aoi, bea):
        assert (await agent.api("POST", f"/tickets/{number}/notes", {"text": "a"}, headers=KEY)).status == 201
    assert len((await aoi.api("GET", f"/tickets/{number}/messages")).json["items"]) == 3


async def test_a_refused_request_is_put_right_under_its_key(house: House) -> None:
    number, aoi = await house.ticket(), await house.at_work()
    wrong = await aoi.api("POST", f"/tickets/{number}/notes", {"text": " "}, headers=KEY)
    right = await aoi.api("POST", f"/tickets/{number}/notes", {"text": "a"}, headers=KEY)
    assert (wrong.status, right.status) == (422, 201)


async def test_many_at_once_happen_once(house: House) -> None:
    number, aoi = await house.ticket(), await house.at_work()
    asked = [aoi.api("POST", f"/tickets/{number}/notes", {"text": "a"}, headers=KEY) for _ in range(10)]
    answers = await asyncio.gather(*asked)
    assert {answer.status for answer in answers} <= {201, 409}
    assert 201 in {answer.status for answer in answers}
    assert len((await aoi.api("GET", f"/tickets/{number}/messages")).json["items"]) == 2


async def test_what_answers_nothing_is_remembered_too(house: House) -> None:
    number, aoi = await house.ticket(), await house.at_work()
    reply = await aoi.api("POST", f"/tickets/{number}/replies", {"text": "お待ちください", "seen": 1})
    letter = reply.json["letter"]["id"]
    answers = [await aoi.api("POST", f"/letters/{letter}/recall", headers=KEY) for _ in range(2)]
    assert [answer.status for answer in answers] == [204, 204]
    assert "Idempotency-Replayed" in answers[1].headers


async def test_an_upload_is_remembered_too(house: House) -> None:
    aoi = await house.at_work()
    headers = {**KEY, "Content-Type": "image/png"}
    answers = [await aoi.api("POST", "/files?filename=a.png", b"picture", headers=headers) for _ in range(2)]
    assert answers[0].json == answers[1].json
    assert await house.database.read(lambda tx: tx.value("SELECT count(*) FROM attachment")) == 1


async def test_answers_are_forgotten_after_a_day(house: House) -> None:
    number, aoi = await house.ticket(), await house.at_work()
    await aoi.api("POST", f"/tickets/{number}/notes", {"text": "a"}, headers=KEY)
    await house.database.write(
        lambda tx: tx.run("UPDATE remembered_answer SET created_at = :at", at=tx.now - idempotency.KEPT)
    )
    again = await aoi.api("POST", f"/tickets/{number}/notes", {"text": "a"}, headers=KEY)
    assert again.status == 201 and "Idempotency-Replayed" not in again.headers
    await house.database.write(
        lambda tx: tx.run("UPDATE remembered_answer SET created_at = :at", at=tx.now - idempotency.KEPT)
    )
    await house.database.write(idempotency.sweep)
    assert await house.database.read(lambda tx: tx.value("SELECT count(*) FROM remembered_answer")) == 0


async def test_a_key_that_cannot_be_kept_is_refused(small_house: House) -> None:
    aoi = await small_house.at_work("Lead", "lead")
    for key in ("", "x" * 201):
        assert (await aoi.api("POST", "/tags", {"name": "a"}, headers={"Idempotency-Key": key})).status == 422
