"""Templates of notices: the words that ship with the product, those that admins wrote over them, and how they are
filled in: Jinja in a sandbox, drawn as a mail's HTML and as a card on LINE."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from jinja2 import DictLoader, StrictUndefined, Template, TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from channels.contract import Native
from server.database import Transaction, kept
from server.errors import Invalid
from server.notices import cards, markup
from server.notices.clock import Calendar
from server.notices.filters import FILTERS
from server.notices.values import Values

FOLDER = Path(__file__).parent.parent.parent / "templates" / "notices"
CHANNELS = ("email", "line")
LANGUAGES = ("ja", "en")
PARTS = ("_lines", "_totals", "_signature", "_advertising", "_layout")
"""Pieces that templates include, and the layout of mails; admins may change them as well."""
LAYOUT = "_layout"
MOST_BYTES = 29_000
"""Of a card drawn from a text; LINE takes 30,000."""


class Words(NamedTuple):
    """A template, or a letter made of it. On LINE the subject is the title of the card; without one it is plain text.

    `html` is a mail's own HTML and `card` LINE's own Flex as JSON; empty, both are drawn from the text.
    """

    subject: str
    text: str
    html: str = ""
    card: str = ""

    @property
    def rich(self) -> Native | None:
        """The card of a letter that was drawn, with its words for those who do not see it."""
        return cards.native(self.subject, self.text, json.loads(self.card)) if self.card else None


class Setting(NamedTuple):
    """What words are filled in by, besides values."""

    language: str
    zone: ZoneInfo
    calendar: Calendar


@lru_cache(maxsize=256)
def shipped(kind: str, channel: str, language: str) -> Words | None:
    """The words that ship with the product; None where they do not."""
    if kind == LAYOUT:
        return Words("", (FOLDER / "_layout.html").read_text("utf-8")) if channel == "email" else None
    path = FOLDER / language / f"{kind}.{channel}.txt"
    if not path.is_file():
        return None
    return _split(path.read_text("utf-8"), headed=kind not in PARTS)


@kept
def standing(tx: Transaction, kind: str, channel: str, language: str) -> Words | None:
    """The words that are sent now: the newest version, else ours; of another language rather than none."""
    for each in (language, *(one for one in LANGUAGES if one != language)):
        row = tx.first(
            "SELECT subject, text, html, card FROM notice_template WHERE kind = :kind AND channel = :channel"
            " AND language = :language ORDER BY version DESC LIMIT 1",
            kind=kind,
            channel=channel,
            language=each,
        )
        if row is not None:
            return Words(row.subject, row.text, row.html, row.card)
        if (found := shipped(kind, channel, each)) is not None:
            return found
    return None


@kept
def parts(tx: Transaction, channel: str, language: str) -> dict[str, str]:
    """The pieces that templates include, by name."""
    written = {
        (row.kind, row.channel, row.language): str(row.text)
        for row in tx.all(
            "SELECT kind, channel, language, text FROM notice_template"
            f" WHERE kind IN ({', '.join(map(repr, PARTS))}) ORDER BY version"
        )
    }
    found: dict[str, str] = {}
    for part in PARTS:
        for place in ((way, tongue) for way in (channel, "email") for tongue in (language, *LANGUAGES)):
            ours = shipped(part, *place)
            text = written.get((part, *place)) or (ours.text if ours is not None else "")
            if text:
                found[part] = text
                break
    return found


def fill(
    words: Words, said: Values, setting: Setting, pieces: Mapping[str, str], more: Mapping[str, Any] | None = None
) -> Words:
    """Subject and text; `more` are names besides those of values (`row`, of a bulk letter). Raises `Invalid` with
    Jinja's words for a template that cannot be filled in."""
    around = tuple(sorted(pieces.items()))
    names = _names(said, setting, more)
    try:
        subject = _compiled(around, words.subject).render(names)
        text = _compiled(around, words.text).render(names)
    except _FAILURES as error:
        raise Invalid("The template cannot be filled in: {reason}", reason=str(error)) from error
    return Words(" ".join(subject.split()), _tidy(text))


