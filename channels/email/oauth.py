"""In charge of access tokens for Google and Microsoft 365 (XOAUTH2): fetched by refresh token, kept while they last."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import time
from dataclasses import dataclass

import aiohttp
from cryptography.fernet import Fernet, InvalidToken

from channels.contract import Account, Desk, TryLater
from channels.email.settings import MailSettings, settings_of

log = logging.getLogger(__name__)

ENDPOINTS = {
    "google": "https://oauth2.googleapis.com/token",
    "microsoft": "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
}
MICROSOFT_SCOPE = "offline_access https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send"
SPARE_SECONDS = 120.0
SECONDS = 20.0


class SignInLost(TryLater):
    """The provider no longer takes our refresh token: an admin has to sign in again. Letters wait."""


@dataclass(frozen=True, slots=True)
class _Held:
    token: str
    until: float


class Tokens:
    """The access tokens of all accounts, shared by the way in and the way out."""

    def __init__(self) -> None:
        self.desk: Desk | None = None
        self._held: dict[str, _Held] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def token(self, account: Account) -> str:
        """A token good for at least two minutes. Raises `TryLater`, or `SignInLost` with what to do."""
        name = _fingerprint(account, settings_of(account))
        async with self._locks.setdefault(name, asyncio.Lock()):
            held = self._held.get(name)
            if held is None or held.until < time.monotonic() + SPARE_SECONDS:
                held = self._held[name] = await self._refresh(account)
            return held.token

    def forget(self, account: Account) -> None:
        """A server refused the token: fetch a new one next time."""
        self._held.pop(_fingerprint(account, settings_of(account)), None)

    async def _refresh(self, account: Account) -> _Held:
        settings = settings_of(account)
        url = settings.oauth_token_url or ENDPOINTS.get(settings.oauth_provider, "").format(
            tenant=settings.oauth_tenant
        )
        fields = {
            "grant_type": "refresh_token",
            "client_id": settings.oauth_client_id,
            "refresh_token": await self._refresh_token(account, settings),
        }
        if settings.oauth_client_secret:
            fields["client_secret"] = settings.oauth_client_secret
        if settings.oauth_provider == "microsoft":
            fields["scope"] = MICROSOFT_SCOPE
        try:
            timeout = aiohttp.ClientTimeout(total=SECONDS)
            async with aiohttp.ClientSession(timeout=timeout) as session, session.post(url, data=fields) as response:
                answer = await response.json(content_type=None)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise TryLater(
                f"No answer from the sign-in server. {error or type(error).__name__}", code="oauth"
            ) from error
        if not isinstance(answer, dict) or not answer.get("access_token"):
            words = str(answer.get("error_description") or answer.get("error")) if isinstance(answer, dict) else ""
            if response.status < 500 and isinstance(answer, dict) and answer.get("error") == "invalid_grant":
                raise SignInLost(f"Sign in again for this account. {words[:300]}", code="oauth")
            raise TryLater(f"The sign-in server refused. {response.status} {words[:300]}".strip(), code="oauth")
        await self._keep_rotated(account, settings, answer.get("refresh_token"))
        try:
            seconds = float(answer.get("expires_in") or 3600)
        except (TypeError, ValueError):
            seconds = 3600.0
        return _Held(str(answer["access_token"]), time.monotonic() + max(seconds, SPARE_SECONDS + 1))

    # --- Microsoft gives a new refresh token with each answer, and the first one dies after 90 days unless it is kept

    async def _refresh_token(self, account: Account, settings: MailSettings) -> str:
        kept = await self.desk.recall(account, "oauth") if self.desk else None
        if isinstance(kept, dict) and kept.get("grew_from") == _digest(settings.oauth_refresh_token):
            try:
                return self._seal(account).decrypt(str(kept.get("sealed")).encode()).decode()
            except InvalidToken:
                log.warning("kept refresh token cannot be read", extra={"account": account.id})
        return settings.oauth_refresh_token

    async def _keep_rotated(self, account: Account, settings: MailSettings, token: object) -> None:
        if self.desk and isinstance(token, str) and token and token != settings.oauth_refresh_token:
            sealed = self._seal(account).encrypt(token.encode()).decode()
            await self.desk.remember(
                account, "oauth", {"grew_from": _digest(settings.oauth_refresh_token), "sealed": sealed}
            )

    def _seal(self, account: Account) -> Fernet:
        assert self.desk is not None
        key = hashlib.sha256(self.desk.sign("mail-oauth-seal", str(account.id)).encode()).digest()
        return Fernet(base64.urlsafe_b64encode(key))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _fingerprint(account: Account, settings: MailSettings) -> str:
    parts = (
        str(account.id),
        settings.oauth_provider,
        settings.oauth_client_id,
        settings.oauth_tenant,
        settings.oauth_token_url,
        settings.oauth_refresh_token,
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
