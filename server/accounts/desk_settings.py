"""In charge of what admins decide for the whole desk: the shop's name, its words for a ticket's state, its mail texts.

One row a setting, so that two admins who change different ones never undo each other. What was never decided stands
at its default, in keigo.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from server.agents import AgentView, require
from server.database import Transaction, kept
from server.database.types import dump
from server.errors import Invalid
from server.events import DeskChanged

LANGUAGES = ("ja", "en")

STATUS_LABELS = {
    "ja": {"open": "未対応", "active": "対応中", "waiting": "保留", "done": "対応完了", "none_needed": "対応不要"},
    "en": {"open": "Open", "active": "In progress", "waiting": "On hold", "done": "Done", "none_needed": "No action"},
}

SLOTS = ("name", "number", "shop", "subject", "text", "footer", "expected")
"""What an acknowledgement may speak of, in braces: `{name}` is the customer with 様 in Japanese, `{expected}` when a
person answers; a line with nothing but that goes where nothing is known of it."""


THEIRS = frozenset({"subject", "text"})
"""Slots that hold what was written to us, whoever wrote it."""

LONGEST_NAME = 40
"""In characters; a longer one is a sentence."""
NO_NAME = re.compile(r"[@<>=:：。！？!?]|//|\w{2}\.\w{2}|(?:\d[-‐－ ]?){5}")
"""What is in no name: addresses, hosts, sentences, telephone numbers."""


class Texts(msgspec.Struct, frozen=True):
    """A mail's subject and text, with `{slots}`."""

    subject: str
    text: str


ACKNOWLEDGEMENT = {
    "ja": Texts(
        "お問い合わせを承りました【受付番号: {number}】",
        "{name}\n\n"
        "このたびは{shop}へお問い合わせいただき、誠にありがとうございます。\n"
        "お問い合わせを承りました。\n\n"
        "受付番号: {number}\n"
        "件名: {subject}\n\n"
        "担当者が内容を確認のうえ、順次ご返信いたします。\n"
        "{expected}\n"
        "恐れ入りますが、いましばらくお待ちくださいますようお願い申し上げます。\n\n"
        "なお、このメールへの返信にて追加のご連絡をいただけます。\n\n"
        "─ お問い合わせ内容 ─\n{text}\n\n{footer}",
    ),
    "en": Texts(
        "We have received your message [No. {number}]",
        "Dear {name},\n\n"
        "Thank you for contacting {shop}. We have received your message and will get back to you soon.\n"
        "{expected}\n\n"
        "Reference number: {number}\n"
        "Subject: {subject}\n\n"
        "To add something, simply reply to this mail.\n\n"
        "-- Your message --\n{text}\n\n{footer}",
    ),
}

BRIEF = {
    "ja": "{shop}へお問い合わせいただき、ありがとうございます。\n"
    "内容を確認のうえ、担当者がこちらでご返信いたします。いましばらくお待ちください。\n"
    "{expected}\n"
    "追加のご連絡も、このままこちらにお送りいただけます。\n\n"
    "受付番号: {number}",
    "en": "Thank you for contacting {shop}. We have received your message and will answer you here soon.\n"
    "{expected}\n"
    "To add something, simply write again.\n\n"
    "Reference number: {number}",
}
"""The acknowledgement where people chat: no subject, no footer, nothing said over again."""


class DeskSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything decided for the desk. Mappings go from a language to words in it.

    `send_account` is the account that answers for accounts which cannot send by themselves (a form). `repeat_words`
    lets acknowledgements repeat subject and message to everybody, also where nothing proves that the address is the
    sender's.
    """

    shop_name: dict[str, str] = {}
    language: str = "ja"
    time_zone: str = "Asia/Tokyo"
    status_labels: dict[str, dict[str, str]] = msgspec.field(default_factory=lambda: STATUS_LABELS)
    acknowledge: bool = True
    acknowledgement: dict[str, Texts] = msgspec.field(default_factory=lambda: ACKNOWLEDGEMENT)
    acknowledgement_brief: dict[str, str] = msgspec.field(default_factory=lambda: BRIEF)
    repeat_words: bool = False
    send_account: int | None = None
    footer: dict[str, str] = {}

    def shop(self, language: str) -> str:
        """The shop's name in a language, or in the other rather than none."""
        return self.shop_name.get(language) or next((name for name in self.shop_name.values() if name), "")

    def label(self, status: str, language: str) -> str:
        """What this desk calls a ticket's status."""
        chosen = self.status_labels.get(language, {}).get(status)
        return chosen or STATUS_LABELS["en" if language == "en" else "ja"].get(status, status)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of screens and mails."""
        return ZoneInfo(self.time_zone)


NAMES = DeskSettings.__struct_fields__


@kept
def read(tx: Transaction) -> DeskSettings:
    """The desk's settings, each decided or at its default."""
    rows = {row.name: row.value for row in tx.all("SELECT name, value FROM desk_setting") if row.name in NAMES}
    return msgspec.convert(rows, DeskSettings)


def write(tx: Transaction, agent: AgentView, changes: Mapping[str, Any]) -> DeskSettings:
    """Decide some settings; the others stay. Raises `Invalid` naming what cannot be."""
    require(agent, "admin")
    problems = dict(_problems(tx, changes))
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    for name, value in changes.items():
        tx.run(
            "INSERT INTO desk_setting (name, value, updated_at) VALUES (:name, :value, :now)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
            name=name, value=dump(value), now=tx.now,
        )  # fmt: skip
    tx.record(DeskChanged(what="settings"), by=agent.actor)
    return read(tx)