def letter(
    words: Words,
    said: Values,
    setting: Setting,
    pieces: Mapping[str, str],
    channel: str,
    more: Mapping[str, Any] | None = None,
) -> Words:
    """The whole letter: with the HTML of a mail, and the card of LINE. Raises `Invalid` as `fill` does."""
    filled = fill(words, said, setting, pieces, more)
    names = _names(said, setting, more)
    if channel == "line":
        return filled._replace(card=_card(words, filled, said, setting, pieces, names))
    return filled._replace(html=_html(words, filled, said, setting, pieces, names))


def _html(
    words: Words, filled: Words, said: Values, setting: Setting, pieces: Mapping[str, str], names: dict[str, Any]
) -> str:
    body, foot = markup.letter(filled.text, said.shop.color)
    names = {
        **names,
        "letter": Markup(body),
        "foot": Markup(foot),
        "subject": filled.subject,
        "language": setting.language,
        "ink": markup.ink(said.shop.color),
    }
    around = tuple(sorted(pieces.items()))
    try:
        if words.html.strip():
            body = _compiled(around, words.html, "html").render(names)
            if re.search(r"<html[\s>]", body, re.I):
                return body
        return _compiled(around, pieces[LAYOUT], "html").render(names | {"letter": Markup(body)})
    except _FAILURES as error:
        raise Invalid("The template cannot be filled in: {reason}", reason=str(error)) from error


def _card(
    words: Words, filled: Words, said: Values, setting: Setting, pieces: Mapping[str, str], names: dict[str, Any]
) -> str:
    if words.card.strip():
        try:
            source = _compiled(tuple(sorted(pieces.items())), words.card, "card").render(names)
        except _FAILURES as error:
            raise Invalid("The template cannot be filled in: {reason}", reason=str(error)) from error
        return json.dumps(cards.own(source), ensure_ascii=False)
    if not filled.subject:
        return ""
    shop, language = said.shop, setting.language
    contents = cards.drawn(filled.subject, filled.text, shop=shop.name, color=shop.color, language=language)
    whole = json.dumps(contents, ensure_ascii=False, separators=(",", ":"))
    return whole if len(whole.encode()) <= MOST_BYTES else ""


def _names(said: Values, setting: Setting, more: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"_setting": setting, **{name: getattr(said, name) for name in Values.__struct_fields__}, **(more or {})}


_FAILURES = (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError, MemoryError)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Templates are admins', and yet: no loop without end, no number or text that fills the memory."""

    intercepted_binops = frozenset({"**", "*"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """The fields of our values, told at a glance; of everything else what Jinja's sandbox lets pass."""
        if isinstance(obj, msgspec.Struct):
            return attr in obj.__struct_fields__
        return super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Products of numbers only, and no powers."""
        if operator == "**" or not (isinstance(left, int | Decimal) and isinstance(right, int | Decimal)):
            raise SecurityError(f"{operator} is not for these values")
        return super().call_binop(context, operator, left, right)


@lru_cache(maxsize=64)
def environment(pieces: tuple[tuple[str, str], ...], shape: str = "text") -> ImmutableSandboxedEnvironment:
    """What templates are read by. In "html" values are escaped as HTML, in a "card" as what stands in JSON's quotes."""
    made = _Sandbox(
        loader=DictLoader(dict(pieces)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=shape == "html",
        finalize=_quoted if shape == "card" else None,
    )
    made.globals.clear()
    made.filters.update(FILTERS)
    return made


@lru_cache(maxsize=512)
def _compiled(pieces: tuple[tuple[str, str], ...], source: str, shape: str = "text") -> Template:
    """A template ready to be filled in: compiling takes a hundred times as long as filling in."""
    return environment(pieces, shape).from_string(source)


def parsed(source: str, pieces: Mapping[str, str]) -> nodes.Template:
    """A template's tree. Raises `TemplateError`."""
    return environment(tuple(sorted(pieces.items()))).parse(source)


def _quoted(value: Any) -> str:
    return json.dumps(str(value), ensure_ascii=False)[1:-1]


def _split(whole: str, *, headed: bool) -> Words:
    """A file of ours: the first line is the subject."""
    if not headed:
        return Words("", whole)
    head, _, text = whole.partition("\n")
    return Words(head.strip(), text.lstrip("\n"))


def _tidy(text: str) -> str:
    """No more than one empty line in a row, none at the ends."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip() + "\n"
