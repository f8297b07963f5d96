"""One signed request of an outgoing webhook, and everything that can come back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import aiohttp
import msgspec

from channels import webhook as signing
from channels.guard import Refused, read_bounded
from server.database import now

ANSWER_BYTES = 4096
"""How much of an answer is read and kept."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one request. Only a 2xx is a success; `after` is what its Retry-After asks for."""

    at: datetime
    milliseconds: int
    headers: dict[str, str]
    status: int | None = None
    words: str = ""
    answer: str = ""
    after: timedelta | None = None

    @property
    def ok(self) -> bool:
        """Whether the other side took it."""
        return self.status is not None and 200 <= self.status < 300


async def post(session: aiohttp.ClientSession, url: str, secrets: Sequence[str], message: str, body: str) -> Outcome:
    """POST a message through a guarded session. Never raises for what a network or a server does.

    Redirects are not followed: a moved webhook is an address for its owner to mend.
    """
    content = body.encode()
    headers = signing.headers(secrets, message, content)
    headers |= {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "Madoguchi-Webhook/1"}
    at, began = now(), time.monotonic()
    status, words, answer, after = None, "", "", None
    try:
        async with session.post(url, data=content, headers=headers, allow_redirects=False) as response:
            status = response.status
            after = signing.retry_after(response.headers.get("Retry-After")) if status >= 300 else None
            words = _said(response)
            answer = (await read_bounded(response, ANSWER_BYTES)).decode("utf-8", "replace").replace("\0", "")
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError) as error:
        words = f"not a usable address: {error}"
    except Refused as error:
        words = str(error)
    except TimeoutError:
        words = "no answer in time" if status is None else f"{words}; its body did not come in time"
    except (aiohttp.ClientError, OSError) as error:
        words = f"not reached: {error}" if status is None else f"{words}; broken off: {error}"
    spent = int((time.monotonic() - began) * 1000)
    return Outcome(
        at=at, milliseconds=spent, headers=headers, status=status, words=words[:500], answer=answer, after=after
    )


def _said(response: aiohttp.ClientResponse) -> str:
    words = f"{response.status} {response.reason or ''}".strip()
    if 300 <= response.status < 400:
        return f"{words}: moved to {response.headers.get('Location', '')[:200]}; redirects are not followed"
    return words
