"""Bad days on demand: errors, silence and slowness of the API, before it has done what was asked or after."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels.line.rules import Detail, Refusal
from channels.line.simulator.refusals import RATE

_WORDS = {
    400: "The request body has 1 error(s)",
    401: "Authentication failed. Confirm that the access token in the authorization header is valid.",
    403: "Access to this API is not available for your account",
    404: "Not found",
    409: "The retry key is already accepted",
    410: "Gone",
    429: RATE,
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}

# Requests per time and endpoint: https://developers.line.biz/en/reference/messaging-api/#rate-limits
_LIMITS: tuple[tuple[str, str, int, timedelta], ...] = (
    ("POST", "/v2/bot/message/broadcast", 60, timedelta(hours=1)),
    ("POST", "/v2/bot/message/narrowcast", 60, timedelta(hours=1)),
    ("POST", "/v2/bot/message/multicast", 200, timedelta(seconds=1)),
    ("POST", "/v2/bot/channel/webhook/test", 60, timedelta(hours=1)),
    ("PUT", "/v2/bot/channel/webhook/endpoint", 1000, timedelta(minutes=1)),
    ("POST", "/v2/bot/richmenu", 100, timedelta(hours=1)),
    ("DELETE", "/v2/bot/richmenu/{richMenuId}", 100, timedelta(hours=1)),
    ("POST", "/v2/bot/richmenu/batch", 3, timedelta(hours=1)),
    ("POST", "/v2/bot/chat/loading/start", 100, timedelta(seconds=1)),
    ("POST", "/oauth2/v2.1/token", 370, timedelta(seconds=1)),
    ("POST", "/oauth2/v3/token", 370, timedelta(seconds=1)),
    ("POST", "/v2/oauth/accessToken", 370, timedelta(seconds=1)),
)
_OTHERS = (2000, timedelta(seconds=1))


@dataclass
class Fault:
    """What goes wrong, how often, and for which endpoint (a part of its path; empty for all)."""

    status: int | None
    times: int = 1
    path: str = ""
    message: str | None = None
    details: tuple[Detail, ...] = ()
    after_accepting: bool = False
    delay: float = 0.0
    silent: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    def refusal(self) -> Refusal | None:
        """The answer to give, or None when it is only slow."""
        if self.status is None:
            return None
        message = self.message or _WORDS.get(self.status, "An error occurred")
        return Refusal(self.status, message, self.details, dict(self.headers))


class Faults:
    """The bad days that are ahead, and the rate limits, which are always there."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._ahead: list[Fault] = []
        self._seen: dict[tuple[str, str], deque[datetime]] = {}
        self._override: tuple[int, timedelta] | None = None

    def fail_next(
        self,
        status: int | None,
        times: int = 1,
        *,
        path: str = "",
        message: str | None = None,
        details: Sequence[tuple[str, str]] = (),
        after_accepting: bool = False,
        delay: float = 0.0,
        silent: bool = False,
    ) -> Fault:
        """Make the next `times` requests whose path contains `path` fail.

        `status` None is only slow. `silent` breaks the connection without an answer. `after_accepting` first does
        what was asked, so that only the answer is lost. `details` are (message, property) pairs; `delay` is seconds.
        """
        listed = tuple(Detail(*each) for each in details)
        fault = Fault(status, times, path, message, listed, after_accepting, delay, silent)
        self._ahead.append(fault)
        return fault

    def limit(self, requests: int | None, per: timedelta = timedelta(seconds=1)) -> None:
        """Allow only so many requests to one endpoint in a time; None goes back to LINE's own limits."""
        self._override = None if requests is None else (requests, per)

    @property
    def ahead(self) -> int:
        """How many requests are still to fail."""
        return sum(fault.times for fault in self._ahead)

    def clear(self) -> None:
        """No more bad days."""
        self._ahead.clear()

    def take(self, path: str) -> Fault | None:
        """The fault for a request to this path, which is thereby used up once."""
        for fault in self._ahead:
            if fault.path in path:
                fault.times -= 1
                if fault.times <= 0:
                    self._ahead.remove(fault)
                return fault
        return None

    def check_rate(self, method: str, route: str) -> None:
        """Raises Refusal (429) when an endpoint is asked more often than it allows."""
        most, per = self._override or next(
            ((limit, time) for verb, path, limit, time in _LIMITS if (verb, path) == (method, route)), _OTHERS
        )
        now = self._clock()
        seen = self._seen.setdefault((method, route), deque())
        while seen and seen[0] <= now - per:
            seen.popleft()
        if len(seen) >= most:
            raise Refusal(429, RATE)
        seen.append(now)
