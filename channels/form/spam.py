"""What tells a person from a program: a field nobody sees, a page filled in too fast, a third party's puzzle.

A check that fails never swallows a message: the page comes back with all that was written and asks to send it once
more, which a person does and a program does not.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

import aiohttp
import msgspec

from channels.contract import Account, Desk
from channels.form.definition import HONEYPOT, VERIFY_URLS, FormDefinition
from channels.form.submission import Submission
from channels.guard import read_bounded

# How long a page may lie open and its id still mean this one submission.
PAGE_LIVES_SECONDS = 24 * 3600

ANSWER_FIELDS = {"turnstile": "cf-turnstile-response", "hcaptcha": "h-captcha-response"}


@dataclass(frozen=True, slots=True)
class PageToken:
    """The id of one shown page and when it was shown (Unix seconds), signed by the desk."""

    id: str
    shown_at: float

    @classmethod
    def new(cls, now: float | None = None) -> PageToken:
        """For a page that is being shown."""
        # In tenths, and never rounded into the future, where it would look like a program's.
        return cls(secrets.token_urlsafe(12), int((time.time() if now is None else now) * 10) / 10)

    def write(self, desk: Desk, slug: str) -> str:
        """As the hidden field `_submission` carries it."""
        stamp = str(round(self.shown_at * 10))
        return f"{stamp}.{self.id}.{desk.sign('form-page', f'{slug}.{stamp}.{self.id}')}"

    @classmethod
    def read(cls, desk: Desk, slug: str, text: str, now: float | None = None) -> PageToken | None:
        """What the field says; None where there is none (a site's own form), it is forged, or a day has passed."""
        stamp, _, rest = text.partition(".")
        name, _, signature = rest.partition(".")
        if not name or not hmac.compare_digest(
            desk.sign("form-page", f"{slug}.{stamp}.{name}").encode(), signature.encode("utf-8", "replace")
        ):
            return None
        token = cls(name, int(stamp) / 10)
        now = time.time() if now is None else now
        return token if now - token.shown_at < PAGE_LIVES_SECONDS else None


def looks_automatic(form: FormDefinition, sent: Submission, token: PageToken | None) -> bool:
    """Whether the hidden field was filled in, or the page sent faster than anyone writes."""
    if sent.controls.get(HONEYPOT):
        return True
    return token is not None and time.time() - token.shown_at < form.min_seconds


Verdict = Literal["pass", "fail", "unreachable"]


class _Answer(msgspec.Struct):
    success: bool = False


class CaptchaJudge:
    """Asks the puzzle's provider about each answer once, and remembers what it said.

    A provider takes each answer only once (`timeout-or-duplicate`), so a double click would be refused otherwise.
    """

    def __init__(self) -> None:
        self._passed: OrderedDict[str, None] = OrderedDict()

    async def ask(
        self, session: aiohttp.ClientSession, account: Account, form: FormDefinition, sent: Submission, address: str
    ) -> Verdict:
        """The verdict; "unreachable" when no answer comes: their bad day must not cost a customer's message."""
        provider = form.captcha.provider
        answer = sent.controls.get(ANSWER_FIELDS.get(provider, ""), "")
        if not answer or len(answer) > 4096:
            return "fail"
        name = hashlib.sha256(f"{account.id}:{answer}".encode()).hexdigest()
        if name in self._passed:
            return "pass"
        question = {"secret": account.secrets.get("captcha_secret", ""), "response": answer, "remoteip": address}
        url = form.captcha.verify_url or VERIFY_URLS[provider]
        try:
            async with session.post(url, data=question, allow_redirects=False) as response:
                if response.status >= 500:
                    return "unreachable"
                said = msgspec.json.decode(await read_bounded(response, 64 * 1024), type=_Answer)
        except (aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError):
            return "unreachable"
        if not said.success:
            return "fail"
        self._passed[name] = None
        while len(self._passed) > 1000:
            self._passed.popitem(last=False)
        return "pass"
