"""An official account is set up: tokens of every kind, the test that sets the webhook, health, menus."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from PIL import Image

from channels.contract import Account, Check
from channels.line.menus import BadMenu
from channels.line.simulator import Person
from channels.line.tokens import LIVES, assertion
from tests.channels.line.house import SECRET, House


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """An assertion signing key."""
    return rsa.generate_private_key(65537, 2048)


def jwk(key: rsa.RSAPrivateKey, kid: str) -> str:
    """The private key as LINE Developers gives it."""
    private = key.private_numbers()
    public = private.public_numbers
    numbers = {
        "n": public.n, "e": public.e, "d": private.d, "p": private.p, "q": private.q,
        "dp": private.dmp1, "dq": private.dmq1, "qi": private.iqmp,
    }  # fmt: skip
    written = {
        name: base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8)).rstrip(b"=").decode()
        for name, number in numbers.items()
    }
    return json.dumps({"kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid, **written})


async def checked(house: House) -> dict[str, Check]:
    """What the test of the account says, by name."""
    return {check.name: check for check in await house.channel.test(house.account)}


async def test_the_test_sets_the_webhook_and_lets_line_try_it(house: House) -> None:
    house.line.webhooks.url = None
    house.line.quota = 5000
    checks = await checked(house)
    assert all(check.ok for check in checks.values()), checks
    assert list(checks) == ["token", "account", "webhook", "quota"]
    assert house.line.webhooks.url == f"{house.desk.public_url}/line/webhook/{house.account.id}"
    assert "まどぐち商店" in checks["account"].words
    assert "0 messages sent this month of 5000" in checks["quota"].words


async def test_a_webhook_that_is_off_and_a_wrong_secret_are_told_apart(house: House) -> None:
    house.line.webhooks.active = False
    assert "off" in (await checked(house))["webhook"].words
    house.line.webhooks.active = True
    await house.change(channel_secret="not the secret")
    webhook = (await checked(house))["webhook"]
    assert not webhook.ok
    assert "401" in webhook.words


async def test_a_token_that_line_does_not_know_is_said_so(house: House) -> None:
    await house.change(access_token="nobody's token")
    (check,) = await house.channel.test(house.account)
    assert not check.ok
    assert "Authentication failed" in check.words


async def test_a_draft_is_tried_before_it_is_saved(house: House) -> None:
    draft = Account(0, "line", "まだ", "@216ru", house.account.settings, house.account.secrets)
    checks = await house.channel.test(draft)
    assert all(check.ok for check in checks), checks


@pytest.mark.parametrize("kind", ["key", "stateless"])
async def test_the_desk_makes_tokens_itself(house: House, misaki: Person, key: rsa.RSAPrivateKey, kind: str) -> None:
    kid = house.line.tokens.register_key(key.public_key())
    await house.change(token_kind=kind, private_key=jwk(key, kid), access_token="")
    checks = await checked(house)
    assert checks["token"].ok, checks["token"].words
    tokens = house.channel._platform.tokens
    first = await tokens.token(house.account)
    assert (await tokens.token(house.account)).value == first.value
    # Taken back by somebody: the next call is refused once, and a new one is made.
    del house.line.tokens._given[first.value]
    await house.change(acknowledge=False)
    misaki.text("新しい鍵で")
    await house.heard()
    house.start()
    assert (await house.settled(await house.reply("届きました"))).state == "delivered"
    assert (await tokens.token(house.account)).value != first.value


async def test_calls_that_are_refused_together_get_one_new_token_between_them(house: House) -> None:
    await house.change(token_kind="stateless", access_token="")
    platform = house.channel._platform
    first = await platform.tokens.token(house.account)
    for _ in range(3):
        given = len(house.line.tokens._given)
        del house.line.tokens._given[(await platform.tokens.token(house.account)).value]
        calls = [platform.call(house.account, lambda clients: clients.api.get_bot_info()) for _ in range(12)]
        bots = await asyncio.gather(*calls)
        assert {bot.basic_id for bot in bots} == {"@216ru"}
        assert len(house.line.tokens._given) == given
    assert (await platform.tokens.token(house.account)).value != first.value


async def test_a_token_made_with_a_key_outlives_the_process(house: House, key: rsa.RSAPrivateKey) -> None:
    kid = house.line.tokens.register_key(key.public_key())
    await house.change(token_kind="key", private_key=jwk(key, kid), access_token="")
    tokens = house.channel._platform.tokens
    first = await tokens.token(house.account)
    tokens._now.clear()
    assert (await tokens.token(house.account)).value == first.value
    kept = await house.desk.recall(house.account, "token")
    assert first.value not in json.dumps(kept)


def test_a_key_that_is_none_is_told_in_words() -> None:
    with pytest.raises(ValueError, match="private JWK"):
        assertion("1657000000", "{}", LIVES)


async def test_the_account_says_when_its_token_or_its_month_comes_to_an_end(house: House) -> None:
    from channels.line import checks

    platform, quotas = house.channel._platform, house.channel._quotas
    assert (await checks.health(platform, quotas, house.account)).ok
    house.line.quota = 0
    ill = await checks.health(platform, quotas, house.account)
    assert (ill.ok, "used up" in ill.words) == (False, True)
    house.line.quota = None
    token = house.line.tokens._given[house.line.token]
    soon = datetime.now(UTC) + timedelta(days=2)
    house.line.tokens._given[house.line.token] = type(token)(token.value, "short-lived", soon)
    ill = await checks.health(platform, quotas, house.account)
    assert (ill.ok, "ends on" in ill.words) == (False, True)


async def test_two_accounts_keep_apart(house: House, misaki: Person) -> None:
    settings: dict[str, Any] = {"channel_id": "1657000001", "channel_secret": "another", "access_token": "x"}
    other = await house.add_account("line", "二号店", "@other", settings)
    misaki.text("一号店へ")
    await house.heard()
    attempt = await house.line.webhooks.post(
        *house.line.webhooks.attempts[0].events, url=f"{house.desk.public_url}/line/webhook/{other}", secret="another"
    )
    assert attempt.arrived
    assert len(await house.numbers()) == 2
    assert (
        await house.line.webhooks.post(url=f"{house.desk.public_url}/line/webhook/{other}", secret=SECRET)
    ).status == 401


def a_menu() -> tuple[dict[str, Any], bytes]:
    """A menu of one area, and its picture."""
    out = io.BytesIO()
    Image.new("RGB", (800, 270), "#06c755").save(out, "PNG")
    area = {
        "bounds": {"x": 0, "y": 0, "width": 800, "height": 270},
        "action": {"type": "message", "label": "問い合わせ", "text": "問い合わせ"},
    }
    definition = {
        "size": {"width": 800, "height": 270},
        "selected": True,
        "name": "基本",
        "chatBarText": "メニュー",
        "areas": [area],
    }
    return definition, out.getvalue()


async def test_a_menu_from_files_is_everybodys_until_it_is_taken_away(house: House) -> None:
    definition, picture = a_menu()
    first = await house.channel.put_menu(house.account, definition, picture)
    second = await house.channel.put_menu(house.account, definition | {"name": "年末"}, picture)
    assert [menu["name"] for menu in await house.channel.menus(house.account)] == ["年末"]
    assert first != second
    await house.channel.take_menu_away(house.account)
    assert await house.channel.menus(house.account) == []


async def test_a_menu_whose_files_do_not_fit_is_refused_before_line_sees_it(house: House) -> None:
    definition, picture = a_menu()
    for wrong, with_picture in (
        (definition | {"size": {"width": 2500, "height": 843}}, picture),
        (definition, b"GIF89a"),
        (definition | {"areas": []}, picture),
    ):
        with pytest.raises(BadMenu):
            await house.channel.put_menu(house.account, wrong, with_picture)
    assert house.line.menus.menus == {} if hasattr(house.line.menus, "menus") else True
