"""Templates as admins edit them: versions that stay, what is wrong with each, and what changed between two."""

from __future__ import annotations

import difflib
from datetime import datetime

from server.agents import AgentView, require
from server.database import Transaction
from server.errors import Conflict, Invalid, NotFound
from server.events import DeskChanged
from server.notices import kinds, linting, wording
from server.notices.views import View
from server.notices.wording import Words

LANGUAGES = wording.LANGUAGES


class TemplateDraft(View, frozen=True, kw_only=True):
    """Words as they are written. `subject` is a mail's, and the title of a card on LINE. `html` is a mail's own HTML,
    `card` LINE's own Flex as JSON; empty, they are drawn from the text."""

    subject: str = ""
    text: str
    html: str = ""
    card: str = ""

    @property
    def words(self) -> Words:
        """The same, tidied up as it is kept."""
        tidy = (part.replace("\r\n", "\n").strip() for part in (self.text, self.html, self.card))
        text, html, card = (part + "\n" if part else "" for part in tidy)
        return Words(self.subject.strip(), text, html, card)


class TemplateView(TemplateDraft, frozen=True, kw_only=True):
    """The words of a kind for one channel in one language. Version 0 are those that ship with the product.

    `faults` is what is wrong with them, in English words of the catalogue.
    """

    kind: str
    channel: str
    language: str
    version: int
    by: str = ""
    at: datetime | None = None
    faults: list[str] = []


class TemplateDiff(View, frozen=True, kw_only=True):
    """What changed from one version to another: lines of a unified diff, without its head."""

    old: int
    new: int
    lines: list[str]


def view(tx: Transaction, kind: str, channel: str, language: str) -> TemplateView:
    """What is sent now; empty words at version 0 where nothing ships. Raises `NotFound` or `Invalid`."""
    found = versions(tx, kind, channel, language)
    return found[0]


def versions(tx: Transaction, kind: str, channel: str, language: str) -> list[TemplateView]:
    """All of them, the newest first, ours last."""
    check_place(tx, kind, channel, language)
    rows = tx.all(
        "SELECT * FROM notice_template WHERE kind = :kind AND channel = :channel AND language = :language"
        " ORDER BY version DESC",
        kind=kind,
        channel=channel,
        language=language,
    )
    pieces = wording.parts(tx, channel, language)
    ours = wording.shipped(kind, channel, language) or Words("", "")
    whole = [
        (row.version, Words(row.subject, row.text, row.html, row.card), row.by_whom, row.created_at) for row in rows
    ]
    return [
        TemplateView(
            kind=kind,
            channel=channel,
            language=language,
            version=version,
            **words._asdict(),
            by=by,
            at=at,
            faults=faults(tx, kind, words, channel, pieces) if words.text else [],
        )
        for version, words, by, at in [*whole, (0, ours, "", None)]
    ]


def save(
    tx: Transaction, agent: AgentView, kind: str, channel: str, language: str, draft: TemplateDraft, *, seen: int
) -> TemplateView:
    """Write a new version, which is sent from now on. Raises `Conflict` when somebody wrote one since `seen`, and
    `Invalid` for words that could not be sent."""
    require(agent, "admin")
    standing = view(tx, kind, channel, language)
    if standing.version != seen:
        raise Conflict("Somebody has changed this meanwhile.", current=standing)
    words = draft.words
    wrong = linting.serious(faults(tx, kind, words, channel, wording.parts(tx, channel, language)))
    if wrong:
        raise Invalid(fields={"text": "\n".join(wrong)})
    tx.insert(
        "notice_template",
        kind=kind,
        channel=channel,
        language=language,
        version=standing.version + 1,
        **words._asdict(),
        by_whom=agent.actor,
        created_at=tx.now,
    )
    tx.record(DeskChanged(what="notice_template"), agent.actor)
    return view(tx, kind, channel, language)


def roll_back(tx: Transaction, agent: AgentView, kind: str, channel: str, language: str, version: int) -> TemplateView:
    """Let the words of an earlier version be sent again, as a new one. Raises `NotFound`."""
    found = versions(tx, kind, channel, language)
    wanted = _one(found, version)
    if not wanted.text:
        raise NotFound("There is no version {version}.", version=version)
    draft = TemplateDraft(subject=wanted.subject, text=wanted.text, html=wanted.html, card=wanted.card)
    return save(tx, agent, kind, channel, language, draft, seen=found[0].version)


def diff(tx: Transaction, kind: str, channel: str, language: str, old: int, new: int) -> TemplateDiff:
    """What changed between two versions. Raises `NotFound`."""
    found = versions(tx, kind, channel, language)
    before, after = (_lines(_one(found, version)) for version in (old, new))
    lines = list(difflib.unified_diff(before, after, lineterm="", n=2))[2:]
    return TemplateDiff(old=old, new=new, lines=[line for line in lines if not line.startswith("@@")])


def faults(tx: Transaction, kind: str, words: Words, channel: str, pieces: dict[str, str]) -> list[str]:
    """What is wrong with words of a kind, or with a piece of templates."""
    part = kind in wording.PARTS
    purpose = "" if part else kinds.one(tx, kind).purpose
    return linting.faults(
        words, channel="" if part else channel, purpose=purpose, pieces=pieces, html=kind == wording.LAYOUT
    )


def check_place(tx: Transaction, kind: str, channel: str, language: str) -> None:
    """Raises `NotFound` for a kind that there is not, `Invalid` for a channel or language."""
    if kind not in wording.PARTS:
        kinds.one(tx, kind)
    if channel not in wording.CHANNELS:
        raise Invalid(fields={"channel": "is not one of the choices"})
    if language not in LANGUAGES:
        raise Invalid(fields={"language": "is not one of the choices"})


def _one(found: list[TemplateView], version: int) -> TemplateView:
    for each in found:
        if each.version == version:
            return each
    raise NotFound("There is no version {version}.", version=version)


def _lines(words: TemplateView) -> list[str]:
    parts = (words.subject, words.text, words.html, words.card)
    return [line for part in parts if part for line in part.splitlines()]
