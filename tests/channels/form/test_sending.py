"""What becomes of a submission: once and only once, kept when the day is bad, and never by a program."""

from __future__ import annotations

import asyncio
import io
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.form import FormChannel, doors
from channels.form.definition import HONEYPOT
from tests.channels.desk import until
from tests.channels.form.conftest import GOOD, SITE, Counter, Desk, account


async def token(counter: Counter) -> str:
    """The id of a freshly shown page."""
    _, page = await counter.get()
    found = re.search(r'name="_submission" value="([^"]+)"', page)
    assert found
    return found[1]


def ticket(location: str) -> str:
    """The number on the thank-you page."""
    return parse_qs(urlsplit(location).query)["n"][0]


async def test_a_double_click_is_one_message_and_both_see_the_same_number(counter: Counter) -> None:
    sent = {**GOOD, "_submission": await token(counter)}
    answers = await asyncio.gather(*(counter.post(sent) for _ in range(5)))
    assert {ticket(answer.headers["Location"]) for answer in answers} == {"1"}
    assert len(counter.desk.arrivals) == 1


async def test_the_same_words_in_another_wrapping_are_still_the_same_message(counter: Counter) -> None:
    sent = {**GOOD, "_submission": await token(counter)}
    await counter.post(sent)
    form = aiohttp.FormData(default_to_multipart=True)
    for name, value in sent.items():
        form.add_field(name, value)
    await counter.post(form)
    assert (len(counter.desk.arrivals), counter.desk.repeats) == (1, 1)


async def test_going_back_and_changing_a_word_is_a_second_message_of_the_same_conversation(counter: Counter) -> None:
    sent = {**GOOD, "_submission": await token(counter)}
    await counter.post(sent)
    await counter.post({**sent, "message": "届きました。"})
    first, second = counter.message(0), counter.message(1)
    assert first.conversation == second.conversation is not None
    assert second.text.startswith("届きました。")


async def test_a_page_copied_into_a_site_does_not_join_its_visitors(counter: Counter) -> None:
    sent = {**GOOD, "_submission": await token(counter)}
    await counter.post(sent)
    await counter.post({**sent, "email": "hanako@shop.example"})
    assert counter.message(0).conversation != counter.message(1).conversation


async def test_a_plain_form_of_any_site_is_taken_and_its_double_click_is_one(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "REPEAT_SECONDS", 10**12)  # no ten minutes end between the two
    await counter.post(GOOD, Origin="https://any.example")
    await counter.post(GOOD, Origin="https://any.example")
    await counter.post({**GOOD, "message": "別件です。"})
    assert [counter.message(n).text[:4] for n in range(len(counter.desk.arrivals))] == ["まだ届き", "別件です"]
    assert counter.message().conversation is None


async def test_a_plain_form_goes_on_to_its_own_thank_you_page_on_allowed_sites_only(counter: Counter) -> None:
    answer = await counter.post({**GOOD, "_next": f"{SITE}/thanks?a=b"})
    assert answer.headers["Location"] == f"{SITE}/thanks?a=b"
    for bad in ("https://evil.example/", f"{SITE}@evil.example/", "//evil.example", "javascript:alert(1)", "\r\nX: y"):
        answer = await counter.post({**GOOD, "message": bad, "_next": bad})
        assert answer.headers["Location"].startswith("/forms/contact/thanks?")


async def test_when_the_desk_cannot_take_it_the_words_are_kept_and_sending_again_works(counter: Counter) -> None:
    sent = {**GOOD, "_submission": await token(counter)}
    counter.desk.fail(RuntimeError("database is locked"))
    answer = await counter.post(sent)
    assert answer.status == 503
    assert answer.value("name") == GOOD["name"]
    assert "database" not in answer.text
    assert answer.value("_submission") == sent["_submission"]
    assert (await counter.post(sent)).status == 303


async def test_a_full_disk_keeps_the_words_and_says_to_come_again(counter: Counter) -> None:
    counter.desk.disk_free = 3000
    form = aiohttp.FormData()
    for name, value in GOOD.items():
        form.add_field(name, value)
    form.add_field("photos", b"x" * 200_000, filename="a.png", content_type="image/png")
    answer = await counter.post(form)
    assert answer.status == 503
    assert counter.desk.arrivals == []


async def test_the_hidden_field_filled_in_asks_to_send_once_more(counter: Counter) -> None:
    answer = await counter.post({**GOOD, HONEYPOT: "https://pills.example"})
    assert answer.status == 422
    assert "もう一度" in answer.text
    assert answer.value("name") == GOOD["name"]
    assert answer.value(HONEYPOT) == ""
    assert counter.desk.arrivals == []


async def test_a_page_sent_faster_than_anyone_writes_asks_to_send_once_more(counter: Counter) -> None:
    counter.desk.set_accounts(account(min_seconds=60))
    answer = await counter.post({**GOOD, "_submission": await token(counter)})
    assert answer.status == 422
    assert counter.desk.arrivals == []
    assert (await counter.post(GOOD)).status == 303, "a site's own form knows no such time"


