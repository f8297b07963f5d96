"""The shapes of LINE's identifiers."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

USER = re.compile(r"U[0-9a-f]{32}\Z")
GROUP = re.compile(r"C[0-9a-f]{32}\Z")
ROOM = re.compile(r"R[0-9a-f]{32}\Z")


def user_id(seed: str | None = None) -> str:
    """A person's or an account's id; always the same from the same seed."""
    return "U" + _digits(seed)


def group_id(seed: str | None = None) -> str:
    """A group chat's id."""
    return "C" + _digits(seed)


def room_id(seed: str | None = None) -> str:
    """A multi-person chat's id."""
    return "R" + _digits(seed)


def _digits(seed: str | None) -> str:
    return secrets.token_hex(16) if seed is None else hashlib.sha256(seed.encode()).hexdigest()[:32]


def opaque(letters: int = 43) -> str:
    """A token that means nothing to whoever holds it."""
    return secrets.token_urlsafe(letters)[:letters]


def ulid(at: datetime) -> str:
    """A webhook event's id: 26 letters of which the first ten are the millisecond."""
    number = (int(at.timestamp() * 1000) << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))
