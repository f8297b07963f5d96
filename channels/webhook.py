"""Signed webhooks after the Standard Webhooks specification 1.0: signing, checking, and sending one.

A secret is `whsec_` and base64 of 24 to 64 random bytes. Signed is `{id}.{timestamp}.{body}` by HMAC-SHA256; the
header `webhook-signature` may hold several signatures, one for each secret in force, so that a secret can be changed
without losing a message. Retries are not sent from here: the courier decides on time.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp

from channels.contract import Receipt, TryLater, Undeliverable
from channels.guard import Refused, read_bounded

PREFIX = "whsec_"
TOLERANCE_SECONDS = 300
ANSWER_BYTES = 64 * 1024

# Client errors that are a matter of time: too slow, too early, too many.
_LATER = frozenset({408, 425, 429})


class BadSignature(ValueError):
    """The request was not signed by anyone who has our secret, or too long ago."""


def new_secret() -> str:
    """A secret to give to the other side."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def sign(secret: str | Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`, for one secret or for several in force. Raises `ValueError` for no secret."""
    given = [secret] if isinstance(secret, str) else secret
    return " ".join(f"v1,{_digest(one, message_id, timestamp, body)}" for one in given)


def headers(secret: str | Sequence[str], message_id: str, body: bytes, now: float | None = None) -> dict[str, str]:
    """The three headers of a signed request."""
    timestamp = int(time.time() if now is None else now)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, message_id, timestamp, body),
    }


def verify(
    secret: str | Sequence[str],
    given: Mapping[str, str],
    body: bytes,
    *,
    now: float | None = None,
    tolerance: int = TOLERANCE_SECONDS,
) -> str:
    """The id of a request that one of the secrets signed within `tolerance` seconds of now, or `BadSignature`.

    `given` are the request's headers, in whatever case. The id is the same at each retry: file it once.
    """
    named = {name.lower(): value for name, value in given.items()}
    try:
        message_id, stamp = named["webhook-id"], named["webhook-timestamp"]
        signatures = named["webhook-signature"].split(" ")[:20]
    except KeyError as missing:
        raise BadSignature(f"the header {missing.args[0]} is missing") from None
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 15):
        raise BadSignature("webhook-timestamp is no number of seconds")
    if abs((time.time() if now is None else now) - int(stamp)) > tolerance:
        raise BadSignature("webhook-timestamp is too old or in the future")
    wanted = [
        f"v1,{_digest(one, message_id, int(stamp), body)}".encode()
        for one in ([secret] if isinstance(secret, str) else secret)
    ]
    # No early end: how long it takes may not tell which of them was nearly right.
    matches = [hmac.compare_digest(one, other.encode("utf-8", "replace")) for one in wanted for other in signatures]
    if not any(matches):
        raise BadSignature("no signature fits")
    return message_id


async def send(
    session: aiohttp.ClientSession, url: str, secret: str | Sequence[str], message_id: str, body: bytes
) -> Receipt:
    """POST one signed message (JSON) through a guarded session. Raises `Undeliverable` or `TryLater`.

    Redirects are not followed: a moved webhook is an address for its owner to mend.
    """
    try:
        signed = headers(secret, message_id, body)
    except ValueError as error:
        raise Undeliverable(str(error), code="secret") from error
    signed |= {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "Madoguchi-Webhook/1"}
    try:
        async with session.post(url, data=body, headers=signed, allow_redirects=False) as response:
            answer = await read_bounded(response, ANSWER_BYTES)
            _judge(response, answer)
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError) as error:
        raise Undeliverable(f"not a usable webhook address: {error}", code="address") from error
    except Refused as error:
        raise Undeliverable(str(error), code="refused-address") from error
    except TimeoutError as error:
        raise TryLater("the webhook did not answer in time", code="timeout") from error
    except (aiohttp.ClientError, OSError) as error:
        raise TryLater(f"the webhook could not be reached: {error}", code="unreachable") from error
    return Receipt(words=f"{response.status} {response.reason or ''}".strip())


def _judge(response: aiohttp.ClientResponse, answer: bytes) -> None:
    status, code = response.status, str(response.status)
    if 200 <= status < 300:
        return
    words = f"{status} {response.reason or ''}: {answer[:500].decode('utf-8', 'replace')}".strip(" :")
    if status >= 500 or status in _LATER:
        raise TryLater(words, after=retry_after(response.headers.get("Retry-After")), code=code)
    raise Undeliverable(words, code=code)


def retry_after(header: str | None, now: datetime | None = None) -> timedelta | None:
    """A Retry-After header, seconds or a date (RFC 9110 §10.2.3), as a wait of at most a day."""
    if not header:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        seconds = float(text)
    else:
        try:
            when = parsedate_to_datetime(text)
        except ValueError:
            return None
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        seconds = (when - (now or datetime.now(UTC))).total_seconds()
    return timedelta(seconds=min(max(seconds, 0.0), 86400.0))


def _digest(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode("ascii")


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a webhook secret is whsec_ and base64") from None
    if not key:
        raise ValueError("a webhook secret may not be empty")
    return key