@pytest.mark.parametrize("forged", ["x", "1.2.3", "9999999999-0.a.b", "..", "\x00", "1e999.a.b", "あ.い.う"])
async def test_a_forged_page_id_is_as_good_as_none(counter: Counter, forged: str) -> None:
    assert (await counter.post({**GOOD, "_submission": forged})).status == 303
    assert counter.message().conversation is None


async def test_too_many_from_one_address_are_told_so_and_keep_their_words(counter: Counter) -> None:
    counter.desk.set_accounts(account(rate={"limit": 2, "seconds": 600}))
    for number in range(2):
        assert (await counter.post({**GOOD, "message": f"{number}"})).status == 303
    answer = await counter.post({**GOOD, "message": "三通目"})
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) > 500
    assert "約10分後" in answer.text
    assert "三通目</textarea>" in answer.text


async def test_a_flood_is_refused_before_its_bodies_are_received(counter: Counter) -> None:
    counter.desk.set_accounts(account(rate={"limit": 1, "seconds": 600}))
    statuses = [(await counter.post({**GOOD, "email": ""})).status for _ in range(8)]
    assert statuses == [422] * 6 + [429] * 2


async def test_behind_a_proxy_each_visitor_has_a_limit_of_their_own() -> None:
    desk, app = Desk(account(rate={"limit": 1, "seconds": 600})), web.Application()
    FormChannel(client_address=lambda request: request.headers["X-Forwarded-For"]).attach(app, desk)
    async with TestServer(app) as server, aiohttp.ClientSession() as client:
        counter = Counter(desk, FormChannel(), str(server.make_url("")).rstrip("/"), client)
        statuses = [
            (await counter.post({**GOOD, "message": f"{number}"}, **{"X-Forwarded-For": f"10.0.0.{number % 2}"})).status
            for number in range(4)
        ]
    assert statuses == [303, 303, 429, 429]
    assert {arrival.envelope["remote"] for arrival in desk.arrivals} == {"10.0.0.0", "10.0.0.1"}


class Provider:
    """A captcha's verify address that takes each answer once, as the real ones do."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.broken = False

    async def verify(self, request: web.Request) -> web.Response:
        """The provider's answer."""
        question = dict(await request.post())
        self.asked.append(question)
        if self.broken:
            return web.Response(status=502)
        used = [one["response"] for one in self.asked].count(question["response"]) > 1
        return web.json_response({"success": question["response"] == "human" and not used})


async def test_a_captcha_lets_people_through_once_and_for_a_double_click(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "REPEAT_SECONDS", 10**12)  # no ten minutes end between the two
    provider, app = Provider(), web.Application()
    app.router.add_post("/verify", provider.verify)
    async with TestServer(app) as server:
        captcha = {"provider": "turnstile", "sitekey": "k", "verify_url": str(server.make_url("/verify"))}
        counter.desk.set_accounts(account(captcha=captcha))
        assert 'data-sitekey="k"' in (await counter.get())[1]
        for wrong in ({}, {"cf-turnstile-response": "robot"}):
            assert (await counter.post({**GOOD, **wrong})).status == 422
        for _ in range(2):
            assert (await counter.post({**GOOD, "cf-turnstile-response": "human"})).status == 303
        assert provider.asked[-1]["secret"] == "s3cret"
        assert len(counter.desk.arrivals) == 1
        provider.broken = True
        answer = await counter.post({**GOOD, "message": "もう一通", "cf-turnstile-response": "other"})
        assert answer.status == 303, "a provider's bad day costs no message"
        assert counter.message().marks == ("captcha-unreachable",)


async def test_an_upload_cut_in_the_middle_leaves_nothing_behind(counter: Counter) -> None:
    parts = urlsplit(counter.address)
    assert parts.hostname and parts.port
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(
        b"POST /forms/contact HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: form-data; na"
    )
    await writer.drain()
    await until(lambda: counter.desk.spools_open == 1)
    writer.close()
    await writer.wait_closed()
    await until(lambda: counter.desk.spools_open == 0)
    assert await reader.read() == b""
    assert counter.desk.arrivals == []


async def test_more_than_the_form_takes_is_refused_and_the_words_before_it_are_kept(counter: Counter) -> None:
    fields = [
        {"name": "message", "type": "textarea", "label": "内容", "role": "body"},
        {"name": "photo", "type": "file", "label": "写真", "max_bytes": 1000},
    ]
    counter.desk.set_accounts(account(fields=fields))
    form = aiohttp.FormData()
    form.add_field("message", "壊れていました。")
    form.add_field("photo", io.BytesIO(b"x" * 3_000_000), filename="a.png", content_type="image/png")
    answer = await counter.post(form)
    assert answer.status == 413
    assert "大きすぎます" in answer.error("photo")
    assert "壊れていました。</textarea>" in answer.text
    assert counter.desk.arrivals == []
