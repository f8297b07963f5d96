"""Whether a submission is taken, and if not, what the customer is told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import aiohttp
from aiohttp import web

from channels.contract import Account, Desk
from channels.form.checks import FieldError, check
from channels.form.definition import MEGABYTE, FormDefinition
from channels.form.intake import Cut
from channels.form.pages import Visit
from channels.form.spam import CaptchaJudge, PageToken, looks_automatic
from channels.form.submission import Submission
from channels.origin import ClientAddress
from channels.wording import say

# Posts that may be looked at for each one that may be filed: mistakes and slow puzzles are not abuse.
POSTS_PER_SUBMISSION = 6


@dataclass(frozen=True, slots=True)
class Post:
    """One POST being judged."""

    request: web.Request
    account: Account
    form: FormDefinition
    visit: Visit
    sent: Submission
    token: PageToken | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a submission was not taken: `notice` (English) for all of it, `errors` for single fields, seconds to wait."""

    status: int
    notice: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    errors: Sequence[FieldError] = ()
    wait: float = 0.0


class Judge:
    """Asks everything that there is to ask of a submission, the cheapest first."""

    def __init__(self, desk: Desk, client_address: ClientAddress) -> None:
        self._desk = desk
        self._client_address = client_address
        self._captcha = CaptchaJudge()
        self.session: aiohttp.ClientSession | None = None

    def flood(self, request: web.Request, account: Account, form: FormDefinition) -> float:
        """Seconds to wait before another body is even received from this address."""
        return self._allow(request, account, form, "posts", POSTS_PER_SUBMISSION)

    async def refuses(self, post: Post, cut: Cut | None) -> tuple[Refusal | None, tuple[str, ...]]:
        """Why not, or None and the marks that the message should carry."""
        refusal = _incomplete(post, cut) or await asyncio.to_thread(_mistaken, post) or self._suspicious(post)
        if refusal is not None or post.form.captcha.provider == "none" or self.session is None:
            return refusal, ()
        address = self._client_address(post.request)
        verdict = await self._captcha.ask(self.session, post.account, post.form, post.sent, address)
        if verdict == "fail":
            return Refusal(422, "Please complete the check that you are a person, then send again."), ()
        return None, ("captcha-unreachable",) if verdict == "unreachable" else ()

    def _suspicious(self, post: Post) -> Refusal | None:
        """What only a program does, and too much of anything."""
        if looks_automatic(post.form, post.sent, post.token):
            return Refusal(422, "To keep automatic posts out, please press the button once more.")
        wait = self._allow(post.request, post.account, post.form, "filed", 1)
        if not wait:
            return None
        words = "Many messages came from your connection. Please send this again in about {minutes} minutes."
        return Refusal(429, words, {"minutes": max(1, round(wait / 60))}, wait=wait)

    def _allow(self, request: web.Request, account: Account, form: FormDefinition, what: str, times: int) -> float:
        bucket = f"form:{what}:{account.id}:{self._client_address(request)}"
        return self._desk.allow(bucket, limit=form.rate.limit * times, per=timedelta(seconds=form.rate.seconds))


def _mistaken(post: Post) -> Refusal | None:
    """What a person can mend. In a thread: the patterns are an admin's, and not all are quick."""
    errors = check(post.form, post.sent, post.visit.language)
    return Refusal(422, errors=errors) if errors else None


def _incomplete(post: Post, cut: Cut | None) -> Refusal | None:
    """A body that was too large for the form or the disk; what came of it is shown again."""
    if cut is None:
        return None
    if cut is Cut.NO_ROOM:
        return Refusal(503, "We could not take your message just now. Please send it again in a few minutes.")
    limit = f"{post.form.max_bytes // MEGABYTE}"
    errors = [
        FieldError(
            field.name, say(post.visit.language, "The files are too large: at most {limit} MB in all.", limit=limit)
        )
        for field in post.form.file_fields
    ]
    return Refusal(413, "This is more than can be sent at once.", errors=errors)
