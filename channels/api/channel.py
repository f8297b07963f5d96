"""The generic channel: messages come in as JSON, answers go out as signed webhooks."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import aiohttp
import msgspec
import orjson
from aiohttp import web

from channels import webhook
from channels.api.doors import Door
from channels.api.messages import meaning, open_body
from channels.contract import (
    Account,
    Arrival,
    Attachment,
    Check,
    Desk,
    Field,
    Inbound,
    OutboundMessage,
    Party,
    Receipt,
    TryLater,
    Undeliverable,
)
from channels.guard import guarded_session
from channels.multipart import BodyError
from channels.origin import ClientAddress, by_socket

# Base64 makes a third more of it, and the receiver has to hold all of it in memory.
MAX_ATTACHED_BYTES = 10 * 1024 * 1024


class ApiChannel:
    """Programs. `allow` names private hosts and networks that a webhook may go to (tests, intranets).

    `client_address` tells whose request it is, to slow down who guesses keys.
    """

    kind: ClassVar[str] = "api"
    label: ClassVar[str] = "API"
    fields: ClassVar[Sequence[Field]] = (
        Field("slug", "Address", help="A name for the address to post to, instead of the account's number"),
        Field("key", "Key", "secret", required=True, help="What programs show to post messages"),
        Field("webhook_url", "Webhook for answers", help="https:// only"),
        Field("webhook_secret", "Webhook secret", "secret", help="whsec_…"),
        Field("webhook_secret_old", "Former webhook secret", "secret", help="Signs too, until the other side changed"),
        Field("per_minute", "Messages a minute", "number", default=600),
        Field("team_id", "Team", "number", section="Routing"),
        Field(
            "priority",
            "Priority",
            "choice",
            default="normal",
            choices=(("low", "Low"), ("normal", "Normal"), ("high", "High"), ("urgent", "Urgent")),
            section="Routing",
        ),
        Field("tags", "Tags", "json", default=[], section="Routing"),
    )

    def __init__(
        self,
        *,
        allow: Sequence[str] = (),
        timeout_seconds: float = 15,
        client_address: ClientAddress = by_socket,
    ) -> None:
        self._allow = tuple(allow)
        self._client_address = client_address
        self._timeout_seconds = timeout_seconds
        self._session: aiohttp.ClientSession | None = None

    def attach(self, app: web.Application, desk: Desk) -> None:
        """Open `POST /channels/api/{account}/messages`; `{account}` is its slug or its number."""
        app.router.add_post("/channels/api/{account}/messages", Door(desk, self._client_address).post)

        async def closing(_: web.Application) -> AsyncIterator[None]:
            yield
            await self.close()

        app.cleanup_ctx.append(closing)

    async def close(self) -> None:
        """Close what `deliver` opened. It opens it again when asked to."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def read(self, arrival: Arrival) -> Sequence[Inbound]:
        """The one thing that was posted. Raises `BodyError` when it is none."""
        try:
            posted, files = open_body(arrival.raw.view(), arrival.media_type)
        except msgspec.ValidationError as error:
            raise BodyError(str(error)) from error
        return [meaning(posted, files, arrival.account, arrival.raw, arrival.received_at)]

    async def deliver(self, message: OutboundMessage) -> Receipt:
        """POST the answer to the account's webhook, signed; `webhook-id` is the letter's key at every try."""
        url, signers = _target(message.account)
        body = await asyncio.to_thread(_body, message)
        return await webhook.send(self._open(), url, signers, message.key, body)

    async def test(self, account: Account) -> Sequence[Check]:
        """Whether the account has a key and its webhook takes a signed `ping`."""
        key = bool(account.secrets.get("key"))
        checks = [Check("key", key, "" if key else "Set a key: without it nobody can post.")]
        try:
            url, signers = _target(account)
            ping = orjson.dumps({"type": "ping", "timestamp": datetime.now(UTC), "data": {}})
            receipt = await webhook.send(self._open(), url, signers, f"ping_{secrets.token_hex(8)}", ping)
        except (Undeliverable, TryLater) as error:
            return [*checks, Check("webhook", False, error.words)]
        return [*checks, Check("webhook", True, receipt.words)]

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = guarded_session(self._allow, seconds=self._timeout_seconds)
        return self._session


def _target(account: Account) -> tuple[str, list[str]]:
    """Where to and signed by what; raises `Undeliverable` when the account does not say."""
    url = str(account.settings.get("webhook_url") or "")
    signers = [account.secrets.get(name, "") for name in ("webhook_secret", "webhook_secret_old")]
    signers = [secret for secret in signers if secret]
    if not url:
        raise Undeliverable("the account has no webhook address", code="no-webhook")
    if not signers:
        raise Undeliverable("the account has no webhook secret", code="no-secret")
    return url, signers


def _body(message: OutboundMessage) -> bytes:
    """The same bytes at every try: nothing in it depends on when it is sent."""
    total = sum(attachment.size for attachment in message.attachments)
    if total > MAX_ATTACHED_BYTES:
        raise Undeliverable(f"{total} bytes of attachments are more than a webhook carries", code="too-large")
    data: dict[str, Any] = {
        "id": message.key,
        "account": message.account.id,
        "conversation": message.conversation,
        "ticket": message.ticket,
        "to": [_person(party, message.account) for party in message.to],
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "sender_name": message.sender_name,
        "in_reply_to": message.in_reply_to,
        "language": message.language,
        "automatic": message.automatic,
        "attachments": [_file(attachment) for attachment in message.attachments],
    }
    return orjson.dumps({"type": "message.created", "timestamp": message.created_at, "data": data})


def _person(party: Party, account: Account) -> dict[str, str]:
    """A party as the program knows it: its own id without the account's number."""
    if party.kind == "external":
        return {"kind": "external", "id": party.address.removeprefix(f"{account.id}:"), "name": party.name}
    return {"kind": party.kind, "address": party.address, "name": party.name}


def _file(attachment: Attachment) -> dict[str, Any]:
    content = base64.b64encode(b"".join(attachment.chunks())).decode("ascii")
    return {
        "filename": attachment.filename,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "content": content,
    }
