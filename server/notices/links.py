"""Clicks on what stands in notices, where a desk decided to count them: an address of ours that leads on.

There are no tracking pixels; a letter that nobody clicks in is not known to be opened.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

import msgspec

from server.database import Transaction
from server.delivery import Envelope
from server.errors import NotFound
from server.events import NoticeMoved

PATH = "/notices/go/"
_URL = re.compile(r"https?://[^\s<>\"'\\）)」』】]+")
_HREF = re.compile(r'(?<=href=")https?://[^"]+(?=")')


def counted(tx: Transaction, notice: int, letter: Envelope, public_url: str) -> Envelope:
    """The letter with our addresses in the place of those that lead elsewhere; each of them leads to one place."""
    ours = public_url.rstrip("/")
    made: dict[str, str] = {}

    def ours_for(found: re.Match[str]) -> str:
        url = found[0]
        if url.startswith(ours):
            return url
        # In HTML an address is written with entities, and is the same one as in the text.
        plain = url.replace("&amp;", "&")
        if plain not in made:
            made[plain] = secrets.token_urlsafe(12)
            tx.insert("notice_link", token=made[plain], notice_id=notice, url=plain, clicks=0)
        return f"{ours}{PATH}{made[plain]}"

    changed = msgspec.structs.replace(letter, text=_URL.sub(ours_for, letter.text))
    if letter.html is not None:
        changed = msgspec.structs.replace(changed, html=_HREF.sub(ours_for, letter.html))
    if letter.rich is not None:
        drawn = _led(msgspec.to_builtins(letter.rich), ours_for)
        changed = msgspec.structs.replace(changed, rich=msgspec.convert(drawn, type(letter.rich)))
    return changed


def follow(tx: Transaction, token: str) -> str:
    """Somebody clicked: where it leads. Raises `NotFound` for an address that is none of ours."""
    link = tx.first("SELECT * FROM notice_link WHERE token = :token", token=token)
    if link is None:
        raise NotFound("This address leads nowhere.")
    tx.run("UPDATE notice_link SET clicks = clicks + 1 WHERE id = :id", id=link.id)
    opened = tx.first(
        "UPDATE notice SET opened_at = :now WHERE letter_id = (SELECT letter_id FROM notice WHERE id = :id)"
        " AND opened_at IS NULL RETURNING id, customer_id, state",
        now=tx.now,
        id=link.notice_id,
    )
    if opened is not None:
        tx.record(NoticeMoved(notice=link.notice_id, customer=opened.customer_id, state=opened.state))
    return str(link.url)


def _led(drawn: Any, ours_for: Callable[[re.Match[str]], str]) -> Any:
    """What a network draws, with our addresses behind its buttons: Flex's `uri`, a choice's `url`; never pictures."""
    if isinstance(drawn, list | tuple):
        return [_led(each, ours_for) for each in drawn]
    if not isinstance(drawn, dict):
        return drawn
    button = {"uri"} | ({"url"} if "label" in drawn else set())
    return {
        name: _URL.sub(ours_for, value) if name in button and isinstance(value, str) else _led(value, ours_for)
        for name, value in drawn.items()
    }
