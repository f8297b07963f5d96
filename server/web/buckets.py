"""Rate limits: how often somebody may do something, held in memory that is bounded.

Each bucket is one number, the time at which it would be full again (the generic cell rate algorithm, ITU-T I.371).
Answers name the policy and what is left of it (draft-ietf-httpapi-ratelimit-headers).
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web
from multidict import CIMultiDict

from server.errors import TooMany

MOST_BUCKETS = 20_000


@dataclass(frozen=True, slots=True)
class Policy:
    """`quota` requests in `window` seconds, all at once if need be. A quota of 0 is no limit."""

    name: str
    quota: int
    window: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a request. `remaining` may follow at once; `after` is 0.0 when it was allowed."""

    policy: Policy
    remaining: int
    reset: float
    after: float

    def require(self) -> None:
        """Raises `TooMany` unless it was allowed."""
        if self.after:
            seconds = math.ceil(self.after)
            raise TooMany("Too often. Please wait {seconds} seconds.", after=self.after, seconds=seconds)

    def mark(self, headers: CIMultiDict[str]) -> None:
        """Tell the client."""
        policy = self.policy
        headers["RateLimit-Policy"] = f'"{policy.name}";q={policy.quota};w={policy.window:.0f}'
        headers["RateLimit"] = f'"{policy.name}";r={self.remaining};t={math.ceil(self.reset)}'


class Buckets:
    """All buckets of this process; the ones longest untouched are forgotten first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = MOST_BUCKETS) -> None:
        self._full_at: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._clock = clock
        self._most = most

    def take(self, policy: Policy, whose: str) -> Verdict:
        """Count one request. One that is not allowed is not counted."""
        if policy.quota <= 0:
            return Verdict(policy, 0, 0.0, 0.0)
        now = self._clock()
        key = (policy.name, whose)
        interval = policy.window / policy.quota
        before = max(now, self._full_at.get(key, now))
        wanted = before + interval
        after = wanted - policy.window - now
        if after > 1e-9:
            return Verdict(policy, 0, before - now, after)
        self._full_at[key] = wanted
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        return Verdict(policy, math.floor((policy.window - (wanted - now)) / interval + 1e-9), wanted - now, 0.0)

    def forgive(self, policy: Policy, whose: str) -> None:
        """Start afresh: somebody showed who they are."""
        self._full_at.pop((policy.name, whose), None)


BUCKETS = web.AppKey("buckets", Buckets)
VERDICT = web.RequestKey("verdict", Verdict)
