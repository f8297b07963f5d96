"""Trying an official account: token, bot, webhook (set, and tested by LINE itself), quota; and how it is doing.

https://developers.line.biz/en/reference/messaging-api/#webhook-settings
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from channels.contract import Account, Check, Desk, Health
from channels.line.errors import Refused
from channels.line.platform import Clients, Platform
from channels.line.quota import Quotas
from channels.line.settings import FIELDS, Settings, problems
from channels.line.tokens import expiry

SOON = timedelta(days=7)
FAILURES = (Refused, aiohttp.ClientError, TimeoutError, OSError, ValueError)


def webhook_url(desk: Desk, account: Account) -> str:
    """Where LINE shall send this account's events."""
    return f"{desk.public_url}/line/webhook/{account.id}"


async def test(desk: Desk, platform: Platform, quotas: Quotas, account: Account) -> Sequence[Check]:
    """Everything an account needs, each as one line."""
    wrong = problems(account.settings)
    if wrong:
        labels = {field.name: field.label for field in FIELDS}
        return [Check(labels[name], False, words) for name, words in wrong.items()]
    try:
        bot = await platform.call(account, lambda clients: clients.api.get_bot_info())
    except FAILURES as error:
        return [Check("token", False, f"LINE does not let us in. {_words(error)}")]
    checks = [
        Check("token", True, await token_words(platform, account)),
        Check("account", True, f"{bot.display_name} ({bot.basic_id})"),
    ]
    mode = str(getattr(bot.chat_mode, "value", bot.chat_mode))
    if mode == "chat":
        words = "Chat is on: answers given in LINE's own manager are not seen here. Turn it off there if nobody does."
        checks.append(Check("chat", True, words))
    checks.append(await _webhook(desk, platform, account))
    try:
        limits = await quotas.ask(account)
    except FAILURES as error:
        checks.append(Check("quota", False, _words(error)))
    else:
        of = f" of {limits.quota}" if limits.quota is not None else ", without a limit"
        left = limits.left is None or limits.left > 0
        checks.append(Check("quota", left, f"{limits.used} messages sent this month{of}"))
    return checks


async def _webhook(desk: Desk, platform: Platform, account: Account) -> Check:
    """Set the address where it is not ours yet, see that it is switched on, and let LINE try it."""
    url = webhook_url(desk, account)
    if account.id == 0:
        return Check("webhook", True, "It is set at the next test, once the account is saved.")

    async def work(clients: Clients) -> Check:
        api, sdk = clients.api, clients.sdk
        try:
            known = await api.get_webhook_endpoint()
            endpoint, active = known.endpoint, known.active
        except sdk.ApiException as error:
            if error.status != 404:
                raise
            endpoint, active = "", None
        if endpoint != url:
            await api.set_webhook_endpoint(sdk.SetWebhookEndpointRequest(endpoint=url))
            active = (await api.get_webhook_endpoint()).active
        if active is False:
            return Check("webhook", False, "Use webhook is off: turn it on in LINE Developers, Messaging API.")
        tried = await api.test_webhook_endpoint(sdk.TestWebhookEndpointRequest(endpoint=url))
        if not tried.success:
            words = f"LINE cannot reach this address. {url}: {tried.reason} {tried.detail} (status {tried.status_code})"
            return Check("webhook", False, words)
        return Check("webhook", True, url)

    try:
        found: Check = await platform.call(account, work)
    except FAILURES as error:
        return Check("webhook", False, f"{url}: {_words(error)}")
    return found


async def token_words(platform: Platform, account: Account) -> str:
    """How long the token is good for."""
    token = await platform.tokens.token(account)
    kind = Settings.of(account).token_kind
    if kind != "token":
        return f"made by the desk, renewed before {token.expires:%Y-%m-%d %H:%M} UTC" if token.expires else ""
    try:
        ends = await expiry(account, token)
    except FAILURES:
        return "LINE takes it; it does not say for how long"
    if ends is None:
        return "it lasts"
    words = f"it ends on {ends:%Y-%m-%d}"
    return words + (": paste a new one" if ends - datetime.now(UTC) < SOON else "")


async def health(platform: Platform, quotas: Quotas, account: Account) -> Health:
    """How an account is doing, without touching anything."""
    try:
        token = await platform.tokens.token(account)
        ends = await expiry(account, token) if Settings.of(account).token_kind == "token" else None
        limits = await quotas.ask(account)
    except FAILURES as error:
        return Health(False, f"LINE does not let us in. {_words(error)}")
    if ends is not None and ends - datetime.now(UTC) < SOON:
        return Health(False, f"The access token ends on {ends:%Y-%m-%d}: issue a new one and paste it.")
    if limits.left == 0:
        return Health(False, f"All {limits.quota} messages of this month are used up.")
    return Health(True, f"{limits.used} messages sent this month" + (f" of {limits.quota}" if limits.quota else ""))


def _words(error: Any) -> str:
    said = str(error) or type(error).__name__
    return f"LINE: {said}" if isinstance(error, Refused) else said
