"""Sign-in with tokens: one refresh serves IMAP and SMTP, rotated refresh tokens are kept, failures say what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from channels.contract import TryLater
from tests.channels.desk import FakeDesk, until
from tests.channels.email.imap_server import USER, imap_server
from tests.channels.email.network import MailServer, letter, mail_server, running, serving
from tests.channels.email.test_mailbox import fetched, mail


@dataclass
class Provider:
    """A token endpoint: `requests` are the forms it got, `answers` what it says, one by one, then the last for ever."""

    url: str = ""
    requests: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    async def token(self, request: web.Request) -> web.Response:
        self.requests.append({name: str(value) for name, value in (await request.post()).items()})
        status, answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.json_response(answer, status=status)


@asynccontextmanager
async def provider(*answers: tuple[int, dict[str, Any]]) -> AsyncIterator[Provider]:
    script = Provider(answers=list(answers))
    app = web.Application()
    app.router.add_post("/token", script.token)
    async with serving(app) as url:
        script.url = url + "/token"
        yield script


def by_token(server: Any, script: Provider, **settings: Any) -> Any:
    return fetched(
        server,
        **{
            "imap_password": "",
            "oauth_provider": "microsoft",
            "oauth_client_id": "desk",
            "oauth_client_secret": "s3",
            "oauth_refresh_token": "first",
            "oauth_token_url": script.url,
            **settings,
        },
    )


async def test_one_token_serves_the_way_in_and_the_way_out() -> None:
    script = MailServer(xoauth2={USER: "abc"})
    async with (
        provider((200, {"access_token": "abc", "expires_in": 3600})) as tokens,
        imap_server() as server,
        mail_server(script) as relay,
    ):
        server.tokens.add("abc")
        await server.append(mail(1))
        where = by_token(
            server, tokens, smtp_host="127.0.0.1", smtp_port=relay.port, smtp_security="none", smtp_user=USER
        )
        desk = FakeDesk(where)
        async with running(desk, pause=0.02) as here:
            await until(lambda: len(desk.arrivals) == 1)
            await here.channel.deliver(letter(where))
    assert relay.got[0].user == USER
    (asked,) = tokens.requests
    assert asked["grant_type"] == "refresh_token"
    assert asked["refresh_token"] == "first"
    assert asked["client_id"] == "desk"
    assert "IMAP.AccessAsUser.All" in asked["scope"]


async def test_a_token_that_the_server_no_longer_takes_is_replaced() -> None:
    old, new = (200, {"access_token": "old", "expires_in": 3600}), (200, {"access_token": "new", "expires_in": 3600})
    async with provider(old, new) as tokens, imap_server() as server:
        server.tokens.add("new")
        await server.append(mail(1))
        desk = FakeDesk(by_token(server, tokens))
        async with running(desk, pause=0.005):
            await until(lambda: len(desk.arrivals) == 1)
    assert len(tokens.requests) == 2


async def test_a_refresh_token_that_was_exchanged_is_kept_sealed_until_the_admin_enters_another() -> None:
    answer = {"access_token": "abc", "expires_in": 1, "refresh_token": "second"}
    async with provider((200, answer)) as tokens, imap_server() as server:
        server.tokens.add("abc")
        where = by_token(server, tokens)
        desk = FakeDesk(where)
        for _ in range(2):
            async with running(desk, pause=0.02):
                await until(lambda: (health := desk.health(where)) and health.ok)
            desk.reports.clear()
        assert [asked["refresh_token"] for asked in tokens.requests] == ["first", "second"]
        assert "second" not in str(desk._memory)
        again = by_token(server, tokens, oauth_refresh_token="third")
        desk.set_accounts(again)
        async with running(desk, pause=0.02):
            await until(lambda: (health := desk.health(again)) and health.ok)
        assert tokens.requests[-1]["refresh_token"] == "third"


async def test_a_lost_sign_in_says_what_to_do_and_letters_wait() -> None:
    lost = (400, {"error": "invalid_grant", "error_description": "AADSTS70008: expired"})
    async with provider(lost) as tokens, imap_server() as server, mail_server() as relay:
        where = by_token(server, tokens, smtp_host="127.0.0.1", smtp_port=relay.port, smtp_security="none")
        desk = FakeDesk(where)
        async with running(desk, pause=0.02) as here:
            await until(lambda: desk.health(where))
            health = desk.health(where)
            assert health is not None
            assert "Sign in again" in health.words and "AADSTS70008" in health.words
            with pytest.raises(TryLater, match="Sign in again"):
                await here.channel.deliver(letter(where))
            (check,) = await here.channel.test(where)
            assert not check.ok
            assert "refresh token" in check.words


async def test_a_token_that_the_relay_no_longer_takes_is_replaced_for_the_next_try() -> None:
    old, new = (200, {"access_token": "old", "expires_in": 3600}), (200, {"access_token": "new", "expires_in": 3600})
    async with provider(old, new) as tokens, mail_server(MailServer(xoauth2={USER: "new"})) as relay:
        server = type("Nowhere", (), {"port": 1})()
        where = by_token(
            server, tokens, incoming="none", smtp_host="127.0.0.1", smtp_port=relay.port, smtp_security="none",
            smtp_user=USER,
        )  # fmt: skip
        async with running(FakeDesk(where)) as here:
            with pytest.raises(TryLater, match="sign-in"):
                await here.channel.deliver(letter(where))
            await here.channel.deliver(letter(where))
    assert len(relay.got) == 1


@pytest.mark.parametrize("answer", [(500, {}), (200, {"nothing": 1}), (401, {"error": "invalid_client"})])
async def test_a_provider_in_trouble_means_later(answer: tuple[int, dict[str, Any]]) -> None:
    async with provider(answer) as tokens, mail_server() as relay:
        server = type("Nowhere", (), {"port": 1})()
        where = by_token(
            server, tokens, incoming="none", smtp_host="127.0.0.1", smtp_port=relay.port, smtp_security="none"
        )
        async with running(FakeDesk(where)) as here:
            with pytest.raises(TryLater):
                await here.channel.deliver(letter(where))
