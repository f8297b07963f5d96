"""Channel access tokens of the simulated LINE: given out, verified, expired, revoked, limited."""

from __future__ import annotations

import base64
import json
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from linebot.v3.messaging import ApiException
from linebot.v3.oauth import ApiException as OAuthException

from tests.channels.line.bot import CHANNEL, SECRET, Bot

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def encoded(data: bytes) -> str:
    """Base64 for URLs without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def assertion(bot: Bot, kid: str, key: rsa.RSAPrivateKey = KEY, alg: str = "RS256", **claims: Any) -> str:
    """A signed assertion; `claims` change what it says."""
    now = int(bot.clock().timestamp())
    said = {"iss": CHANNEL, "sub": CHANNEL, "aud": "https://api.line.me/", "exp": now + 1800, "token_exp": 86400}
    head = encoded(json.dumps({"alg": alg, "typ": "JWT", "kid": kid}).encode())
    body = encoded(json.dumps(said | claims).encode())
    signature = key.sign(f"{head}.{body}".encode(), padding.PKCS1v15(), SHA256())
    return f"{head}.{body}.{encoded(signature)}"


def error(failed: pytest.ExceptionInfo[OAuthException]) -> tuple[int, dict[str, str]]:
    """The status and the body of a refusal."""
    return failed.value.status, json.loads(failed.value.body)


async def works(bot: Bot, token: str) -> bool:
    """Whether the Messaging API takes a token."""
    try:
        await bot.with_token(token).get_bot_info()
    except ApiException as failed:
        assert failed.status == 401
        return False
    return True


async def test_an_assertion_buys_a_token_for_as_long_as_it_asks(bot: Bot) -> None:
    kid = bot.line.tokens.register_key(KEY.public_key())
    given = await bot.oauth.issue_channel_token_by_jwt(
        grant_type="client_credentials", client_assertion_type=ASSERTION, client_assertion=assertion(bot, kid)
    )
    assert (given.expires_in, given.token_type) == (86400, "Bearer")
    assert await works(bot, given.access_token)
    said = await bot.oauth.verify_channel_token_by_jwt(access_token=given.access_token)
    assert (said.client_id, said.expires_in) == (CHANNEL, 86400)
    kids = await bot.oauth.gets_all_valid_channel_access_token_key_ids(ASSERTION, assertion(bot, kid))
    assert kids.kids == [given.key_id]
    bot.clock.pass_(days=1)
    assert not await works(bot, given.access_token)
    with pytest.raises(OAuthException) as failed:
        await bot.oauth.verify_channel_token_by_jwt(access_token=given.access_token)
    assert error(failed) == (400, {"error": "invalid_request", "error_description": "access token expired"})
    kids = await bot.oauth.gets_all_valid_channel_access_token_key_ids(ASSERTION, assertion(bot, kid))
    assert kids.kids == []


async def test_a_key_can_be_registered_as_a_jwk(bot: Bot) -> None:
    numbers = KEY.public_key().public_numbers()
    jwk = {
        name: encoded(number.to_bytes((number.bit_length() + 7) // 8, "big"))
        for name, number in (("n", numbers.n), ("e", numbers.e))
    }
    kid = bot.line.tokens.register_key({"kty": "RSA", "alg": "RS256", "use": "sig", **jwk})
    given = await bot.oauth.issue_channel_token_by_jwt(
        grant_type="client_credentials", client_assertion_type=ASSERTION, client_assertion=assertion(bot, kid)
    )
    await bot.oauth.revoke_channel_token_by_jwt(
        client_id=CHANNEL, client_secret=SECRET, access_token=given.access_token
    )
    assert not await works(bot, given.access_token)


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"iss": "1"}, "Invalid iss or sub"),
        ({"aud": "https://desk.example/"}, "Invalid aud"),
        ({"exp": 0}, "Invalid exp"),
        ({"exp": 4_000_000_000}, "Invalid exp"),
        ({"token_exp": 30 * 86400 + 1}, "Invalid token_exp"),
        ({"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)}, "Invalid signature"),
        ({"alg": "HS256"}, "Invalid alg"),
    ],
)
async def test_an_assertion_that_does_not_hold_buys_nothing(bot: Bot, claims: dict[str, Any], words: str) -> None:
    kid = bot.line.tokens.register_key(KEY.public_key())
    for said, expected in (
        (assertion(bot, kid, **claims), words),
        (assertion(bot, "other"), "Invalid kid"),
        ("x", "Invalid client_assertion"),
    ):
        with pytest.raises(OAuthException) as failed:
            await bot.oauth.issue_channel_token_by_jwt(
                grant_type="client_credentials", client_assertion_type=ASSERTION, client_assertion=said
            )
        assert error(failed) == (400, {"error": "invalid_client", "error_description": expected})


async def test_thirty_tokens_and_no_more(bot: Bot) -> None:
    kid = bot.line.tokens.register_key(KEY.public_key())
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION}
    for _ in range(30):
        bot.line.tokens.by_assertion({**form, "client_assertion": assertion(bot, kid)})
    with pytest.raises(OAuthException) as failed:
        await bot.oauth.issue_channel_token_by_jwt(**form, client_assertion=assertion(bot, kid))
    assert failed.value.status == 400
    bot.clock.pass_(days=1)
    await bot.oauth.issue_channel_token_by_jwt(**form, client_assertion=assertion(bot, kid))


async def test_a_stateless_token_lives_a_quarter_of_an_hour(bot: Bot) -> None:
    kid = bot.line.tokens.register_key(KEY.public_key())
    by_secret = await bot.oauth.issue_stateless_channel_token_by_client_secret(CHANNEL, SECRET)
    by_key = await bot.oauth.issue_stateless_channel_token_by_jwt_assertion(assertion(bot, kid))
    assert by_secret.expires_in == by_key.expires_in == 900
    assert await works(bot, by_secret.access_token)
    assert await works(bot, by_key.access_token)
    bot.clock.pass_(minutes=15)
    assert not await works(bot, by_secret.access_token)


async def test_a_short_lived_token_and_its_end(bot: Bot) -> None:
    given = await bot.oauth.issue_channel_token("client_credentials", CHANNEL, SECRET)
    assert given.expires_in == 2_592_000
    assert (await bot.oauth.verify_channel_token(given.access_token)).client_id == CHANNEL
    await bot.oauth.revoke_channel_token(given.access_token)
    await bot.oauth.revoke_channel_token(given.access_token)
    assert not await works(bot, given.access_token)
    with pytest.raises(OAuthException) as failed:
        await bot.oauth.verify_channel_token(given.access_token)
    assert error(failed)[1]["error_description"] == "invalid token"


async def test_a_wrong_secret_or_grant_is_refused_in_the_words_of_oauth(bot: Bot) -> None:
    for form, said in (
        (("client_credentials", CHANNEL, "wrong"), ("invalid_client", "invalid client_secret")),
        (("client_credentials", "1", SECRET), ("invalid_client", "invalid client_id")),
        (("password", CHANNEL, SECRET), ("unsupported_grant_type", "invalid grant_type")),
    ):
        with pytest.raises(OAuthException) as failed:
            await bot.oauth.issue_channel_token(*form)
        assert error(failed) == (400, {"error": said[0], "error_description": said[1]})


async def test_the_console_gives_one_long_lived_token_at_a_time(bot: Bot) -> None:
    old = bot.line.token
    assert (await bot.oauth.verify_channel_token(old)).expires_in > 10 * 365 * 86400
    new = bot.line.tokens.issue_long_lived()
    assert await works(bot, new)
    assert not await works(bot, old)


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", "Basic dXNlcg=="])
async def test_without_a_token_that_holds_nothing_is_said(bot: Bot, header: str | None) -> None:
    headers = {"Authorization": header} if header is not None else {}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{bot.served.api_base}/v2/bot/info", headers=headers) as response,
    ):
        body = await response.json()
    assert response.status == 401
    assert body["message"].startswith("Authentication failed")
    assert body["message"].endswith("Confirm that the access token in the authorization header is valid.")
