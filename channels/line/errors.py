"""What LINE's refusals mean for a letter, one by one, with LINE's own words.

https://developers.line.biz/en/reference/messaging-api/#status-codes
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import aiohttp

from channels.contract import TryLater, Undeliverable

A_WHILE = timedelta(seconds=30)
UNTIL_AN_ADMIN_LOOKS = timedelta(minutes=10)


class Lost(TryLater):
    """The request left and no answer came: LINE may have taken it."""


class TokenRefused(TryLater):
    """LINE does not accept the account's access token."""


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, body: bytes | str | None, headers: Any = None) -> None:
        self.status = status
        self.headers = headers or {}
        try:
            self.answer = json.loads(body or b"{}")
        except ValueError:
            self.answer = {}
        if not isinstance(self.answer, dict):
            self.answer = {}
        super().__init__(self.words)

    @property
    def words(self) -> str:
        """LINE's own: the sentence, and what is wrong where."""
        message = str(self.answer.get("message") or self.answer.get("error_description") or f"HTTP {self.status}")
        details = self.answer.get("details") or ()
        told = [one for one in details if isinstance(one, dict)]
        parts = [f"{one.get('property', '')}: {one.get('message', '')}".strip(": ") for one in told]
        return f"{message} ({'; '.join(parts)})" if parts else message

    @property
    def has_details(self) -> bool:
        """Whether LINE says what in the request it does not like: sending the same again is useless."""
        return bool(self.answer.get("details"))

    @property
    def invalid_reply_token(self) -> bool:
        """The token was used, or its time is over."""
        return self.status == 400 and "invalid reply token" in self.words.lower()

    @property
    def accepted_before(self) -> bool:
        """A retry key that LINE knows: the request was accepted at an earlier try."""
        return self.status == 409

    @property
    def monthly_limit(self) -> bool:
        """No more messages this month."""
        return self.status == 429 and "monthly limit" in self.words.lower()


def judged(refused: Refused) -> TryLater | Undeliverable:
    """What a refusal of a message means."""
    words = refused.words
    match refused.status:
        case 400 if "failed to send" in words.lower():
            return Undeliverable(f"LINE cannot reach this person any more. LINE: {words}", code="blocked")
        case 400:
            return Undeliverable(f"LINE does not take this message. LINE: {words}", code="refused")
        case 401:
            return TokenRefused(
                f"LINE does not accept the account's access token. LINE: {words}",
                after=UNTIL_AN_ADMIN_LOOKS,
                code="token",
            )
        case 403:
            return Undeliverable(f"This account may not send this. LINE: {words}", code="forbidden")
        case 404:
            return Undeliverable(f"LINE does not know this person. LINE: {words}", code="unknown")
        case 409:
            return TryLater(f"LINE took this request before. LINE: {words}", code="repeated")
        case 410:
            return Undeliverable(f"LINE no longer has this. LINE: {words}", code="gone")
        case 413:
            return Undeliverable(f"The message is too large for LINE. LINE: {words}", code="large")
        case 429 if refused.monthly_limit:
            return Undeliverable(f"The account's messages of this month are used up. LINE: {words}", code="quota")
        case 429:
            return TryLater(f"LINE asks to slow down. LINE: {words}", after=_wish(refused), code="busy")
        case status if status >= 500:
            return Lost(f"LINE is not well. LINE: {words}", code="ill")
        case _:
            return Undeliverable(f"LINE does not take this message. LINE: {words}", code="refused")


def unheard(error: BaseException) -> TryLater:
    """What a failure of the connection means: before the request left, or after, when LINE may have taken it."""
    words = str(error) or type(error).__name__
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.InvalidURL):
        return TryLater(f"LINE cannot be reached. {words}", code="unreachable")
    return Lost(f"LINE gave no answer. {words}", code="silent")


def _wish(refused: Refused) -> timedelta:
    """Retry-After in seconds, where LINE says it."""
    wish = str(refused.headers.get("Retry-After", ""))
    return timedelta(seconds=min(int(wish), 3600)) if wish.isdecimal() else A_WHILE
