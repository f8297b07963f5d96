"""What can be wrong with a request, told apart by what its sender can do about it.

    DeskError
    ├── Invalid          422  the words are not acceptable; `fields` says which and why
    ├── Unauthenticated  401  nobody is signed in
    ├── Forbidden        403  signed in, but not allowed
    ├── NotFound         404  there is no such thing, or it may not be seen
    ├── Conflict         409  somebody was faster; `current` shows what stands now
    ├── TooLarge         413  more bytes than the desk takes
    ├── TooMany          429  too often; `after` seconds from now it is allowed again
    └── Unavailable      503  the desk cannot do it now (database locked or gone, disk full); try again

The doors (`server.web.problems`) turn each into the same shape, `application/problem+json` outside (RFC 9457).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class DeskError(Exception):
    """A failure with words for the person who asked. `words` is an English source text for the catalogue."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"

    def __init__(self, words: str = "", **values: Any) -> None:
        super().__init__(words.format_map(values) if values else words)
        self.words = words
        self.values = values


class Invalid(DeskError):
    """Not acceptable as it stands. `fields` maps a field's path to what is wrong with it; `plain` says that there are
    no other words."""

    status = 422
    code = "invalid"

    def __init__(self, words: str = "", *, fields: Mapping[str, str] | None = None, **values: Any) -> None:
        super().__init__(words or "; ".join(f"{name}: {text}" for name, text in (fields or {}).items()), **values)
        self.fields = dict(fields or {})
        self.plain = not words


class Unauthenticated(DeskError):
    """Nobody is signed in, or the token is unknown."""

    status = 401
    code = "unauthenticated"


class Forbidden(DeskError):
    """Signed in, but this role or token may not do it."""

    status = 403
    code = "forbidden"


class NotFound(DeskError):
    """There is no such thing."""

    status = 404
    code = "not_found"


class Conflict(DeskError):
    """Somebody changed it in between. `current` is what stands now, in the shape the door would answer."""

    status = 409
    code = "conflict"

    def __init__(self, words: str = "", *, current: Any = None, **values: Any) -> None:
        super().__init__(words, **values)
        self.current = current


class TooLarge(DeskError):
    """More bytes than the desk takes at this door."""

    status = 413
    code = "too_large"


class TooMany(DeskError):
    """Too often. `after` is in seconds."""

    status = 429
    code = "too_many"

    def __init__(self, words: str = "", *, after: float = 1.0, **values: Any) -> None:
        super().__init__(words, **values)
        self.after = after


class Unavailable(DeskError):
    """Not now: the database or the disk is in the way. The same request may succeed later."""

    status = 503
    code = "unavailable"
