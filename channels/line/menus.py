"""Rich menus from files: a definition as LINE writes it (JSON), and its picture.

https://developers.line.biz/en/reference/messaging-api/#rich-menu
"""

from __future__ import annotations

import io
from collections.abc import Awaitable
from typing import Any, TypeVar

import aiohttp
from PIL import Image, UnidentifiedImageError

from channels.contract import Account, Desk
from channels.line.errors import Refused
from channels.line.platform import Clients, Platform

T = TypeVar("T")
MEMORY = "rich-menu"
LARGEST = 1_000_000
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png"}


class BadMenu(ValueError):
    """The files do not make a menu; the words say why."""


async def in_words(work: Awaitable[T]) -> T:
    """LINE's refusals as `BadMenu`."""
    try:
        return await work
    except Refused as error:
        raise BadMenu(f"LINE does not take it: {error.words}") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise BadMenu(f"LINE cannot be reached: {error or type(error).__name__}") from error


async def put(desk: Desk, platform: Platform, account: Account, definition: dict[str, Any], picture: bytes) -> str:
    """Make a menu, show it to everybody, and take away the one that was put here before; its id.

    Raises `BadMenu` before LINE is asked, and `Refused`.
    """
    media_type = judged(definition, picture)

    async def work(clients: Clients) -> str:
        # As it was written: the SDK's model would leave out what is newer than it is.
        answer = await clients.api_client.call_api(
            "/v2/bot/richmenu",
            "POST",
            header_params={"Content-Type": "application/json"},
            body=definition,
            response_types_map={"200": "RichMenuIdResponse"},
        )
        id = str(answer.data.rich_menu_id)
        await clients.blob.set_rich_menu_image(rich_menu_id=id, body=picture, _headers={"Content-Type": media_type})
        await clients.api.set_default_rich_menu(id)
        return id

    id: str = await platform.call(account, work)
    await _drop(desk, platform, account)
    await desk.remember(account, MEMORY, id)
    return id


async def take_away(desk: Desk, platform: Platform, account: Account) -> None:
    """No menu for everybody any more; the one that was put here is deleted."""
    await platform.call(account, lambda clients: clients.api.cancel_default_rich_menu())
    await _drop(desk, platform, account)
    await desk.remember(account, MEMORY, None)


async def shown(platform: Platform, account: Account) -> list[dict[str, Any]]:
    """The menus that LINE knows of the account."""
    found = await platform.call(account, lambda clients: clients.api.get_rich_menu_list())
    return [one.to_dict() for one in found.richmenus]


async def _drop(desk: Desk, platform: Platform, account: Account) -> None:
    former = await desk.recall(account, MEMORY)
    if not former:
        return

    async def work(clients: Clients) -> None:
        try:
            await clients.api.delete_rich_menu(str(former))
        except clients.sdk.ApiException as error:
            if error.status != 404:
                raise

    await platform.call(account, work)


def judged(definition: dict[str, Any], picture: bytes) -> str:
    """The picture's media type. Raises `BadMenu` where LINE would refuse, with what to do."""
    size = definition.get("size") or {}
    try:
        with Image.open(io.BytesIO(picture)) as image:
            kind, measures = str(image.format), image.size
    except (UnidentifiedImageError, OSError) as error:
        raise BadMenu("The picture is neither a JPEG nor a PNG.") from error
    if kind not in TYPES:
        raise BadMenu("The picture is neither a JPEG nor a PNG.")
    if len(picture) > LARGEST:
        raise BadMenu("The picture has more than 1 MB.")
    if (size.get("width"), size.get("height")) != measures:
        raise BadMenu(f"The picture is {measures[0]} by {measures[1]}, and the menu says otherwise.")
    if not definition.get("areas"):
        raise BadMenu("The menu has no areas to tap.")
    return TYPES[kind]
