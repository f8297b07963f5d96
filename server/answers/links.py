"""Signed addresses in what the desk says by itself: choices, which do nothing until somebody presses the button there,
and files of articles."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import NamedTuple
from urllib.parse import quote

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


class FileLinks:
    """Makes and reads the addresses of articles' files. They last, as a file that was sent would."""

    def __init__(self, public_url: str, secret: bytes) -> None:
        self._public_url = public_url.rstrip("/")
        self._secret = secret

    def of(self, file: int, name: str) -> str:
        """Where a file of an article is fetched, by its number; `name` is for people."""
        return f"{self._public_url}/article-files/{file}.{self._sign(file)}/{quote(name, safe='')}"

    def opened(self, token: str) -> int | None:
        """The file that a token opens; None when it is none of ours."""
        file, _, signature = token.partition(".")
        if not (file.isascii() and file.isdecimal() and len(file) < 10):
            return None
        return int(file) if hmac.compare_digest(self._sign(int(file)).encode(), signature.encode()) else None

    def _sign(self, file: int) -> str:
        digest = hmac.digest(self._secret, f"article file\0{file}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:18]).decode()
