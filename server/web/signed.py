"""Signatures over addresses of ours that must work for a while without a cookie."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

HOUR = 3600


def key_for(secret: bytes, what: str, *, lives: int = 6 * HOUR) -> str:
    """A key that opens `what` for `lives` seconds, rounded up to the hour so that browsers can keep the answer."""
    until = (int(time.time()) + lives) // HOUR * HOUR + HOUR
    return f"{until}.{_sign(secret, what, until)}"


def is_right(secret: bytes, what: str, key: str) -> bool:
    """Whether a key opens `what` now."""
    until, _, signature = key.partition(".")
    if not (until.isascii() and until.isdecimal() and len(until) < 12) or int(until) < time.time():
        return False
    return hmac.compare_digest(signature.encode(), _sign(secret, what, int(until)).encode())


def _sign(secret: bytes, what: str, until: int) -> str:
    digest = hmac.digest(secret, f"address\0{what}\0{until}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:18]).decode()
