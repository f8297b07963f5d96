"""In charge of the accounts' secrets at rest: sealed with a key made from the desk's secret, opened with any old one.

The key is HKDF-SHA256 (RFC 5869) of `MADOGUCHI_SECRET`; the sealed text is a Fernet token (AES-128-CBC with
HMAC-SHA256). To change the desk's secret, put the old one into the list of old secrets and run `rotate`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.errors import Unavailable

PURPOSE = b"madoguchi account secrets v1"


def derive(secret: str, purpose: bytes = PURPOSE) -> bytes:
    """A 256-bit key out of a desk's secret, for one purpose only."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())


class Locked(Unavailable):
    """None of the keys opens these secrets: the desk's secret was changed without keeping the old one."""

    code = "locked"


class Keys:
    """The desk's key, and the keys it had before. Seals with the newest, opens with any."""

    def __init__(self, secret: str, old: Sequence[str] = ()) -> None:
        self._newest = Fernet(base64.urlsafe_b64encode(derive(secret)))
        self._all = MultiFernet([self._newest, *(Fernet(base64.urlsafe_b64encode(derive(each))) for each in old)])

    def seal(self, values: Mapping[str, str]) -> str:
        """Secrets as one opaque text; nothing at all for no secrets."""
        return self._newest.encrypt(orjson.dumps(dict(values))).decode() if values else ""

    def open(self, sealed: str) -> dict[str, str]:
        """What was sealed. Raises `Locked`."""
        if not sealed:
            return {}
        try:
            opened: dict[str, str] = orjson.loads(self._all.decrypt(sealed.encode()))
        except InvalidToken as error:
            raise Locked(
                "These secrets were sealed with another MADOGUCHI_SECRET. Enter them again, or give the old one."
            ) from error
        return opened

    def is_newest(self, sealed: str) -> bool:
        """Whether the newest key sealed it, so that the old ones are not needed for it."""
        try:
            self._newest.decrypt(sealed.encode())
        except InvalidToken:
            return not sealed
        return True
