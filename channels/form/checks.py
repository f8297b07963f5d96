"""Whether a submission is what the form asks for, field by field, and its values in their normal form."""

from __future__ import annotations

import fnmatch
import math
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from channels import numbers
from channels.form.definition import MEGABYTE, FormDefinition, FormField, words_in
from channels.form.submission import Submission, Upload
from channels.wording import say

_EMAIL = re.compile(r"[^\s@<>(),;:\"\[\]\\]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_CHOICES = ("select", "radio", "checkbox")


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with a field, in the customer's language."""

    field: str
    words: str


def check(form: FormDefinition, sent: Submission, language: str) -> list[FieldError]:
    """Everything wrong, at most one error a field, in the form's order."""
    errors = []
    for field in form.fields:
        found = _in_files(field, sent, language) if field.type == "file" else _in_texts(field, sent, language)
        words = next(found, None)
        if words is not None:
            errors.append(FieldError(field.name, words))
    return errors


def normal(field: FormField, sent: Submission) -> tuple[str, ...]:
    """A field's values as they are kept: addresses in lower case, phones in E.164, dates as ISO, options by value.

    What has no normal form stays as it was written.
    """
    given = [text.strip("\n") if field.type == "textarea" else text.strip() for text in sent.values.get(field.name, ())]
    given = [text for text in given if text.strip()]
    if field.options and field.type in _CHOICES:
        return tuple(dict.fromkeys(_option(field, text) or text for text in given))
    shape = _SHAPES.get(field.type)
    return tuple((shape(text) or text) if shape else text for text in given[:1])


def missing(field: FormField, language: str) -> str:
    """What is said beside a required field that was left empty."""
    return say(language, _MISSING.get(field.type, "Please fill this in."))


def misshapen(field: FormField, language: str) -> str:
    """What is said beside a field that is not in its form; nothing for fields that take anything."""
    if field.type in _MISSHAPEN:
        return say(language, _MISSHAPEN[field.type])
    if not field.pattern:
        return ""
    return words_in(field.pattern_help, language) or say(language, "Please check how this is written.")


def _in_texts(field: FormField, sent: Submission, language: str) -> Iterator[str]:
    given = normal(field, sent)
    if not given and field.required and field.type != "hidden":
        yield missing(field, language)
    for text in given:
        length = len(text)
        if length > field.limit:
            yield say(language, "Please use at most {limit} characters (now {now}).", limit=field.limit, now=length)
        if length < field.min_length:
            yield say(
                language, "Please use at least {limit} characters (now {now}).", limit=field.min_length, now=length
            )
        shape = _SHAPES.get(field.type)
        if shape and shape(text) is None:
            yield misshapen(field, language)
        if field.options and field.type in _CHOICES and _option(field, text) is None:
            yield say(language, "Please choose one of the options.")
        if field.pattern and not re.fullmatch(field.pattern, text):
            yield misshapen(field, language)
        yield from _out_of_range(field, text, language)


def _out_of_range(field: FormField, text: str, language: str) -> Iterator[str]:
    least, most = field.minimum, field.maximum
    if field.type == "date":
        if least is not None and text < str(least):
            yield say(language, "Please enter {limit} or later.", limit=least)
        if most is not None and text > str(most):
            yield say(language, "Please enter {limit} or earlier.", limit=most)
    elif field.type == "number":
        if least is not None and float(text) < float(least):
            yield say(language, "Please enter {limit} or more.", limit=least)
        if most is not None and float(text) > float(most):
            yield say(language, "Please enter {limit} or less.", limit=most)


def _in_files(field: FormField, sent: Submission, language: str) -> Iterator[str]:
    files = [upload for upload in sent.uploads if upload.field == field.name]
    if not files and field.required:
        yield missing(field, language)
    if len(files) > field.max_files:
        yield say(language, "Please choose at most {limit} files.", limit=field.max_files)
    for file in files:
        if file.part.size > field.max_bytes:
            size = f"{field.max_bytes / MEGABYTE:.3g}"
            yield say(language, "{name} is larger than {size} MB.", name=file.filename, size=size)
        if field.accept and not _is_accepted(field, file):
            kinds = ", ".join(field.accept)
            yield say(language, "{name} is not of a kind that can be sent ({kinds}).", name=file.filename, kinds=kinds)


def _is_accepted(field: FormField, file: Upload) -> bool:
    name, kind = file.filename.lower(), file.content_type
    return any(
        name.endswith(entry.lower()) if entry.startswith(".") else fnmatch.fnmatchcase(kind, entry)
        for entry in field.accept
    )


def _option(field: FormField, text: str) -> str | None:
    """The value of an option. A site's own form may post the label where ours posts the value."""
    for option in field.options:
        if text in (option.value, option.says("ja"), option.says("en")):
            return option.value
    return None


# ------------------------------------------------------------------------------------------------ shapes


def email(text: str) -> str | None:
    """An address in lower case; full-width letters and a `mailto:` are forgiven, dots of old carriers too."""
    address = unicodedata.normalize("NFKC", text).strip().lower().removeprefix("mailto:")
    return address if _EMAIL.fullmatch(address) else None


def _date(text: str) -> str | None:
    found = _DATE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat() if found else None
    except ValueError:
        return None


def _number(text: str) -> str | None:
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", "").replace("−", "-")
    try:
        return plain if math.isfinite(float(plain)) and "_" not in plain else None
    except ValueError:
        return None


def _consent(text: str) -> str | None:
    """What a checkbox sends is its page's affair; that it was sent at all is the tick."""
    return "yes" if text else None


_SHAPES: dict[str, Callable[[str], str | None]] = {
    "email": email,
    "phone": numbers.normalise,
    "date": _date,
    "number": _number,
    "consent": _consent,
}
_MISSING = {
    "select": "Please choose one.",
    "radio": "Please choose one.",
    "checkbox": "Please tick this.",
    "consent": "Please tick this to agree.",
    "date": "Please enter a date.",
    "file": "Please choose a file.",
}
_MISSHAPEN = {
    "email": "Please enter an email address like name@example.com.",
    "phone": "Please enter a phone number like 090-1234-5678.",
    "date": "Please enter a date like 2026-08-20.",
    "number": "Please enter a number.",
    "consent": "Please tick this to agree.",
}
