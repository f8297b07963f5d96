"""What admins decide of automatic answers: where they are on, when they step back, and what is said besides them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server.accounts import desk_settings
from server.accounts.desk_settings import LANGUAGES, Texts
from server.agents import AgentView, require
from server.answers import wordlists
from server.answers.opening import Openings
from server.answers.opening import problems as timetable_problems
from server.database import Transaction
from server.database.types import dump
from server.errors import Invalid
from server.events import DeskChanged

When = Literal["always", "open", "closed"]
Phrase = Annotated[str, Meta(min_length=1, max_length=100)]


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One account. `when` says in which hours it answers; `offer` whether customers are shown likely questions to
    choose from; `stopped_because` why the desk itself switched it off."""

    on: bool = False
    when: When = "always"
    offer: bool = True
    stopped_because: str = ""
    since: datetime | None = None


class BesideTexts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said on one kind of channel in one language instead of the desk's own words; empty: those."""

    acknowledgement: Annotated[str, Meta(max_length=5000)] = ""
    away: Annotated[str, Meta(max_length=5000)] = ""


class AnswerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything decided of automatic answers.

    `accounts` are by id, `words` by group (person, angry, sensitive) and language (left out: those that ship), `texts`
    by kind of account and language, `expected` in minutes by kind (0: nothing is promised; left out: as it was lately).
    `handover` is whether chats are told once that a person goes on after automatic answers; its words are by language,
    in opening hours (`handover_brief`) and outside of them (`handover_away`).
    """

    accounts: dict[str, Policy] = {}
    most_in_a_row: Annotated[int, Meta(ge=1, le=20)] = 2
    person_hours: Annotated[int, Meta(ge=1, le=720)] = 24
    segments_never: Annotated[list[Annotated[str, Meta(max_length=100)]], Meta(max_length=50)] = []
    words: dict[str, dict[str, Annotated[list[Phrase], Meta(max_length=500)]]] = {}
    least_precision: Annotated[float, Meta(ge=0, le=1)] = 0.8
    opening: Openings = Openings()
    expected: dict[str, Annotated[int, Meta(ge=0, le=60 * 24 * 14)]] = {}
    away: bool = True
    away_letter: dict[str, Texts] = {}
    away_brief: dict[str, Annotated[str, Meta(max_length=5000)]] = {}
    texts: dict[str, dict[str, BesideTexts]] = {}
    handover: bool = True
    handover_brief: dict[str, Annotated[str, Meta(max_length=5000)]] = {}
    handover_away: dict[str, Annotated[str, Meta(max_length=5000)]] = {}

    def policy(self, account: int) -> Policy:
        """What was decided for an account."""
        return self.accounts.get(str(account), OFF)

    @property
    def any_on(self) -> bool:
        """Whether any account answers by itself."""
        return any(one.on for one in self.accounts.values())

    def listed(self, group: str, language: str) -> list[str]:
        """The words of a group in a language, as they were decided or as they ship."""
        return self.words.get(group, {}).get(language, wordlists.DEFAULT[group][language])

    def phrases(self, group: str) -> Iterator[str]:
        """The words of a group, in all languages: people mix them."""
        for language in LANGUAGES:
            yield from self.listed(group, language)


OFF = Policy()


class SettingsChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an admin decides anew; what is left out stays."""

    accounts: dict[str, Policy] | UnsetType = UNSET
    most_in_a_row: int | UnsetType = UNSET
    person_hours: int | UnsetType = UNSET
    segments_never: list[str] | UnsetType = UNSET
    words: dict[str, dict[str, list[str]]] | UnsetType = UNSET
    least_precision: float | UnsetType = UNSET
    opening: Openings | UnsetType = UNSET
    expected: dict[str, int] | UnsetType = UNSET
    away: bool | UnsetType = UNSET
    away_letter: dict[str, Texts] | UnsetType = UNSET
    away_brief: dict[str, str] | UnsetType = UNSET
    texts: dict[str, dict[str, BesideTexts]] | UnsetType = UNSET
    handover: bool | UnsetType = UNSET
    handover_brief: dict[str, str] | UnsetType = UNSET
    handover_away: dict[str, str] | UnsetType = UNSET


