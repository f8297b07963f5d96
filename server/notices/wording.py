"""Templates of notices: the words that ship with the product, those that admins wrote over them, and how they are
filled in: Jinja in a sandbox, with filters for amounts, days and names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_currency
from jinja2 import DictLoader, StrictUndefined, TemplateError, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from server.database import Transaction
from server.errors import Invalid
from server.notices import clock, values
from server.notices.clock import Calendar
from server.notices.values import Values

FOLDER = Path(__file__).parent.parent.parent / "templates" / "notices"
CHANNELS = ("email", "line")
PARTS = ("_lines", "_totals", "_signature")
"""Pieces that templates include; admins may change them as well."""
LONGEST = 20_000
WEEKDAYS = "月火水木金土日"
TWICE_POLITE = re.compile(
    "ご覧になられ|おっしゃられ|お越しになられ|お見えになられ|召し上がられ|お帰りになられ|拝見させていただ|お伺いさせていただ|"
    "拝読させていただ|頂戴させていただ|ご利用になられ|お求めになられ|お読みになられ"
)


class Words(NamedTuple):
    """A template, or a letter made of it. LINE has no subject."""

    subject: str
    text: str


class Setting(NamedTuple):
    """What words are filled in by, besides values."""

    language: str
    zone: ZoneInfo
    calendar: Calendar


def shipped(kind: str, channel: str, language: str) -> Words | None:
    """The words that ship with the product; None where they do not."""
    path = FOLDER / language / f"{kind}.{channel}.txt"
    if not path.is_file():
        return None
    return _split(path.read_text("utf-8"), headed=channel == "email" and kind not in PARTS)


def standing(tx: Transaction, kind: str, channel: str, language: str) -> Words | None:
    """The words that are sent now: the newest version, else ours; of another language rather than none."""
    for each in (language, *(one for one in ("ja", "en") if one != language)):
        row = tx.first(
            "SELECT subject, text FROM notice_template WHERE kind = :kind AND channel = :channel"
            " AND language = :language ORDER BY version DESC LIMIT 1",
            kind=kind,
            channel=channel,
            language=each,
        )
        if row is not None:
            return Words(row.subject, row.text)
        if (found := shipped(kind, channel, each)) is not None:
            return found
    return None


def parts(tx: Transaction, channel: str, language: str) -> dict[str, str]:
    """The pieces that templates include, by name."""
    found = {part: standing(tx, part, channel, language) or standing(tx, part, "email", language) for part in PARTS}
    return {name: words.text for name, words in found.items() if words is not None}


def fill(
    words: Words, said: Values, setting: Setting, pieces: Mapping[str, str], more: Mapping[str, Any] | None = None
) -> Words:
    """The letter; `more` are names besides those of values (`row`, of a bulk letter). Raises `Invalid` with Jinja's
    words for a template that cannot be filled in."""
    made = _environment(tuple(sorted(pieces.items())))
    names = {"_setting": setting, **{name: getattr(said, name) for name in Values.__struct_fields__}, **(more or {})}
    try:
        subject = made.from_string(words.subject).render(names)
        text = made.from_string(words.text).render(names)
    except (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError, MemoryError) as error:
        raise Invalid("The template cannot be filled in: {reason}", reason=str(error)) from error
    return Words(" ".join(subject.split()), _tidy(text))


def lint(
    words: Words, *, channel: str, purpose: str, pieces: Mapping[str, str], more: Mapping[str, Any] | None = None
) -> list[str]:
    """What is wrong with a template, in English words of the catalogue; empty when nothing is. `more` are names that
    it may use besides `KNOWN`, nested alike."""
    return list(_faults(words, channel, purpose, pieces, {**KNOWN, **(more or {})}))


def _faults(
    words: Words, channel: str, purpose: str, pieces: Mapping[str, str], known: Mapping[str, Any]
) -> Iterator[str]:
    if channel == "email" and not words.subject.strip():
        yield "The subject is missing."
    if not words.text.strip():
        yield "The text is missing."
    if len(words.text) > LONGEST:
        yield "The text is too long."
    made = _environment(tuple(sorted(pieces.items())))
    for part in (words.subject, words.text):
        try:
            tree = made.parse(part)
            made.from_string(part)
        except TemplateError as error:
            yield f"Line {getattr(error, 'lineno', 1)}: {error}"
            continue
        for name in sorted(set(_unknown(tree, known))):
            yield f"There is no value named {name}."
        for data in tree.find_all(nodes.TemplateData):
            if re.search(r"\{\{|\}\}|\{%|%\}|\{[a-z_]+\}", data.data):
                yield "A brace is left over."
                break
    if (found := TWICE_POLITE.search(words.text)) is not None:
        yield f"Doubly polite: {found[0]}"
    speaks = "unsubscribe_url" in words.text or any("unsubscribe_url" in each for each in pieces.values())
    if purpose == "advertising" and channel == "email" and not speaks:
        yield "Advertising must say how to end it: {{ unsubscribe_url }}"
    if purpose == "transactional" and "unsubscribe_url" in words.text:
        yield "A notice about an order has nothing to unsubscribe from."


def _unknown(tree: nodes.Template, known: Mapping[str, Any]) -> Iterator[str]:
    """Names that no value has, with what they are part of."""
    own = {each.name for each in tree.find_all(nodes.Name) if each.ctx in ("store", "param")}
    inner = _loops(tree)
    for name in tree.find_all(nodes.Name):
        if name.ctx == "load" and name.name not in own and name.name not in known and name.name != "loop":
            yield name.name
    for attribute in tree.find_all(nodes.Getattr):
        path = _path(attribute)
        if path is None or path[0] == "loop":
            continue
        scope: Any = {**known, **inner}
        for place, part in enumerate(path):
            if not isinstance(scope, dict):
                break
            if part not in scope:
                if place:
                    yield ".".join(path[: place + 1])
                break
            scope = scope[part]
        else:
            continue
        if scope is None and place < len(path):
            yield ".".join(path[: place + 1])


def _loops(tree: nodes.Template) -> dict[str, Any]:
    """What the variables of loops have: the names of what is looped over."""
    found: dict[str, Any] = {}
    for loop in tree.find_all(nodes.For):
        path = _path(loop.iter) if isinstance(loop.iter, nodes.Getattr | nodes.Name) else None
        if isinstance(loop.target, nodes.Name) and path is not None:
            scope: Any = KNOWN
            for part in path:
                scope = scope.get(part) if isinstance(scope, dict) else None
            found[loop.target.name] = scope
    return found


def _path(node: nodes.Node) -> list[str] | None:
    if isinstance(node, nodes.Name):
        return [node.name]
    if isinstance(node, nodes.Getattr):
        before = _path(node.node)
        return [*before, node.attr] if before is not None else None
    return None


KNOWN = values.known()


class _Sandbox(ImmutableSandboxedEnvironment):
    """Templates are admins', and yet: no loop without end, no number or text that fills the memory."""

    intercepted_binops = frozenset({"**", "*"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Products of numbers only, and no powers."""
        if operator == "**" or not (isinstance(left, int | Decimal) and isinstance(right, int | Decimal)):
            raise SecurityError(f"{operator} is not for these values")
        return super().call_binop(context, operator, left, right)


@lru_cache(maxsize=64)
def _environment(pieces: tuple[tuple[str, str], ...]) -> _Sandbox:
    made = _Sandbox(
        loader=DictLoader(dict(pieces)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    made.globals.clear()
    made.filters.update(money=_money, day=_day, moment=_moment, sama=_sama, business=_business, wide=_wide)
    return made


# ------------------------------------------------------------------------------------------------ filters


@pass_context
def _money(context: Context, amount: Decimal) -> str:
    """12,000円 in Japanese, as the currency is written otherwise."""
    currency = str(context["order"].currency)
    if context["_setting"].language == "ja" and currency == "JPY":
        return f"{amount:,.0f}円"
    return format_currency(amount, currency, locale="ja_JP" if context["_setting"].language == "ja" else "en_US")


@pass_context
def _day(context: Context, at: datetime | None) -> str:
    """11月23日(月); Monday, November 23."""
    if at is None:
        return ""
    local = at.astimezone(context["_setting"].zone)
    if context["_setting"].language == "ja":
        return f"{local.month}月{local.day}日({WEEKDAYS[local.weekday()]})"
    return f"{format_date(local, 'EEEE, MMMM d', locale='en_US')}"


@pass_context
def _moment(context: Context, at: datetime | None) -> str:
    """11月23日(月) 10:00; Monday, November 23, 10:00."""
    if at is None:
        return ""
    between = " " if context["_setting"].language == "ja" else ", "
    return f"{_day(context, at)}{between}{at.astimezone(context['_setting'].zone):%H:%M}"


@pass_context
def _business(context: Context, at: datetime | None, days: int = 1) -> datetime | None:
    """So many business days after a moment, for `day`."""
    if at is None:
        return None
    local = at.astimezone(context["_setting"].zone)
    day = clock.counted(local.date(), max(-250, min(250, days)), context["_setting"].calendar)
    return local.replace(year=day.year, month=day.month, day=day.day)


def _sama(name: str) -> str:
    """山田 様; お客様 for nobody known."""
    return f"{name.strip()} 様" if name.strip() else "お客様"


def _wide(text: str, most: int = 30) -> str:
    """At most so many characters, with … for the rest."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _split(whole: str, *, headed: bool) -> Words:
    """A file of ours: of a mail, the first line is the subject."""
    if not headed:
        return Words("", whole)
    head, _, text = whole.partition("\n")
    return Words(head.strip(), text.lstrip("\n"))


def _tidy(text: str) -> str:
    """No more than one empty line in a row, none at the ends."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip() + "\n"
