"""An account: one place at which the desk can be reached, and what an admin says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Account:
    """One place at which the desk can be reached: a mailbox, a form, a site, a LINE account.

    `settings` holds what an admin typed (see `Channel.fields`), `secrets` the same for fields of kind "secret",
    already decrypted. `address` is what customers see: `support@shop.jp`, a form's name, a phone number.
    """

    id: int
    kind: str
    name: str
    address: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of an account, enough to draw its input on the admin page and its option on the command line.

    Labels and help are English source texts; the pages translate them by gettext. Of the structured kinds "lines" is a
    list of words, "words" a text in each language by its name, "questions" a list of `{name, label, required}`.
    """

    name: str
    label: str
    kind: Literal[
        "text", "secret", "number", "boolean", "choice", "long", "color", "lines", "words", "questions", "json"
    ] = "text"
    default: Any = None
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    section: str = ""
    hidden: bool = False
    """For tests and trials: taken from the command line and the API, and not drawn on the page."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of an account's connection test: what was tried, whether it went well, and what to do if not."""

    name: str
    ok: bool
    words: str = ""


@dataclass(frozen=True, slots=True)
class Embedding:
    """What a shop puts on its pages, ready to be copied, and the line of its Content-Security-Policy that lets it."""

    snippet: str
    policy: str


@dataclass(frozen=True, slots=True)
class Health:
    """How an account's way in is doing, as last seen; shown beside the account and by `madoguchi doctor`."""

    ok: bool
    words: str = ""
    last_fetched: datetime | None = None
    waiting: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What an account's network takes, and how much of it is left this month; None where there is no limit.

    `text_units` is what one bubble holds, in UTF-16 code units; longer texts become several. `used` and `quota` count
    messages, as the network bills them; `as_of` is when it said so.
    """

    text_units: int | None = None
    bubbles: int | None = None
    file_bytes: int | None = None
    choices: int | None = None
    used: int | None = None
    quota: int | None = None
    as_of: datetime | None = None

    @property
    def left(self) -> int | None:
        """How many messages may still leave this month."""
        return None if self.quota is None or self.used is None else max(self.quota - self.used, 0)
