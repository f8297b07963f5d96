"""Passwords: argon2id, in threads of its own, so that neither the event loop nor the database waits for it.

The cost is OWASP's first recommendation (46 MiB, one pass, one lane): about 40 ms, and at most two at a time.
"""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.errors import Invalid

SHORTEST = 8
LONGEST = 200

_hasher = PasswordHasher(time_cost=1, memory_cost=47104, parallelism=1)
_threads = ThreadPoolExecutor(2, thread_name_prefix="argon2")


def check_words(password: str, *, field: str = "password") -> None:
    """Raises `Invalid` for a password that is too short or too long to keep."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(fields={field: f"must have {SHORTEST} to {LONGEST} characters"})


def hash_now(password: str) -> str:
    """The hash to keep, made in this thread: for the command line."""
    return _hasher.hash(password)


async def hash_password(password: str) -> str:
    """The hash to keep."""
    return await asyncio.get_running_loop().run_in_executor(_threads, hash_now, password)


async def verify(kept: str | None, password: str) -> bool:
    """Whether it is the password. Takes the same time when there is nobody (None) or no password ("")."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, kept or nobody(), password)


def outdated(kept: str) -> bool:
    """Whether the hash was made at another cost than today's."""
    return _hasher.check_needs_rehash(kept)


@cache
def nobody() -> str:
    """A hash that no password fits."""
    return _hasher.hash(secrets.token_urlsafe(32))


def _verify(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
