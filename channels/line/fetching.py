"""What LINE keeps and the desk fetches afterwards: files, stickers' pictures, who somebody is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import aiohttp

from channels.contract import Account, Attachment, ContactChanged, Party, Spool, TryLater, Undeliverable
from channels.line.errors import Refused
from channels.line.platform import Clients, Platform
from channels.plain import clean, clean_line

UNHEARD = (aiohttp.ClientError, TimeoutError)


async def fetch(platform: Platform, account: Account, ref: str, spool: Spool) -> str:
    """Write a file's bytes into `spool`; its media type, or nothing to keep the announced one."""
    kind, _, name = ref.partition(":")
    try:
        match kind:
            case "content":
                return await _content(platform, account, name, spool)
            case "sticker":
                id = name.partition(":")[0]
                return await platform.shelf(account, f"/stickershop/v1/sticker/{id}/android/sticker.png", spool)
            case "emoji":
                product, _, id = name.partition(":")[0].partition("/")
                return await platform.shelf(account, f"/sticonshop/v1/sticon/{product}/android/{id}.png", spool)
            case "external":
                return await platform.elsewhere(name.partition(":")[2], spool)
    except Refused as error:
        raise _judged(error) from error
    except UNHEARD as error:
        raise TryLater(f"LINE gave no answer. {error or type(error).__name__}") from error
    raise Undeliverable(f"nobody knows what {ref} is")


async def _content(platform: Platform, account: Account, id: str, spool: Spool) -> str:
    status, content_type = await platform.content(account, id, spool)
    if status == 200:
        return "" if content_type == "application/octet-stream" else content_type
    state = await platform.call(account, lambda clients: clients.blob.get_message_content_transcoding_by_message_id(id))
    if str(getattr(state.status, "value", state.status)) == "failed":
        raise Undeliverable("LINE could not prepare this file.")
    raise TryLater("LINE is still preparing this file.")


def _judged(refused: Refused) -> TryLater | Undeliverable:
    """404 and 410: taken back by its sender, or older than LINE keeps it."""
    if refused.status in (400, 404, 410):
        return Undeliverable(f"LINE no longer has it. LINE: {refused.words}", code="gone")
    if refused.status == 403:
        return Undeliverable(f"LINE does not give it to us. LINE: {refused.words}", code="forbidden")
    return TryLater(f"LINE does not give it now. LINE: {refused.words}")


async def profile(platform: Platform, account: Account, ref: str) -> ContactChanged:
    """Name, picture, language and status message of a person; name and picture of a group."""
    kind, _, rest = ref.partition(":")
    try:
        match kind:
            case "user":
                return await _person(platform, account, rest)
            case "member":
                return await _member(platform, account, *rest.split(":"))
            case "group":
                return await _group(platform, account, rest)
    except Refused as error:
        raise _judged(error) from error
    except UNHEARD as error:
        raise TryLater(f"LINE gave no answer. {error or type(error).__name__}") from error
    raise Undeliverable(f"nobody knows what {ref} is")


async def _person(platform: Platform, account: Account, user: str) -> ContactChanged:
    found = await platform.call(account, lambda clients: clients.api.get_profile(user))
    language = str(found.language or "").partition("-")[0].lower()
    return ContactChanged(
        Party("line", user, clean_line(found.display_name)),
        datetime.now(UTC),
        picture=await _picture(platform, account, found.picture_url),
        language=language,
        status_message=clean(str(found.status_message or "")),
    )


async def _member(platform: Platform, account: Account, kind: str, place: str, user: str) -> ContactChanged:
    async def work(clients: Clients) -> ContactChanged:
        if kind == "group":
            found = await clients.api.get_group_member_profile(group_id=place, user_id=user)
        else:
            found = await clients.api.get_room_member_profile(room_id=place, user_id=user)
        picture = await _picture(platform, account, found.picture_url)
        return ContactChanged(Party("line", user, clean_line(found.display_name)), datetime.now(UTC), picture=picture)

    told: ContactChanged = await platform.call(account, work)
    return told


async def _group(platform: Platform, account: Account, place: str) -> ContactChanged:
    found = await platform.call(account, lambda clients: clients.api.get_group_summary(place))
    picture = await _picture(platform, account, found.picture_url)
    return ContactChanged(Party("line-group", place, clean_line(found.group_name)), datetime.now(UTC), picture=picture)


async def _picture(platform: Platform, account: Account, url: str | None) -> Attachment | None:
    """A picture that cannot be had is no reason to do without the name."""
    try:
        found = await platform.picture(account, url) if url else None
    except UNHEARD:
        return None
    if found is None:
        return None
    data, content_type = found

    def chunks() -> Iterator[bytes]:
        yield data

    return Attachment("picture", content_type, len(data), chunks)