def lock(tx: Transaction) -> Any:
    """The one row, kept for this unit alone."""
    tx.run("INSERT INTO answer_desk (id, seen, settings) VALUES (1, 0, '{}') ON CONFLICT (id) DO NOTHING")
    return tx.one("SELECT * FROM answer_desk" + ("" if tx.dialect == "sqlite" else " FOR UPDATE"))


def read(tx: Transaction) -> AnswerSettings:
    """As decided, or as it ships: nothing is answered by itself."""
    row = tx.first("SELECT settings FROM answer_desk")
    return msgspec.convert(row.settings, AnswerSettings) if row is not None else AnswerSettings()


def write(tx: Transaction, agent: AgentView, change: SettingsChange) -> AnswerSettings:
    """Decide some of them; accounts that are not named stay as they are. Raises `Invalid`."""
    require(agent, "admin")
    lock(tx)
    before = read(tx)
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}
    if "accounts" in given:
        given["accounts"] = {**before.accounts, **_switched(tx, before, given["accounts"])}
    try:
        wanted = msgspec.convert(msgspec.to_builtins(msgspec.structs.replace(before, **given)), AnswerSettings)
    except msgspec.ValidationError as error:
        words, _, path = str(error).partition(" - at `$.")
        raise Invalid("Some fields need another look.", fields={path.rstrip("`") or "settings": words}) from None
    problems = dict(_problems(tx, wanted))
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    keep(tx, wanted)
    if wanted.any_on and not before.any_on:
        begin(tx)
    tx.record(DeskChanged(what="answers"), agent.actor)
    return wanted


def keep(tx: Transaction, wanted: AnswerSettings) -> None:
    """Write them down."""
    tx.run("UPDATE answer_desk SET settings = :settings", settings=dump(msgspec.to_builtins(wanted)))


def begin(tx: Transaction) -> None:
    """Nothing that was said before is answered: looking begins with what comes now."""
    tx.run("UPDATE answer_desk SET seen = (SELECT coalesce(max(seq), 0) FROM change_counter)")


def _switched(tx: Transaction, before: AnswerSettings, given: dict[str, Policy]) -> dict[str, Policy]:
    """Switching on anew forgets why it was switched off, and counts verdicts from now."""
    return {
        account: msgspec.structs.replace(policy, stopped_because="", since=tx.now)
        if policy.on and not before.accounts.get(account, OFF).on
        else msgspec.structs.replace(policy, since=before.accounts.get(account, OFF).since)
        for account, policy in given.items()
    }


def _problems(tx: Transaction, wanted: AnswerSettings) -> Iterator[tuple[str, str]]:
    for account in wanted.accounts:
        if not account.isdecimal() or not tx.value("SELECT 1 FROM channel_account WHERE id = :id", id=int(account)):
            yield f"accounts.{account}", "is not one of the choices"
    for team, hours in wanted.opening.teams.items():
        if not team.isdecimal() or not tx.value("SELECT 1 FROM team WHERE id = :id", id=int(team)):
            yield f"opening.teams.{team}", "There is no team with this number."
        yield from ((f"opening.teams.{team}.{name}", words) for name, words in timetable_problems(hours))
    yield from ((f"opening.desk.{name}", words) for name, words in timetable_problems(wanted.opening.desk))
    for group, said in wanted.words.items():
        if group not in wordlists.DEFAULT or not said.keys() <= set(LANGUAGES):
            yield f"words.{group}", "is not one of the choices"
    for where, text in _texts(wanted):
        if desk_settings.unknown_slots(text):
            yield where, "has a word in braces that is no slot"


def _texts(wanted: AnswerSettings) -> Iterator[tuple[str, str]]:
    for language, letter in wanted.away_letter.items():
        yield f"away_letter.{language}.text", letter.text
        yield f"away_letter.{language}.subject", letter.subject
    for name in ("away_brief", "handover_brief", "handover_away"):
        for language, text in getattr(wanted, name).items():
            yield f"{name}.{language}", text
    for kind, by_language in wanted.texts.items():
        for language, texts in by_language.items():
            yield f"texts.{kind}.{language}.acknowledgement", texts.acknowledgement
            yield f"texts.{kind}.{language}.away", texts.away
