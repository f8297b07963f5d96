"""LINE's platform as the channel speaks to it, through LINE's own SDK, which is only imported when it is needed.

The SDK takes a second to import; it is done in a thread, at the first call for an account.
"""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from channels.contract import Account, Desk, Spool
from channels.guard import CONNECT_SECONDS, guarded_session
from channels.line.errors import Refused
from channels.line.settings import Settings
from channels.line.tokens import Token, Tokens

PATIENCE = aiohttp.ClientTimeout(total=20, sock_connect=CONNECT_SECONDS)
MEDIA_PATIENCE = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=30)
LARGEST_PICTURE = 2_000_000
PICTURE_HOSTS = ("line-scdn.net", "line.me")


class Clients:
    """The SDK's clients of one account under one token."""

    def __init__(self, sdk: Any, account: Account, token: Token) -> None:
        settings = Settings.of(account)
        self.account = account
        self.token = token
        self.sdk = sdk
        self.users = 0
        self.retired = False
        self.api_client = sdk.AsyncApiClient(
            sdk.Configuration(access_token=token.value, host=settings.api_base.rstrip("/"))
        )
        self.data_client = sdk.AsyncApiClient(
            sdk.Configuration(access_token=token.value, host=settings.data_base.rstrip("/"))
        )
        self.api = sdk.AsyncMessagingApi(self.api_client)
        self.blob = sdk.AsyncMessagingApiBlob(self.data_client)

    async def close(self) -> None:
        """Let go of the connections."""
        try:
            await self.api_client.close()
        finally:
            await self.data_client.close()


