"""In charge of the HTTP hook: raw mails posted by a provider or a script, signed after Standard Webhooks.

The scheme: HMAC-SHA256 over `id.timestamp.body` with the account's secret, in the headers webhook-id,
webhook-timestamp and webhook-signature (https://www.standardwebhooks.com). The body streams into the spool while the
signature is computed (`channels.webhook` wants it whole), so a large mail is never in memory; without a right
signature the file is thrown away.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
import time
from datetime import UTC, datetime, timedelta

from aiohttp import web

from channels.contract import Account, Arrival, Desk, Spool, TooLarge
from channels.email.fingerprint import Fingerprint
from channels.email.settings import settings_of
from channels.webhook import PREFIX, TOLERANCE_SECONDS

log = logging.getLogger(__name__)

KIND = "email"
PIECE = 64 * 1024
POSTS_A_MINUTE = 600


class Hook:
    """`POST /hooks/email/{account_id}` with a raw mail as body; 200 only when it is stored.

    X-Envelope-From and X-Envelope-To (addresses parted by commas) may hand over the envelope.
    """

    def __init__(self, desk: Desk, *, max_bytes: int) -> None:
        self._desk = desk
        self._max_bytes = max_bytes

    def attach(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_post(r"/hooks/email/{account_id:\d+}", self.take)

    async def take(self, request: web.Request) -> web.Response:
        """Receive one mail."""
        account = self._account(int(request.match_info["account_id"]))
        secret = key_of(settings_of(account).hook_secret) if account else None
        if account is None or not secret:
            return problem(404, "No such hook", "There is no mail account with a hook under this number.")
        if wait := self._desk.allow(f"mail-hook:{account.id}", limit=POSTS_A_MINUTE, per=timedelta(minutes=1)):
            answer = problem(429, "Too many mails", "Please come again later.")
            answer.headers["Retry-After"] = str(int(wait) + 1)
            return answer
        signed = _Signature(request, secret)
        if not signed.plausible:
            return problem(
                401, "Not signed", "webhook-id, webhook-timestamp (of now) and webhook-signature are needed."
            )
        if (request.content_length or 0) > self._max_bytes:
            return problem(413, "Too large", f"A mail may have {self._max_bytes} bytes.")
        try:
            async with self._desk.spool() as spool:
                return await self._receive(request, account, signed, spool)
        except TooLarge:
            return problem(413, "Too large", f"A mail may have {self._max_bytes} bytes.")
        except ConnectionError:
            raise
        except Exception as error:
            log.warning("hook could not store a mail", extra={"account": account.id, "reason": type(error).__name__})
            answer = problem(503, "Not stored", "The mail cannot be stored now. Please send it again.")
            answer.headers["Retry-After"] = "30"
            return answer

    async def _receive(self, request: web.Request, account: Account, signed: _Signature, spool: Spool) -> web.Response:
        digest = Fingerprint()
        size = 0
        async for chunk in request.content.iter_chunked(PIECE):
            size += len(chunk)
            if size > self._max_bytes:
                raise TooLarge
            digest.update(chunk)
            signed.update(chunk)
            await spool.write(chunk)
        if not signed.right():
            return problem(401, "Wrong signature", "The signature does not fit the body.")
        if size == 0:
            return problem(400, "Empty", "The body holds no mail.")
        accepted = await self._desk.accept(
            Arrival(
                account=account,
                external_id=digest.name,
                raw=await spool.raw(),
                media_type="message/rfc822",
                received_at=datetime.now(UTC),
                envelope={
                    "via": "hook",
                    "webhook_id": request.headers["webhook-id"],
                    "mail_from": request.headers.get("X-Envelope-From", "").strip(" <>"),
                    "rcpt_tos": [
                        one.strip(" <>") for one in request.headers.get("X-Envelope-To", "").split(",") if one.strip()
                    ],
                    "peer": request.remote or "",
                },
            )
        )
        return web.json_response({"arrival": accepted.arrival_id, "repeated": accepted.repeated})

    def _account(self, number: int) -> Account | None:
        return next((one for one in self._desk.accounts(KIND) if one.id == number), None)


class _Signature:
    """A request's signature, checked while the body goes by."""

    def __init__(self, request: web.Request, secret: bytes) -> None:
        identifier = request.headers.get("webhook-id", "")
        stamp = request.headers.get("webhook-timestamp", "")
        self._offered = [
            value
            for version, _, value in (
                one.partition(",") for one in request.headers.get("webhook-signature", "").split()
            )
            if version == "v1"
        ]
        age = abs(time.time() - int(stamp)) if stamp.isascii() and stamp.isdigit() and len(stamp) < 13 else None
        self.plausible = bool(identifier and self._offered and age is not None and age <= TOLERANCE_SECONDS)
        self._hmac = hmac.new(secret, f"{identifier}.{stamp}.".encode("utf-8", "replace"), hashlib.sha256)

    def update(self, chunk: bytes) -> None:
        """More of the body."""
        self._hmac.update(chunk)

    def right(self) -> bool:
        """Whether one of the signatures offered is ours; in constant time."""
        expected = base64.b64encode(self._hmac.digest())
        return any([hmac.compare_digest(expected, one.encode("utf-8", "replace")) for one in self._offered])


def key_of(secret: str) -> bytes | None:
    """The key in `whsec_<base64>`; any other text is itself the key. None when there is no secret."""
    if not secret:
        return None
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True) or None
        except binascii.Error:
            return None
    return secret.encode()


def problem(status: int, title: str, detail: str) -> web.Response:
    """An error as RFC 9457 has it."""
    return web.json_response(
        {"type": "about:blank", "title": title, "status": status, "detail": detail},
        status=status,
        content_type="application/problem+json",
    )
