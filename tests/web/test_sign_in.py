"""Signing in and out, over real sockets."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from server import agents
from server.agents import DESK, AgentChanges, sessions
from server.database import Engine
from server.web.sign_in import PER_ACCOUNT, PER_ADDRESS
from tests.web.house import PASSWORD, House, open_house


async def test_an_agent_signs_in_by_the_api_and_out_again(house: House) -> None:
    aoi, browser = await house.hire(), house.stranger()
    assert (await browser.api("GET", "/me")).status == 401
    signed_in = await browser.api("POST", "/session", {"email": "AOI@shop.example", "password": PASSWORD})
    assert signed_in.status == 200 and signed_in.json["id"] == aoi.id
    assert "HttpOnly" in signed_in.headers["Set-Cookie"] and "SameSite=Lax" in signed_in.headers["Set-Cookie"]
    assert (await browser.api("GET", "/me")).json["email"] == aoi.email
    assert (await browser.api("DELETE", "/session")).status == 204
    assert (await browser.api("GET", "/me")).status == 401


async def test_the_page_leads_back_to_where_somebody_wanted_to_go(house: House) -> None:
    await house.hire()
    browser = house.stranger()
    away = await browser.page("/console/tickets?x=1")
    assert (away.status, away.headers["Location"]) == (303, "/sign-in?next=/console/tickets?x%3D1")
    form = {"email": "aoi@shop.example", "password": PASSWORD, "next": "/console/tickets?x=1"}
    back = await browser.page("/sign-in", form)
    assert (back.status, back.headers["Location"]) == (303, "/console/tickets?x=1")
    assert (await browser.page("/console")).status == 200
    out = await browser.page("/sign-out", {})
    assert (out.status, out.headers["Location"]) == (303, "/sign-in")
    assert (await browser.page("/console")).status == 303


@pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_nobody_is_led_to_another_site(small_house: House, onward: str) -> None:
    await small_house.hire()
    form = {"email": "aoi@shop.example", "password": PASSWORD, "next": onward}
    assert (await small_house.stranger().page("/sign-in", form)).headers["Location"] == "/console"


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer_in_the_same_time(
    small_house: House,
) -> None:
    await small_house.hire()
    browser = small_house.stranger()
    answers: dict[str, set[tuple[int, bytes]]] = {}
    times: dict[str, list[float]] = {}
    for email in ("aoi@shop.example", "nobody@shop.example") * 8:
        began = time.process_time()  # of the desk, which is in this process, whatever else the machine does
        answer = await browser.api("POST", "/session", {"email": email, "password": "wrong horse"})
        times.setdefault(email, []).append(time.process_time() - began)
        answers.setdefault(email, set()).add((answer.status, answer.body))
    known, unknown = times.values()
    assert len(set.union(*answers.values())) == 1
    assert 0.5 < min(known) / min(unknown) < 2


async def test_guessing_is_slowed_down_per_account_wherever_it_comes_from(engine: Engine, tmp_path: Path) -> None:
    async with open_house(engine, tmp_path, proxies=1) as house:
        await house.hire()
        house.hold_limits()
        browser, guess = house.stranger(), {"email": "aoi@shop.example", "password": "wrong horse"}
        for attempt in range(PER_ACCOUNT.quota):
            headers = {"X-Forwarded-For": f"198.51.100.{attempt}"}
            assert (await browser.api("POST", "/session", guess, headers=headers)).status == 401
        refused = await browser.api("POST", "/session", guess, headers={"X-Forwarded-For": "198.51.100.99"})
        assert refused.status == 429
        assert 0 < int(refused.headers["Retry-After"]) <= PER_ACCOUNT.window
        other = {"email": "bea@shop.example", "password": "wrong horse"}
        assert (await browser.api("POST", "/session", other)).status == 401


async def test_guessing_is_slowed_down_per_address_whoever_is_guessed(small_house: House) -> None:
    small_house.hold_limits()
    browser = small_house.stranger()
    guesses = ({"email": f"{n}@x.example", "password": "x"} for n in range(PER_ADDRESS.quota + 1))
    # All at once: on a slow machine one after the other takes so long that one more is allowed.
    answers = await asyncio.gather(*(browser.api("POST", "/session", guess) for guess in guesses))
    assert sorted(answer.status for answer in answers) == [401] * PER_ADDRESS.quota + [429]


async def test_a_session_changes_its_secret_at_sign_in(house: House) -> None:
    browser = await house.sign_in(await house.hire())
    before = browser.cookie
    assert (await browser.api("GET", "/me")).status == 200
    await browser.api("POST", "/session", {"email": "aoi@shop.example", "password": PASSWORD})
    assert browser.cookie != before
    old = house.stranger()
    assert (await old.api("GET", "/me", headers={"Cookie": f"madoguchi_session={before}"})).status == 401


async def test_a_deactivated_agent_is_out_from_the_next_request_on(house: House) -> None:
    boss, aoi = await house.at_work("Boss", "admin"), await house.at_work()
    assert (await aoi.api("GET", "/me")).status == 200
    assert aoi.agent is not None
    assert (await boss.api("PATCH", f"/agents/{aoi.agent.id}", {"active": False})).status == 200
    assert (await aoi.api("GET", "/me")).status == 401


async def test_signing_out_everywhere_ends_every_browser(house: House) -> None:
    agent = await house.hire()
    one, two = await house.sign_in(agent), await house.sign_in(agent)
    assert len((await one.api("GET", "/me/sessions")).json) == 2
    assert (await one.api("DELETE", "/me/sessions")).status == 204
    assert [(await each.api("GET", "/me")).status for each in (one, two)] == [401, 401]


async def test_one_browser_is_signed_out_from_another(house: House) -> None:
    agent = await house.hire()
    one, two = await house.sign_in(agent), await house.sign_in(agent)
    (other,) = [each for each in (await one.api("GET", "/me/sessions")).json if not each["current"]]
    assert (await one.api("DELETE", f"/me/sessions/{other['id']}")).status == 204
    assert [(await each.api("GET", "/me")).status for each in (one, two)] == [200, 401]


async def test_a_new_password_ends_the_other_browsers_and_needs_the_present_one(house: House) -> None:
    agent = await house.hire()
    one, two = await house.sign_in(agent), await house.sign_in(agent)
    wrong = await one.api("PUT", "/me/password?lang=en", {"current": "no", "password": "a new password"})
    assert (wrong.status, wrong.json["fields"]) == (422, {"current": "is not your present password"})
    assert (await one.api("PUT", "/me/password", {"current": PASSWORD, "password": "a new password"})).status == 204
    assert [(await each.api("GET", "/me")).status for each in (one, two)] == [200, 401]
    again = {"email": agent.email, "password": "a new password"}
    assert (await house.stranger().api("POST", "/session", again)).status == 200


async def test_a_link_needs_a_click_and_works_once(house: House) -> None:
    agent, browser = await house.hire(), house.stranger()
    link = await house.database.write(sessions.make_link, DESK, agent.id)
    for _ in range(2):
        assert (await browser.page(f"/sign-in/link/{link}")).status == 200  # as a mail scanner would
    used = await browser.page(f"/sign-in/link/{link}", {})
    assert (used.status, used.headers["Location"]) == (303, "/console")
    assert (await browser.api("GET", "/me")).json["id"] == agent.id
    assert (await house.stranger().page(f"/sign-in/link/{link}", {})).status == 401


async def test_the_demos_links_sign_in_by_themselves(engine: Engine, tmp_path: Path) -> None:
    async with open_house(engine, tmp_path, demo=True) as house:
        agent, browser = await house.hire(), house.stranger()
        link = await house.database.write(sessions.make_link, DESK, agent.id)
        assert (await browser.page(f"/sign-in/link/{link}")).status == 303
        assert (await browser.api("GET", "/me")).json["id"] == agent.id


async def test_over_https_the_cookie_is_bound_to_the_host(engine: Engine, tmp_path: Path) -> None:
    async with open_house(engine, tmp_path, public_url="https://desk.example") as house:
        await house.hire()
        answer = await house.stranger().api("POST", "/session", {"email": "aoi@shop.example", "password": PASSWORD})
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-madoguchi=") and "Secure" in cookie and "Path=/" in cookie
        assert "Domain" not in cookie
        assert "max-age" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_another_site_cannot_act_for_whoever_is_signed_in(small_house: House, headers: dict[str, str]) -> None:
    aoi = await small_house.at_work()
    refused = await aoi.api("PATCH", "/me", {"name": "Eve"}, headers=headers)
    assert refused.status == 403
    assert (await aoi.api("GET", "/me")).json["name"] == "Aoi"
    form = {"email": "aoi@shop.example", "password": PASSWORD}
    assert (await small_house.stranger().api("POST", "/session", form, headers=headers)).status == 403


async def test_our_own_pages_and_programs_may(small_house: House) -> None:
    aoi = await small_house.at_work()
    for headers in (
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://desk.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": small_house.base},
        {},
    ):
        assert (await aoi.api("PATCH", "/me", {"signature": "青井"}, headers=headers)).status == 200


async def test_the_account_page_keeps_name_and_makes_and_revokes_tokens(house: House) -> None:
    aoi = await house.at_work()
    shown = await aoi.page("/account")
    assert shown.status == 200 and "aoi@shop.example" in shown.text
    saved = await aoi.page("/account", {"name": "青井", "language": "en", "signature": "窓口\r\n青井"})
    assert saved.status == 303
    me = (await aoi.api("GET", "/me")).json
    assert (me["name"], me["language"], me["signature"]) == ("青井", "en", "窓口\n青井")
    made = await aoi.page("/account/tokens", {"name": "import", "scope": "read"})
    (token,) = (await aoi.api("GET", "/tokens")).json
    assert made.status == 200 and "mdg_" in made.text and token["scopes"] == ["read"]
    assert (await aoi.page(f"/account/tokens/{token['id']}", {})).status == 303
    assert (await aoi.api("GET", "/tokens")).json == []


async def test_the_account_page_says_beside_the_field_what_is_wrong(small_house: House) -> None:
    aoi = await small_house.at_work()
    wrong = await aoi.page("/account/password", {"current": PASSWORD, "password": "long enough", "again": "other"})
    assert wrong.status == 422 and 'id="again-wrong"' in wrong.text
    nameless = await aoi.page("/account", {"name": " ", "language": "ja", "signature": ""})
    assert nameless.status == 422 and 'id="name-wrong"' in nameless.text


async def test_a_role_changed_by_an_admin_holds_at_once(house: House) -> None:
    boss = await house.hire("Boss", "admin")
    aoi = await house.at_work()
    assert aoi.agent is not None
    assert (await aoi.api("POST", "/teams", {"name": "返品"})).status == 403
    await house.database.write(agents.edit, boss, aoi.agent.id, AgentChanges(role="lead"))
    assert (await aoi.api("POST", "/teams", {"name": "返品"})).status == 201


async def test_a_token_does_what_its_scopes_allow(house: House) -> None:
    agent = await house.hire("Boss", "admin")
    reader, writer = await house.program(agent, "read"), await house.program(agent, "write")
    assert (await reader.api("GET", "/tickets")).status == 200
    assert (await reader.api("PATCH", "/me", {"name": "X"})).status == 403
    assert (await writer.api("PATCH", "/me", {"name": "X"})).status == 200
    assert (await writer.api("GET", "/accounts")).status == 403
    escalated = await writer.api("POST", "/tokens", {"name": "more", "scopes": ["admin"]})
    assert escalated.status == 403
    (used, *_) = await house.database.read(agents.tokens.mine, agent)
    assert used.scopes == ["write"]


async def test_an_unknown_token_is_unauthenticated_and_slowed_down(small_house: House) -> None:
    small_house.hold_limits()
    browser = small_house.stranger()
    browser.headers = {"Authorization": "Bearer mdg_nobody"}
    answer = await browser.api("GET", "/tickets")
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    statuses = {(await browser.api("GET", "/tickets")).status for _ in range(70)}
    assert statuses == {401, 429}


async def test_how_a_console_stands_is_its_agents_own_and_not_without_bounds(house: House) -> None:
    aoi, bea = await house.at_work(), await house.at_work("Bea")
    assert (await aoi.api("GET", "/me/desk")).json == {"body": {}}
    for numbers in ([1], [1, 2]):
        body = {"body": {"tickets": numbers}}
        assert (await aoi.api("PUT", "/me/desk", body)).json == body
    assert (await aoi.api("GET", "/me/desk")).json == {"body": {"tickets": [1, 2]}}
    assert (await bea.api("GET", "/me/desk")).json == {"body": {}}
    assert (await aoi.api("PUT", "/me/desk", {"body": {"x": "あ" * 22_000}})).status == 422
    heard = [(await agent.api("GET", "/changes?after=0")).json["items"][-1] for agent in (aoi, bea)]
    assert (heard[0]["data"]["what"], heard[1]["kind"]) == ("console", "hidden")
