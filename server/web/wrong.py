"""In charge of saying what is wrong with a field in the caller's language: the checker's own words made ours."""

from __future__ import annotations

import re
from typing import NamedTuple

from channels.wording import retold, say


class Pattern(NamedTuple):
    """Words with something in them: how the checker says it, and how we do."""

    found: re.Pattern[str]
    words: str


TYPES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "datetime": "a time",
    "date": "a date",
    "bytes": "base64",
}
"""What msgspec calls the types of JSON, and what people do."""

FORMS = {
    "^[A-Z]{3}$": "JPY",
    "^[A-Z]{2}$": "JP",
    "^(P[0-9YMWDTHS.]+)?$": "P1M",
    "^#[0-9a-fA-F]{6}$": "#1a73e8",
    "^(\\d{4}-\\d{2}-\\d{2})?$": "2026-01-31",
    "^(ja|en)$": "ja",
    "^(email|line)$": "email",
    "^[^\\s@]+@[^\\s@]+$": "name@shop.example",
    "^[a-z0-9][a-z0-9._-]*$": "my-shop",
    "^[a-z0-9_.-]+$": "visit",
    "^[a-z][a-z0-9_]{0,39}$": "my_word",
    "^_?[a-z][a-z0-9_]{0,39}$": "my_word",
    "^[a-z][a-z0-9_]*$": "my_word",
    "^[a-z_]+$": "my_word",
    "^[0-9]{1,15}$": "1",
}
"""An example of each form that a text must have."""

AS_IN = "must be written as in {example}"

PATTERNS = tuple(
    Pattern(re.compile(f"{found}\\Z"), words)
    for found, words in (
        (r"Expected array of length (?P<n>\d+), got \d+", "must have {n} entries"),
        (r"Expected (?P<wanted>[a-z |]+), got (?P<given>[a-z]+)", "must be {wanted}, not {given}"),
        (r"Expected (?:int|float) >= (?P<n>\S+)", "must be at least {n}"),
        (r"Expected (?:int|float) <= (?P<n>\S+)", "must be at most {n}"),
        (r"Expected (?:int|float) > (?P<n>\S+)", "must be more than {n}"),
        (r"Expected (?:int|float) < (?P<n>\S+)", "must be less than {n}"),
        (r"Expected (?:int|float) that's a multiple of (?P<n>\S+)", "must be a multiple of {n}"),
        (r"Expected str of length >= 1", "is empty"),
        (r"Expected str of length >= (?P<n>\d+)", "must have at least {n} characters"),
        (r"Expected str of length <= (?P<n>\d+)", "must have at most {n} characters"),
        (r"Expected (?:array|object) of length >= (?P<n>\d+)", "must have at least {n} entries"),
        (r"Expected (?:array|object) of length <= (?P<n>\d+)", "must have at most {n} entries"),
        (r"Expected str matching regex '(?P<form>.*)'", AS_IN),
        (r"Expected datetime with a timezone component", "must say its time zone"),
        (r"Invalid enum value (?P<given>.+)", "{given} is not one of the choices"),
        (r"Invalid value (?P<given>.+)", "{given} is not one of the choices"),
        (r"Invalid RFC3339 encoded date", "must be a day as in 2026-01-31"),
        (r"Invalid RFC3339 encoded (?:datetime|time)", "must be a time as in 2026-01-31T09:00:00+09:00"),
        (r"Invalid decimal string", "must be a number as in 1980 or 19.80"),
        (r"Invalid base64 encoded string", "must be base64"),
        (r"Invalid (?:UUID|ISO8601 duration)", "is not of the right form"),
        (r"(?:Number|Integer value|Timestamp|Duration) (?:is )?out of range", "is out of range"),
        (r"at most (?P<n>\d+) recipients", "at most {n} recipients"),
        (r"at most (?P<n>\d+) characters", "must have at most {n} characters"),
        (r"at most (?P<n>\d+) at once", "at most {n} at once"),
        (r"at most (?P<n>\d+) tags of at most (?P<m>\d+) characters", "at most {n} tags of at most {m} characters"),
        (
            r"A button on LINE has a label of 1 to (?P<n>\d+) characters: (?P<given>.*)",
            "A button has a label of 1 to {n} characters: “{given}”",
        ),
        (r"\S*(?:uri|[uU]rl): Must be a valid HTTPS URL", "An address must begin with https://"),
        (r"\S*stickerId: The sticker cannot be sent by a bot", "LINE does not let accounts send this sticker."),
        (r"is in row (?P<n>\d+) already", "is in row {n} already"),
        (r"was changed since: (?P<fields>.*)", "was changed since: {fields}"),
        (r"the database refuses it: (?P<why>.*)", "the database refuses it: {why}"),
        (r"The workbook is damaged: (?P<why>.*)", "The workbook is damaged: {why}"),
        (
            r"The file breaks off after row (?P<row>\d+): a quotation mark is opened there and never closed\.",
            "The file breaks off after row {row}: a quotation mark is opened there and never closed.",
        ),
        (r"must have (?P<n>\d+) to (?P<m>\d+) characters", "must have {n} to {m} characters"),
        (r"is not TOML: (?P<reason>.*)", "is not TOML: {reason}"),
        (r"more than (?P<n>\d+) bytes", "more than {n} bytes"),
    )
)


def said(language: str, words: str) -> str:
    """What is wrong with one field: out of the catalogue, or known by its pattern; else as it stands. Several things
    stand on lines of their own."""
    if "\n" in words:
        return " ".join(said(language, line) for line in words.split("\n"))
    bare = words.replace("`", "")
    for pattern in PATTERNS:
        if found := pattern.found.match(bare):
            values = found.groupdict()
            if pattern.words == AS_IN:
                return _as_in(language, values["form"])
            for name in ("wanted", "given"):
                if name in values and pattern.words.startswith("must be {wanted}"):
                    values[name] = _types(language, values[name])
            return say(language, pattern.words, **values)
    return retold(language, words)


def _as_in(language: str, form: str) -> str:
    example = FORMS.get(form.replace("\\\\", "\\"))
    return say(language, AS_IN, example=example) if example else say(language, "is not of the right form")


def _types(language: str, names: str) -> str:
    """ "int | null" as people say it."""
    told = [say(language, TYPES.get(name, name)) for name in names.split(" | ")]
    return say(language, "{one} or {other}", one=told[0], other=told[1]) if len(told) == 2 else ", ".join(told)


def together(language: str, fields: dict[str, str]) -> str:
    """Everything that is wrong in one line."""
    return "; ".join(f"{name}: {said(language, words)}".removeprefix(": ") for name, words in fields.items())