def acknowledgement(
    settings: DeskSettings,
    language: str,
    *,
    number: int | str,
    name: str,
    subject: str,
    text: str,
    brief: bool = False,
    template: Texts | None = None,
    expected: str = "",
    proved: bool = True,
) -> Texts:
    """The acknowledgement's subject and text for one ticket; `brief` where people chat, without a subject.

    A name that is not known, or is none, becomes お客様. `template` stands for the usual words, `expected` says when a
    person answers. Unless it is `proved` that it goes to whoever wrote, nothing of what they wrote is in it.
    """
    language = language if language in LANGUAGES else settings.language
    texts = template if template is not None else usual(settings, language, brief=brief)
    if not expected:
        texts = Texts(texts.subject, re.sub(r"(?m)^\{expected\}\n?", "", texts.text))
    if not proved:
        texts, subject, text = Texts(texts.subject, _without_theirs(texts.text)), "", ""
    known = called(name)
    slots = {
        "name": (f"{known} 様" if known else "お客様") if language == "ja" else known or "customer",
        "number": str(number),
        "shop": settings.shop(language) or ("当店" if language == "ja" else "us"),
        "subject": subject,
        "text": text,
        "footer": settings.footer.get(language, ""),
        "expected": expected,
    }
    whole = fill(texts.text, slots).strip()
    line = re.sub(r" {2,}", " ", fill(texts.subject, slots).replace("\n", " ")).strip()
    return Texts(line, whole if brief else whole + "\n")


def _without_theirs(text: str) -> str:
    """A template without what speaks of the customer's words alone: the paragraph around `{text}` with its heading, the
    line of `{subject}`. Where they stand beside other slots these stay."""

    def only_theirs(part: str) -> bool:
        return bool(slots := set(re.findall(r"\{(\w+)\}", part))) and slots <= THEIRS

    paragraphs = [part for part in re.split(r"\n{2,}", text) if not ("{text}" in part and only_theirs(part))]
    lines = ["\n".join(line for line in part.split("\n") if not only_theirs(line)) for part in paragraphs]
    return "\n\n".join(filter(None, lines))


def called(name: str) -> str:
    """A name by which somebody may be addressed in what leaves by itself; empty for what is none. Anybody can write a
    name beside another's address, and our letter would carry it there."""
    known = " ".join(name.split())
    return "" if len(known) > LONGEST_NAME or NO_NAME.search(known) else known


def usual(settings: DeskSettings, language: str, *, brief: bool) -> Texts:
    """The desk's acknowledgement as it was decided, or as it ships."""
    if brief:
        return Texts("", settings.acknowledgement_brief.get(language) or BRIEF[language])
    return settings.acknowledgement.get(language) or ACKNOWLEDGEMENT[language]


def fill(text: str, slots: Mapping[str, str]) -> str:
    """`{slots}` in place, in one pass: what a customer wrote is never read as a slot."""
    return re.sub(r"\{(\w+)\}", lambda found: slots.get(found[1], found[0]), text)


def unknown_slots(text: str) -> list[str]:
    """Names in braces that no slot has; a customer would see them as they stand."""
    return [name for name in re.findall(r"\{(\w+)\}", text) if name not in SLOTS]


def _problems(tx: Transaction, changes: Mapping[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = [(name, "is not a setting") for name in changes if name not in NAMES]
    try:
        wanted = msgspec.convert(msgspec.to_builtins({k: v for k, v in changes.items() if k in NAMES}), DeskSettings)
    except msgspec.ValidationError as error:
        words, _, path = str(error).partition(" - at `$.")
        return [*found, (path.rstrip("`") or "settings", words)]
    if wanted.language not in LANGUAGES:
        found.append(("language", "is not one of the choices"))
    if wanted.time_zone not in available_timezones():
        found.append(("time_zone", "is not a time zone like Asia/Tokyo"))
    for language, labels in wanted.status_labels.items():
        if language not in LANGUAGES or not labels.keys() <= STATUS_LABELS["ja"].keys():
            found.append((f"status_labels.{language}", "is not one of the choices"))
        found += [
            (f"status_labels.{language}.{status}", "is missing" if not label.strip() else "is too long")
            for status, label in labels.items()
            if not 0 < len(label.strip()) <= 30
        ]
    for language, texts in wanted.acknowledgement.items():
        for part, words in (("subject", texts.subject), ("text", texts.text)):
            where = f"acknowledgement.{language}.{part}"
            if not words.strip():
                found.append((where, "is missing"))
            elif unknown_slots(words):
                found.append((where, "has a word in braces that is no slot"))
    for language, words in wanted.acknowledgement_brief.items():
        where = f"acknowledgement_brief.{language}"
        if not words.strip():
            found.append((where, "is missing"))
        elif unknown_slots(words):
            found.append((where, "has a word in braces that is no slot"))
    if wanted.send_account is not None and not tx.value(
        "SELECT id FROM channel_account WHERE id = :id AND removed_at IS NULL", id=wanted.send_account
    ):
        found.append(("send_account", "is not one of the choices"))
    return found
