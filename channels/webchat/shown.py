"""A message as a visitor's client gets it, and the signed addresses of its files."""

from __future__ import annotations

import hmac
import time
from typing import Any
from urllib.parse import quote

from channels.contract import Account, Desk, ShownFile, ShownMessage
from channels.wording import say

HOUR = 3600
LIVES = 6 * HOUR
SIDES = {"customer": "visitor", "agent": "agent", "desk": "desk"}
# What a browser shows by itself without running anything in it.
PREVIEWED = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def message(desk: Desk, account: Account, conversation: str, said: ShownMessage, language: str) -> dict[str, Any]:
    """A message in the protocol's shape; what the desk says by itself, in the visitor's language."""
    told: dict[str, Any] = {
        "seq": said.seq,
        "conversation": conversation,
        "from": SIDES[said.side],
        "text": words(said, language),
        "at": said.at.isoformat(),
        "files": [_file(desk, account, conversation, file) for file in said.files],
    }
    if said.side == "customer" and said.external_id and not said.by_mail:
        told["id"] = said.external_id.rpartition(":")[2]
    if said.name and said.side == "agent":
        told["agent"] = agent(said.name, said.picture)
    if said.line:
        told["line"] = {"what": said.line, "name": said.name}
    if said.rating is not None:
        told["rating"] = {"score": said.rating.score, "comment": said.rating.comment}
    if said.choices:
        told["choices"] = [{"label": one.label, **({"url": one.url} if one.url else {})} for one in said.choices]
    if said.spoken:
        told["spoken"] = True
    if said.withdrawn:
        told["withdrawn"] = True
    if said.by_mail:
        told["by_mail"] = True
    return told


def words(said: ShownMessage, language: str) -> str:
    """What a message says; what the desk says by itself, in a language."""
    if said.line:
        return say(language, said.text, name=said.name)
    return say(language, said.text) if said.rating is not None else said.text


def agent(name: str, picture: str = "") -> dict[str, Any] | None:
    """An agent as visitors know them."""
    return {"name": name, "picture": picture or None} if name else None


def _file(desk: Desk, account: Account, conversation: str, file: ShownFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "name": file.filename,
        "type": file.content_type,
        "size": file.size,
        "url": file_url(desk, account, conversation, file),
        "preview": file.content_type in PREVIEWED,
    }


def file_url(desk: Desk, account: Account, conversation: str, file: ShownFile) -> str:
    """Where a file can be had for some hours; rounded up to the hour, so that browsers can keep it."""
    until = (int(time.time()) + LIVES) // HOUR * HOUR + HOUR
    key = f"{until}.{account.id}.{conversation}.{_signature(desk, account.id, conversation, file.id, until)}"
    return f"/chat/files/{file.id}/{key}/{quote(file.filename, safe='')}"


def opened(desk: Desk, file_id: int, key: str) -> tuple[int, str] | None:
    """The account and the conversation that a key opens a file of; None when it opens nothing."""
    parts = key.split(".")
    if len(parts) != 4 or not (parts[0].isdecimal() and parts[1].isdecimal() and len(parts[0]) < 12):
        return None
    until, account, conversation, given = int(parts[0]), int(parts[1]), parts[2], parts[3]
    right = _signature(desk, account, conversation, file_id, until)
    if until < time.time() or not hmac.compare_digest(right.encode(), given.encode("utf-8", "replace")):
        return None
    return account, conversation


def _signature(desk: Desk, account: int, conversation: str, file_id: int, until: int) -> str:
    return desk.sign("chat file", f"{account}:{conversation}:{file_id}:{until}")
