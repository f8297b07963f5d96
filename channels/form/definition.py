"""What a form is: its fields, its words in both languages, where it may stand and where its tickets go.

The settings of an account of kind "form" are one such definition. `FormDefinition.parse` is the one reader of them,
for the channel and for the admin pages; `starter` is the form that a new account begins with.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

import msgspec

from channels.form.pattern import names
from channels.wording import LANGUAGES, say

Words = dict[str, str] | str
FieldType = Literal[
    "text", "textarea", "email", "phone", "select", "radio", "checkbox", "date", "number", "file", "consent", "hidden"
]
Role = Literal["name", "kana", "email", "phone", "subject", "body", "order_number"]

MEGABYTE = 1024 * 1024
HONEYPOT = "homepage_url"
LENGTHS = {"text": 200, "textarea": 10_000, "email": 254, "phone": 40, "date": 20, "number": 30, "hidden": 1000}
VERIFY_URLS = {
    "turnstile": "https://challenges.cloudflare.com/turnstile/v0/siteverify",
    "hcaptcha": "https://api.hcaptcha.com/siteverify",
}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
# A repeated group that itself repeats, `(a+)+`, is how a pattern takes exponential time.
_EXPLODES = re.compile(r"\([^)]*[+*}][^)]*\)[+*{]")


def words_in(words: Words, language: str) -> str:
    """Words in a language, or in another one rather than none."""
    if isinstance(words, str):
        return words
    return words.get(language) or next((text for text in words.values() if text), "")


class Option(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One choice of a select, radio or checkbox field."""

    value: str
    label: Words = ""

    def says(self, language: str) -> str:
        """Its label."""
        return words_in(self.label, language) or self.value


