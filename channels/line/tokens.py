"""Channel access tokens: pasted, made with an assertion signing key (v2.1), or stateless ones made as needed.

https://developers.line.biz/en/docs/basics/channel-access-token/
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from channels.contract import Account, Desk
from channels.line.errors import Refused
from channels.line.settings import API_BASE, Settings

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIVES = timedelta(days=30)
"""The longest that LINE lets a v2.1 token live."""
RENEWED_BEFORE = {"key": timedelta(days=5), "stateless": timedelta(minutes=3)}
MEMORY = "token"


@dataclass(frozen=True, slots=True)
class Token:
    """A token and when its time is over; None for one that an admin pasted."""

    value: str
    expires: datetime | None = None

    def holds(self, before: timedelta) -> bool:
        """Whether it need not be renewed yet."""
        return self.expires is None or self.expires - before > datetime.now(UTC)


class Tokens:
    """The tokens of every account, renewed in time. v2.1 tokens are kept, sealed: only thirty may live at once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._now: dict[int, tuple[Account, Token]] = {}
        self._asking: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def token(self, account: Account, *, instead_of: Token | None = None) -> Token:
        """A token that holds, other than the one that is known not to. Raises `Refused`, `ValueError`.

        Calls that were refused together get one new token between them.
        """
        settings = Settings.of(account)
        if settings.token_kind not in RENEWED_BEFORE:
            return Token(account.secrets.get("access_token", ""))
        before = RENEWED_BEFORE[settings.token_kind]
        async with self._asking[account.id]:
            held = self._now.get(account.id)
            if held is not None and held[0] == account and held[1] != instead_of and held[1].holds(before):
                return held[1]
            kept = None if settings.token_kind != "key" or account.id == 0 else await self._kept(account)
            if kept is None or kept == instead_of or not kept.holds(before):
                kept = await self._issue(account, settings)
            self._now[account.id] = (account, kept)
            return kept

    async def _issue(self, account: Account, settings: Settings) -> Token:
        if settings.token_kind == "stateless":
            form = {
                "grant_type": "client_credentials",
                "client_id": settings.channel_id,
                "client_secret": account.secrets.get("channel_secret", ""),
            }
            return await _ask(f"{settings.api_base}/oauth2/v3/token", form)
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": assertion(settings.channel_id, account.secrets.get("private_key", ""), LIVES),
        }
        token = await _ask(f"{settings.api_base}/oauth2/v2.1/token", form)
        if account.id:
            body = json.dumps({"value": token.value, "expires": token.expires.timestamp() if token.expires else 0})
            await self._desk.remember(account, MEMORY, _seal(account).encrypt(body.encode()).decode())
        return token

    async def _kept(self, account: Account) -> Token | None:
        sealed = await self._desk.recall(account, MEMORY)
        try:
            body = json.loads(_seal(account).decrypt(str(sealed or "").encode()))
        except (InvalidToken, ValueError):
            return None
        return Token(body["value"], datetime.fromtimestamp(body["expires"], UTC))


async def expiry(account: Account, token: Token) -> datetime | None:
    """When a pasted token's time is over, as LINE says; None for one that lasts. Raises `Refused`."""
    if token.expires is not None:
        return token.expires
    base = Settings.of(account).api_base
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session:
        async with session.get(f"{base}/oauth2/v2.1/verify", params={"access_token": token.value}) as answer:
            body = await answer.read()
            if answer.status == 200:
                return _ends(json.loads(body))
        async with session.post(f"{base}/v2/oauth/verify", data={"access_token": token.value}) as answer:
            body = await answer.read()
            if answer.status != 200:
                raise Refused(answer.status, body, answer.headers)
            ends = _ends(json.loads(body))
    # A long-lived token says a hundred years.
    return ends if ends is not None and ends - datetime.now(UTC) < timedelta(days=3650) else None


def _ends(body: dict[str, Any]) -> datetime | None:
    seconds = int(body.get("expires_in") or 0)
    return datetime.now(UTC) + timedelta(seconds=min(seconds, 4_000_000_000)) if seconds else None


async def _ask(url: str, form: dict[str, str]) -> Token:
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session,
        session.post(url, data=form) as answer,
    ):
        body = await answer.read()
        if answer.status != 200:
            raise Refused(answer.status, body, answer.headers)
        said = json.loads(body)
    return Token(str(said["access_token"]), datetime.now(UTC) + timedelta(seconds=int(said["expires_in"])))


def assertion(channel_id: str, key: str, lives: timedelta) -> str:
    """The JWT with which a v2.1 token is asked for (RS256). Raises `ValueError` for a key that is none."""
    try:
        jwk = json.loads(key)
        number = {name: int.from_bytes(_bytes(jwk[name])) for name in ("n", "e", "d", "p", "q", "dp", "dq", "qi")}
        kid = str(jwk["kid"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            "The assertion signing key must be the private JWK, with all its parts and its kid."
        ) from error
    public = rsa.RSAPublicNumbers(number["e"], number["n"])
    private = rsa.RSAPrivateNumbers(
        number["p"], number["q"], number["d"], number["dp"], number["dq"], number["qi"], public
    ).private_key()
    head = {"alg": "RS256", "typ": "JWT", "kid": kid}
    body = {
        "iss": channel_id,
        "sub": channel_id,
        "aud": f"{API_BASE}/",
        "exp": int(time.time()) + 25 * 60,
        "token_exp": int(lives.total_seconds()),
    }
    said = f"{_text(json.dumps(head).encode())}.{_text(json.dumps(body).encode())}"
    return f"{said}.{_text(private.sign(said.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _seal(account: Account) -> Fernet:
    secret = (account.secrets.get("private_key", "") + account.secrets.get("channel_secret", "")).encode()
    key = HKDF(hashes.SHA256(), 32, None, b"madoguchi line token v1").derive(secret)
    return Fernet(base64.urlsafe_b64encode(key))