class Platform:
    """Every call to LINE. Raises `Refused` for an answer that is no success, and aiohttp's errors for no answer."""

    def __init__(self, desk: Desk) -> None:
        self.tokens = Tokens(desk)
        self._clients: dict[int, Clients] = {}
        self._closed = False

    async def close(self) -> None:
        """Let go of every connection; what is still asked for afterwards finds LINE out of reach."""
        self._closed = True
        clients, self._clients = list(self._clients.values()), {}
        for one in clients:
            await one.close()

    async def call(self, account: Account, work: Callable[[Clients], Awaitable[Any]]) -> Any:
        """Do something with an account's clients; once more with a new token where the present one is refused."""
        token = await self.tokens.token(account)
        try:
            return await self._try(account, token, work)
        except Refused as error:
            if error.status != 401 or Settings.of(account).token_kind == "token":
                raise
        return await self._try(account, await self.tokens.token(account, instead_of=token), work)

    async def _try(self, account: Account, token: Token, work: Callable[[Clients], Awaitable[Any]]) -> Any:
        clients = await self._borrow(account, token)
        try:
            return await work(clients)
        except clients.sdk.ApiException as error:
            raise Refused(int(error.status or 0), error.body, error.headers) from error
        finally:
            clients.users -= 1
            if clients.retired and not clients.users:
                await clients.close()

    async def _borrow(self, account: Account, token: Token) -> Clients:
        """The account's clients, counted as used before anything is waited for: nobody may close them meanwhile."""
        held = self._held(account, token)
        if held is None:
            sdk = await asyncio.to_thread(importlib.import_module, "linebot.v3.messaging")
            if self._closed:
                raise OSError("the desk is stopping")
            held = self._held(account, token)  # made by somebody else meanwhile
        if held is not None:
            held.users += 1
            return held
        clients = Clients(sdk, account, token)
        clients.users = 1
        if account.id == 0:  # a draft that is only tried
            clients.retired = True
            return clients
        former = self._clients.get(account.id)
        self._clients[account.id] = clients
        if former is not None:
            former.retired = True
            if not former.users:
                await former.close()
        return clients

    def _held(self, account: Account, token: Token) -> Clients | None:
        held = self._clients.get(account.id)
        return held if held is not None and held.account == account and held.token == token else None

    # ------------------------------------------------------------------------------------------------ messages

    async def push(self, account: Account, to: str, messages: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
        """Send up to five bubbles; what LINE calls them. The same `key` (a UUID) is accepted once in 24 hours."""
        body = {"to": to, "messages": messages}
        return await self._send(account, "/v2/bot/message/push", body, {"X-Line-Retry-Key": key})

    async def reply(self, account: Account, token: str, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Answer an event, free of charge and once."""
        return await self._send(account, "/v2/bot/message/reply", {"replyToken": token, "messages": messages}, {})

    async def _send(
        self, account: Account, path: str, body: dict[str, Any], headers: dict[str, str]
    ) -> list[dict[str, Any]]:
        """The body exactly as it was composed: the SDK's models would leave out what is newer than they are."""

        async def work(clients: Clients) -> list[dict[str, Any]]:
            answer = await clients.api_client.call_api(
                path,
                "POST",
                header_params={"Content-Type": "application/json", **headers},
                body=body,
                response_types_map={},
                _request_timeout=PATIENCE,
            )
            return sent_messages(answer.raw_data)

        found: list[dict[str, Any]] = await self.call(account, work)
        return found

    # --------------------------------------------------------------------------------------------------- files

    async def content(self, account: Account, message_id: str, spool: Spool) -> tuple[int, str]:
        """Stream what somebody sent into `spool`; the status (200, or 202 while it is prepared) and the media type."""

        async def work(clients: Clients) -> tuple[int, str]:
            url = f"{clients.data_client.configuration.host}/v2/bot/message/{message_id}/content"
            headers = {"Authorization": f"Bearer {clients.token.value}"}
            session = clients.data_client.rest_client.pool_manager
            async with session.get(url, headers=headers, timeout=MEDIA_PATIENCE) as answer:
                if answer.status == 202:
                    return 202, ""
                if answer.status != 200:
                    raise Refused(answer.status, await answer.read(), answer.headers)
                await _pour(answer, spool)
                return 200, answer.content_type

        found: tuple[int, str] = await self.call(account, work)
        return found

    async def picture(self, account: Account, url: str) -> tuple[bytes, str] | None:
        """A profile's picture from LINE's own servers, and its type; None when there is none."""
        host = urlsplit(url).hostname or ""
        ours = urlsplit(Settings.of(account).api_base).hostname
        if host != ours and not host.endswith(PICTURE_HOSTS):
            return None
        async with _getting(url) as answer:
            if answer.status != 200 or not answer.content_type.startswith("image/"):
                return None
            data = await answer.content.read(LARGEST_PICTURE + 1)
            while len(data) <= LARGEST_PICTURE and (more := await answer.content.read(LARGEST_PICTURE)):
                data += more
            return (data, answer.content_type) if len(data) <= LARGEST_PICTURE else None

    async def shelf(self, account: Account, path: str, spool: Spool) -> str:
        """A sticker's or an emoji's picture from LINE's shop; its media type."""
        async with _getting(f"{Settings.of(account).sticker_base.rstrip('/')}{path}") as answer:
            if answer.status != 200:
                raise Refused(answer.status, await answer.read(), answer.headers)
            await _pour(answer, spool)
            return answer.content_type

    async def elsewhere(self, url: str, spool: Spool) -> str:
        """A picture that somebody's app keeps at a server of its own; its media type."""
        async with guarded_session(seconds=60) as session, session.get(url) as answer:
            if answer.status != 200:
                raise Refused(answer.status, await answer.read(), answer.headers)
            await _pour(answer, spool)
            return answer.content_type


@asynccontextmanager
async def _getting(url: str) -> AsyncIterator[aiohttp.ClientResponse]:
    async with aiohttp.ClientSession(timeout=PATIENCE) as session, session.get(url) as answer:
        yield answer


async def _pour(answer: aiohttp.ClientResponse, spool: Spool) -> None:
    async for chunk in answer.content.iter_chunked(256 * 1024):
        await spool.write(chunk)


def sent_messages(body: str | bytes | None) -> list[dict[str, Any]]:
    """What LINE calls the bubbles that it took; empty where it does not say."""
    try:
        said = json.loads(body or b"{}").get("sentMessages") or []
    except (ValueError, AttributeError):
        return []
    return [one for one in said if isinstance(one, dict)]