class FormField(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One field. `role` says that it is the customer's name, their address, the message itself.

    Lengths are in characters; `minimum` and `maximum` are a number's, or ISO dates; `max_bytes` is per file;
    `accept` holds extensions (".pdf") and media types ("image/*"); `link` is what a consent line points to.
    """

    name: str
    type: FieldType = "text"
    label: Words = ""
    help: Words = ""
    placeholder: Words = ""
    required: bool = False
    role: Role | None = None
    min_length: int = 0
    max_length: int | None = None
    pattern: str | None = None
    pattern_help: Words = ""
    minimum: int | float | str | None = None
    maximum: int | float | str | None = None
    options: tuple[Option, ...] = ()
    accept: tuple[str, ...] = ()
    max_bytes: int = 10 * MEGABYTE
    max_files: int = 1
    default: str = ""
    link: str = ""

    def says(self, language: str) -> str:
        """Its label."""
        return words_in(self.label, language) or self.name

    @property
    def key(self) -> str:
        """Its name in a message's `fields`: its role, so that the desk knows a kana name from any form."""
        return self.role or self.name

    @property
    def limit(self) -> int:
        """The longest text it takes, in characters."""
        return self.max_length or LENGTHS.get(self.type, 200)

    @property
    def many(self) -> bool:
        """Whether it may have several values."""
        return self.type == "checkbox" and bool(self.options)


class Captcha(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A puzzle by a third party. Its secret is the account's secret `captcha_secret`."""

    provider: Literal["none", "turnstile", "hcaptcha"] = "none"
    sitekey: str = ""
    verify_url: str = ""


class RateLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many submissions one address may send."""

    limit: int = 10
    seconds: int = 600


class Problem(msgspec.Struct, frozen=True):
    """One thing wrong with a definition: where (`fields.email.options`), and words in English with their values."""

    where: str
    text: str
    values: dict[str, Any] = {}

    def says(self, language: str) -> str:
        """The problem as one sentence."""
        words = say(language, self.text, **self.values)
        return f"{self.where}: {words}" if self.where else words


class DefinitionError(ValueError):
    """A definition that cannot be a form, with everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(problem.says("en") for problem in problems))
        self.problems = tuple(problems)


class FormDefinition(msgspec.Struct, frozen=True):
    """A form. Settings it does not know are left alone: the desk may keep some of its own beside them.

    `subject` is what its tickets are called: `{title}`, `{words}` (how the message begins) and fields by name; derived
    when it is empty.
    """

    slug: str
    title: Words
    fields: tuple[FormField, ...]
    intro: Words = ""
    confirmation: Words = ""
    submit: Words = ""
    subject: Words = ""
    sites: tuple[str, ...] = ()
    team_id: int | None = None
    priority: Literal["low", "normal", "high", "urgent"] | None = None
    tags: tuple[str, ...] = ()
    captcha: Captcha = Captcha()
    rate: RateLimit = RateLimit()
    theme: str = "#1f5fbf"
    acknowledge: bool = True
    min_seconds: float = 2.0

    @classmethod
    def parse(cls, settings: Mapping[str, Any]) -> FormDefinition:
        """The definition in an account's settings. Raises `DefinitionError` naming each field at fault."""
        try:
            definition = msgspec.convert(dict(settings), cls)
        except msgspec.ValidationError as error:
            raise DefinitionError([_unreadable(error, settings)]) from None
        problems = list(definition.problems())
        if problems:
            raise DefinitionError(problems)
        return definition

    def by_role(self, role: Role) -> FormField | None:
        """The field that plays a role."""
        return next((field for field in self.fields if field.role == role), None)

    @property
    def file_fields(self) -> tuple[FormField, ...]:
        """The fields that take files."""
        return tuple(field for field in self.fields if field.type == "file")

    @property
    def max_bytes(self) -> int:
        """The largest body that can be right: all files, and a megabyte for the rest."""
        return MEGABYTE + sum(field.max_bytes * field.max_files for field in self.file_fields)

    def allows(self, address: str) -> bool:
        """Whether a URL is on a site that this form may stand on."""
        try:
            origin = origin_of(address)
        except ValueError:
            return False
        return origin in {origin_of(site) for site in self.sites}

    def problems(self) -> Iterator[Problem]:
        """Everything that types cannot say."""
        if not _SLUG.fullmatch(self.slug) or self.slug == "static":
            yield Problem("slug", "must be lower-case letters, digits and hyphens")
        if not words_in(self.title, "ja").strip():
            yield Problem("title", "is missing")
        if not _COLOUR.fullmatch(self.theme):
            yield Problem("theme", "must be a colour like #1f5fbf")
        if self.rate.limit < 1 or self.rate.seconds < 1:
            yield Problem("rate", "limit and seconds must be at least 1")
        if self.captcha.provider != "none" and not self.captcha.sitekey:
            yield Problem("captcha.sitekey", "is missing")
        for name in ("title", "intro", "confirmation", "submit", "subject"):
            yield from _language_problems(name, getattr(self, name))
        known = {"title", "words", *(field.name for field in self.fields)}
        texts = self.subject.values() if isinstance(self.subject, dict) else (self.subject,)
        for name in sorted({name for text in texts for name in names(text)} - known):
            yield Problem("subject", "no field is called {name}", {"name": name})
        for site in self.sites:
            try:
                origin_of(site)
            except ValueError:
                yield Problem("sites", "{site} is not an address like https://shop.example", {"site": site})
        if not self.fields:
            yield Problem("fields", "a form needs at least one field")
        yield from self._field_problems()

    def _field_problems(self) -> Iterator[Problem]:
        names: set[str] = set()
        roles: set[str] = set()
        for field in self.fields:
            where = f"fields.{field.name or '?'}"
            if not _NAME.fullmatch(field.name) or field.name.lower() == HONEYPOT:
                yield Problem(where, "a name is letters, digits, _ and -, begins with a letter and is not reserved")
            if field.name in names:
                yield Problem(where, "two fields have this name")
            if field.role and field.role in roles:
                yield Problem(f"{where}.role", "two fields have the role {role}", {"role": field.role})
            if not field.role and field.name in get_args(Role):
                yield Problem(where, "a field of this name must have the role {role}", {"role": field.name})
            names.add(field.name)
            roles.add(field.role or "")
            for problem in _problems_of(field):
                yield Problem(f"{where}.{problem.where}", problem.text, problem.values)


def _problems_of(field: FormField) -> Iterator[Problem]:
    for name in ("label", "help", "placeholder", "pattern_help"):
        yield from _language_problems(name, getattr(field, name))
    if field.type != "hidden" and not words_in(field.label, "ja").strip():
        yield Problem("label", "is missing")
    if field.type in ("select", "radio") and not field.options:
        yield Problem("options", "a field of type {type} needs options", {"type": field.type})
    if len({option.value for option in field.options}) < len(field.options):
        yield Problem("options", "two options have the same value")
    if field.role == "email" and field.type != "email":
        yield Problem("type", "the role {role} needs the type {type}", {"role": "email", "type": "email"})
    if field.role and field.type in ("file", "consent", "checkbox"):
        yield Problem("role", "a field of type {type} has no role", {"type": field.type})
    if field.min_length < 0 or (field.max_length is not None and field.max_length < max(1, field.min_length)):
        yield Problem("max_length", "is shorter than the shortest")
    if field.max_bytes < 1 or not 1 <= field.max_files <= 20:
        yield Problem("max_files", "1 to 20 files of at least one byte")
    if field.link and urlsplit(field.link).scheme not in ("http", "https"):
        yield Problem("link", "must begin with https://")
    for entry in field.accept:
        if not re.fullmatch(r"\.[A-Za-z0-9]{1,10}|[a-z]+/[a-zA-Z0-9.+*-]+", entry):
            yield Problem("accept", "{entry} is neither like .pdf nor like image/*", {"entry": entry})
    for name, bound in (("minimum", field.minimum), ("maximum", field.maximum)):
        if bound is not None and field.type in ("number", "date") and not _is_bound(field.type, bound):
            yield Problem(name, "must be a number, or a date like 2026-08-20")
    if field.pattern is not None:
        yield from _pattern_problems(field.pattern)


def _is_bound(kind: str, bound: int | float | str) -> bool:
    try:
        return bool(date.fromisoformat(str(bound))) if kind == "date" else math.isfinite(float(bound))
    except ValueError:
        return False


def _pattern_problems(pattern: str) -> Iterator[Problem]:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        yield Problem("pattern", "is no regular expression: {error}", {"error": str(error)})
    if len(pattern) > 200 or _EXPLODES.search(pattern):
        yield Problem("pattern", "is too long, or repeats a repetition")


def _language_problems(where: str, words: Words) -> Iterator[Problem]:
    if isinstance(words, dict) and not words.keys() <= set(LANGUAGES):
        yield Problem(where, "has a language other than ja and en")


def _unreadable(error: msgspec.ValidationError, settings: Mapping[str, Any]) -> Problem:
    """msgspec's `Expected … - at `$.fields[3].type`` with the field's name in place of its number."""
    text, _, path = str(error).partition(" - at `")
    where = path.rstrip("`").removeprefix("$").lstrip(".")
    found = re.match(r"fields\[(\d+)\]", where)
    try:
        name = settings["fields"][int(found[1])]["name"] if found else None
    except (KeyError, IndexError, TypeError):
        name = None
    if found and name:
        where = f"fields.{name}{where[found.end() :]}"
    return Problem(where, "{words}", {"words": text})


def origin_of(address: str) -> str:
    """`https://shop.example/a?b` to its origin `https://shop.example`. Raises `ValueError` for what has none."""
    parts = urlsplit(address.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise ValueError(address)
    host = parts.hostname.encode("idna").decode("ascii") if not parts.hostname.isascii() else parts.hostname
    if not re.fullmatch(r"[a-z0-9.\-]+|[0-9a-f:.]+", host):
        raise ValueError(address)
    host = f"[{host}]" if ":" in host else host
    default = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, default) else "")
