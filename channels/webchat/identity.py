"""A visitor's identity as the shop's server signed it: a JWT (RFC 7519) by HS256 (RFC 7515), read strictly.

Only what the protocol allows is looked at: one algorithm, no `crit`, `sub` and `exp` required. A token with
`"alg": "none"`, a number where a text belongs, or a lifetime without end is refused like one with a wrong signature.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from channels.plain import clean_line

LONGEST = 8_000
LEEWAY = 30
"""In seconds: how far the shop's clock may be from ours."""
FURTHEST = 31 * 86_400
"""In seconds: an identity does not last for ever."""
SHORTEST_KEY = 32
_PART = re.compile(r"[A-Za-z0-9_-]+")
_ADDRESS = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s.\x00-\x1f]+")


class NotSigned(ValueError):
    """The token is not right. The words are for the developer of the site."""


class Signed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who the site says a visitor is. `email_verified` says that the site knows the address to be theirs."""

    sub: str
    name: str = ""
    email: str = ""
    email_verified: bool = False
    phone: str = ""


def signed(token: str, keys: Sequence[str], now: float) -> Signed:
    """The identity in a token that one of the keys signed. Raises `NotSigned`."""
    parts = token.split(".")
    if len(token) > LONGEST or len(parts) != 3 or not all(_PART.fullmatch(part) for part in parts):
        raise NotSigned("this is not a JWT in compact form")
    header = _object(parts[0])
    if header.get("alg") != "HS256":
        raise NotSigned("the algorithm must be HS256")
    if "crit" in header or str(header.get("typ", "JWT")).upper() != "JWT":
        raise NotSigned("the header asks for something that is not understood here")
    given = _decoded(parts[2])
    message = f"{parts[0]}.{parts[1]}".encode()
    keys = [key for key in keys if len(key) >= SHORTEST_KEY]
    if not keys:
        raise NotSigned(f"the site has no identity key of {SHORTEST_KEY} characters or more")
    fits = [hmac.compare_digest(hmac.digest(key.encode(), message, hashlib.sha256), given) for key in keys]
    if not any(fits):
        raise NotSigned("the signature does not fit the site's identity key")
    return _claims(_object(parts[1]), now)


def _claims(claims: dict[str, Any], now: float) -> Signed:
    until = _seconds(claims, "exp")
    if until is None:
        raise NotSigned("exp is missing")
    if until < now - LEEWAY:
        raise NotSigned("it has expired")
    if until > now + FURTHEST:
        raise NotSigned("exp is more than 31 days ahead")
    for name in ("nbf", "iat"):
        begins = _seconds(claims, name)
        if begins is not None and begins > now + LEEWAY:
            raise NotSigned(f"{name} is in the future")
    sub = _text(claims, "sub", 200)
    if not sub:
        raise NotSigned("sub is missing")
    email = _text(claims, "email", 254).lower()
    if email and not _ADDRESS.fullmatch(email):
        raise NotSigned("email is not an address")
    return Signed(
        sub=sub,
        name=_text(claims, "name", 200),
        email=email,
        email_verified=claims.get("email_verified") is True,
        phone=_text(claims, "phone", 60),
    )


def _seconds(claims: dict[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 2**53:
        raise NotSigned(f"{name} must be a number of seconds")
    return float(value)


def _text(claims: dict[str, Any], name: str, longest: int) -> str:
    value = claims.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest:
        raise NotSigned(f"{name} must be text of at most {longest} characters")
    return clean_line(value)


def _object(part: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(_decoded(part), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotSigned("a part of it is no JSON object") from error
    return found


def _decoded(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError) as error:
        raise NotSigned("a part of it is not base64url") from error
