"""Channel access tokens of every kind. https://developers.line.biz/en/docs/basics/channel-access-token/"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from channels.line.rules import Refusal
from channels.line.simulator import ids
from channels.line.simulator.refusals import EXPIRED_TOKEN, INVALID_TOKEN, NO_TOKEN, OAuthRefusal

Kind = Literal["long-lived", "short-lived", "v2.1", "stateless"]

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
AUDIENCE = "https://api.line.me/"
SHORT = timedelta(days=30)
STATELESS = timedelta(minutes=15)
MOST = 30
_ASSERTION_LIVES = timedelta(minutes=30)
_EVER = timedelta(days=36_000)


@dataclass(frozen=True)
class Token:
    """One token that was given out."""

    value: str
    kind: Kind
    expires: datetime
    key_id: str = ""


class Tokens:
    """The tokens of one channel."""

    def __init__(self, channel_id: str, channel_secret: str, clock: Callable[[], datetime]) -> None:
        self._channel_id = channel_id
        self._secret = channel_secret
        self._clock = clock
        self._given: dict[str, Token] = {}
        self._expired: set[str] = set()
        self._keys: dict[str, rsa.RSAPublicKey] = {}

    # -- what a person does in the console

    def issue_long_lived(self) -> str:
        """A token that lives until it is revoked or another is issued."""
        for token in [token for token in self._given.values() if token.kind == "long-lived"]:
            del self._given[token.value]
        return self._give("long-lived", _EVER).value

    def register_key(self, key: rsa.RSAPublicKey | Mapping[str, Any]) -> str:
        """Register an assertion signing key, as an object or a JWK, and get its `kid`."""
        if not isinstance(key, rsa.RSAPublicKey):
            numbers = rsa.RSAPublicNumbers(e=_number(key["e"]), n=_number(key["n"]))
            key = numbers.public_key()
        kid = ids.opaque(22)
        self._keys[kid] = key
        return kid

    # -- the endpoints

    def short_lived(self, form: Mapping[str, str]) -> dict[str, Any]:
        """`POST /v2/oauth/accessToken`."""
        self._check_grant(form)
        self._check_secret(form)
        token = self._give("short-lived", SHORT, most=MOST)
        return {"access_token": token.value, "expires_in": self._left(token), "token_type": "Bearer"}

    def by_assertion(self, form: Mapping[str, str]) -> dict[str, Any]:
        """`POST /oauth2/v2.1/token`."""
        self._check_grant(form)
        claims = self._claims(form)
        wanted = claims.get("token_exp")
        if not isinstance(wanted, int) or not 0 < wanted <= SHORT.total_seconds():
            raise OAuthRefusal("invalid_client", "Invalid token_exp")
        token = self._give("v2.1", timedelta(seconds=wanted), most=MOST)
        answer = {"access_token": token.value, "expires_in": wanted, "token_type": "Bearer"}
        return answer | {"key_id": token.key_id}

    def stateless(self, form: Mapping[str, str]) -> dict[str, Any]:
        """`POST /oauth2/v3/token`, by assertion or by secret."""
        self._check_grant(form)
        if "client_assertion" in form:
            self._claims(form)
        else:
            self._check_secret(form)
        token = self._give("stateless", STATELESS)
        return {"access_token": token.value, "expires_in": self._left(token), "token_type": "Bearer"}

    def key_ids(self, query: Mapping[str, str]) -> dict[str, Any]:
        """`GET /oauth2/v2.1/tokens/kid`."""
        self._claims(query)
        return {"kids": [token.key_id for token in self._living("v2.1")]}

    def verify(self, value: str, kinds: tuple[Kind, ...]) -> dict[str, Any]:
        """Both `verify` endpoints."""
        token = self._find(value)
        if token is None or token.kind not in kinds:
            raise OAuthRefusal("invalid_request", "access token expired" if value in self._expired else "invalid token")
        scope = "profile chat_message.write" if token.kind == "v2.1" else "P CM"
        return {"client_id": self._channel_id, "expires_in": self._left(token), "scope": scope}

    def revoke(self, value: str, kinds: tuple[Kind, ...]) -> None:
        """`POST /v2/oauth/revoke`: silent, whether the token was there or not."""
        token = self._given.get(value)
        if token is not None and token.kind in kinds:
            del self._given[value]

    def revoke_by_secret(self, form: Mapping[str, str]) -> None:
        """`POST /oauth2/v2.1/revoke`."""
        self._check_secret(form)
        if not form.get("access_token"):
            raise OAuthRefusal("invalid_request", "some parameters missed or invalid")
        self.revoke(form["access_token"], ("v2.1",))

    def check(self, header: str | None) -> Token:
        """Who calls the Messaging API.

        Raises Refusal (401).
        """
        scheme, _, value = (header or "").partition(" ")
        if scheme.lower() != "bearer" or not value:
            raise Refusal(401, NO_TOKEN)
        token = self._find(value.strip())
        if token is None:
            raise Refusal(401, EXPIRED_TOKEN if value in self._expired else INVALID_TOKEN)
        return token

    # -- within

    def _give(self, kind: Kind, lives: timedelta, *, most: int | None = None) -> Token:
        if most is not None and len(self._living(kind)) >= most:
            raise OAuthRefusal("invalid_request", "The number of issued channel access tokens has reached the limit")
        token = Token(ids.opaque(120), kind, self._clock() + lives, ids.opaque(22) if kind == "v2.1" else "")
        self._given[token.value] = token
        return token

    def _find(self, value: str) -> Token | None:
        token = self._given.get(value)
        if token is not None and token.expires <= self._clock():
            del self._given[value]
            self._expired.add(value)
            return None
        return token

    def _living(self, kind: Kind) -> list[Token]:
        return [token for token in self._given.values() if token.kind == kind and token.expires > self._clock()]

    def _left(self, token: Token) -> int:
        return int((token.expires - self._clock()).total_seconds())

    def _check_grant(self, form: Mapping[str, str]) -> None:
        if form.get("grant_type") != "client_credentials":
            raise OAuthRefusal("unsupported_grant_type", "invalid grant_type")

    def _check_secret(self, form: Mapping[str, str]) -> None:
        if not form.get("client_id") or not form.get("client_secret"):
            raise OAuthRefusal("invalid_request", "some parameters missed or invalid")
        if form["client_id"] != self._channel_id:
            raise OAuthRefusal("invalid_client", "invalid client_id")
        if form["client_secret"] != self._secret:
            raise OAuthRefusal("invalid_client", "invalid client_secret")

    def _claims(self, form: Mapping[str, str]) -> dict[str, Any]:
        """What the assertion says, when its signature and times hold (RFC 7523 §3)."""
        if form.get("client_assertion_type") != ASSERTION:
            raise OAuthRefusal("invalid_request", "Invalid client_assertion_type")
        try:
            head, body, signature = form.get("client_assertion", "").split(".")
            header, claims = json.loads(_decoded(head)), json.loads(_decoded(body))
            signed = _decoded(signature)
        except (ValueError, binascii.Error):
            raise OAuthRefusal("invalid_client", "Invalid client_assertion") from None
        key = self._keys.get(header.get("kid", ""))
        if header.get("alg") != "RS256" or key is None:
            raise OAuthRefusal("invalid_client", "Invalid kid" if key is None else "Invalid alg")
        try:
            key.verify(signed, f"{head}.{body}".encode(), padding.PKCS1v15(), SHA256())
        except InvalidSignature:
            raise OAuthRefusal("invalid_client", "Invalid signature") from None
        now = self._clock().timestamp()
        if claims.get("iss") != self._channel_id or claims.get("sub") != self._channel_id:
            raise OAuthRefusal("invalid_client", "Invalid iss or sub")
        if claims.get("aud") != AUDIENCE:
            raise OAuthRefusal("invalid_client", "Invalid aud")
        until = claims.get("exp")
        if not isinstance(until, (int, float)) or not now < until <= now + _ASSERTION_LIVES.total_seconds() + 5:
            raise OAuthRefusal("invalid_client", "Invalid exp")
        return dict(claims)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _number(part: str) -> int:
    return int.from_bytes(_decoded(part), "big")
