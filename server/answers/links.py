"""Addresses of choices in mails: signed, for some days, and doing nothing until somebody presses the button there."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import NamedTuple

LIVES = 30 * 86_400
"""In seconds: for so long a mail's buttons can be pressed."""


class Chosen(NamedTuple):
    """A choice: the message that offered it, and its place there."""

    message: int
    at: int


class ChoiceLinks:
    """Makes and reads them, under a secret of the desk's."""

    def __init__(self, public_url: str, secret: bytes) -> None:
        self._public_url = public_url.rstrip("/")
        self._secret = secret

    def of(self, message: int, at: int) -> str:
        """Where choice `at` (from 0) of a message of ours is made."""
        until = int(time.time()) + LIVES
        what = f"{message}.{at}.{until}"
        return f"{self._public_url}/choices/{what}.{self._sign(what)}"

    def opened(self, token: str) -> Chosen | None:
        """What a token chooses; None when it is none of ours, or too old."""
        what, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._sign(what).encode(), signature.encode("utf-8", "replace")):
            return None
        message, at, until = map(int, what.split("."))
        return Chosen(message, at) if until >= time.time() else None

    def _sign(self, what: str) -> str:
        digest = hmac.digest(self._secret, f"choice\0{what}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:18]).decode()
