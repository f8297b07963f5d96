"""In charge of what a ticket from a form is called: so that ten of them in a list can be told apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from channels.form.definition import FormDefinition, FormField, words_in
from channels.form.pattern import names, slots
from channels.wording import say

LONGEST = 120
FIRST_WORDS = 30
"""In characters: so much of the message stands for it."""
_GREETING = re.compile(
    r"^(?:お世話になって(?:おり|い)ます|はじめまして|こんにちは|hello|hi|dear \w+)[、。,.!！\s]*", re.IGNORECASE
)

SIGNS = " \t\u3000:：-–—|｜/／・、,"
_EMPTY = re.compile(r"[【\[(（「]\s*[】\])）」]")

Values = Mapping[str, Sequence[str]]
Shown = Callable[[FormField, Sequence[str]], Sequence[str]]


def subject_of(form: FormDefinition, values: Values, language: str, shown: Shown) -> str:
    """As the form's own pattern says; else what the customer called it; else the form's title with what they chose, or
    with their first words."""
    title = words_in(form.title, language)
    told = {field.name: "、".join(shown(field, given)) for field in form.fields if (given := values.get(field.name))}
    first = first_words(form, values)
    if pattern := words_in(form.subject, language):
        filled = _filled(pattern, {**told, "title": title, "words": first})
        return _cut(filled, LONGEST) or title
    named = form.by_role("subject")
    if named and told.get(named.name):
        return _cut(told[named.name], LONGEST)
    what = next((told[field.name] for field in _choices(form) if told.get(field.name)), "") or first
    return _cut(say(language, "{label}: {value}", label=title, value=what), LONGEST) if what else title


def first_words(form: FormDefinition, values: Values) -> str:
    """How the message begins, without the greeting."""
    body = form.by_role("body")
    text = " ".join(" ".join(values.get(body.name, ())).split()) if body else ""
    while (rest := _GREETING.sub("", text, count=1)) != text and rest:
        text = rest
    sentence = re.split(r"(?<=[。！？!?])", text, maxsplit=1)[0] or text
    return _cut(sentence.rstrip("。"), FIRST_WORDS)


def _choices(form: FormDefinition) -> Iterator[FormField]:
    return (field for field in form.fields if field.type in ("select", "radio") and field.role is None)


def _filled(pattern: str, values: Mapping[str, str]) -> str:
    """The pattern with its places filled; where nothing was given, the signs around it go as well."""
    filled = slots(pattern, lambda name: values.get(name, ""))
    if all(values.get(name) for name in names(pattern)):
        return filled
    return _EMPTY.sub("", filled).strip(SIGNS)


def _cut(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
