"""The one catalogue of words: English source texts, their Japanese in `templates/locale/ja/*.po`.

Several .po files, one per place where the words stand, are read as one catalogue. English needs no file: the
source text is the English.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = ("ja", "en")
TOLD = (
    "Folder {name}",
    "{used} messages sent this month of {quota}",
    "{used} messages sent this month, without a limit",
    "{used} messages sent this month",
    "All {quota} messages of this month are used up.",
    "The access token ends on {day}: issue a new one and paste it.",
    "it ends on {day}: paste a new one",
    "it ends on {day}",
    "made by the desk, renewed before {when} UTC",
    "A button on LINE has a label of 1 to 20 characters: {label}",
    "Line {n}: {error}",
    "There is no value named {name}.",
    "Doubly polite: {words}",
    "Said twice: {words}",
    "The card cannot be filled in: {reason}",
    "The template cannot be filled in: {reason}",
    "is not one of {words}: a table of codes can translate it",
    "is not a date of the form {form}",
    "The database says: {reason}",
    "The database cannot be read: {reason}",
    "The driver {name} is missing: pip install 'madoguchi[mysql]'",
    "Databases are postgresql://, mysql:// or sqlite:///, not {kind}://",
    "{path} is not in a folder that MADOGUCHI_SOURCE_FOLDERS names.",
    "There is no file {path}.",
    "{host} is not a public address.",
    "{stream} has no column {names} any more, which the mapping reads.",
    "{stream}: {names} went from the other side.",
    "{stream}: too many records cannot be read.",
    "The source asks to wait {seconds} seconds (status {status}).",
    "The source refuses access ({status}): {reason}",
    "The source answers {status}: {reason}",
    "The source leads to another host, {host}, and is not followed there.",
    "The source may not be reached: {reason}",
    "The source cannot be reached: {reason}",
    "The answer is larger than {megabytes} MB.",
    "No token could be fetched: {reason}",
    "No token was given ({status}): {reason}",
    "The answer is not JSON: {reason}",
    "The base {base} is no URL.",
    "There is no source {name}.",
    "There is no failure {id}.",
    "There is no schema {id}.",
    "There is no ready-made source {name}.",
    "There is no column {name} in what {stream} reads.",
    "One record of {stream} has more than {size} rows: give a larger size.",
    "LINE cannot reach this person any more. LINE: {words}",
    "LINE does not take this message. LINE: {words}",
    "LINE does not accept the account's access token. LINE: {words}",
    "This account may not send this. LINE: {words}",
    "LINE does not know this person. LINE: {words}",
    "LINE took this request before. LINE: {words}",
    "LINE no longer has this. LINE: {words}",
    "LINE no longer has it. LINE: {words}",
    "LINE does not give it to us. LINE: {words}",
    "LINE does not give it now. LINE: {words}",
    "The message is too large for LINE. LINE: {words}",
    "The account's messages of this month are used up. LINE: {words}",
    "LINE asks to slow down. LINE: {words}",
    "LINE is not well. LINE: {words}",
    "LINE cannot be reached. {words}",
    "LINE gave no answer. {words}",
    "not a usable webhook address: {reason}",
    "the webhook could not be reached: {reason}",
    "port {port} is not allowed",
    "{scheme}:// is not allowed here, only https://",
    "no channel of the kind {kind} is installed",
    "no channel of the kind {kind} fetches this",
    "A carousel on LINE has 1 to {n} cards.",
)
"""What channels and sources tell admins with values in it: found again in the English words that were kept."""
LOCALE = Path(__file__).parent.parent / "templates" / "locale"


@cache
def catalogue(language: str) -> dict[str, str]:
    """Source text to translated text; empty for English."""
    words: dict[str, str] = {}
    for path in sorted((LOCALE / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and isinstance(message.id, str) and isinstance(message.string, str) and message.string:
                    words[message.id] = message.string
    return words


def say(language: str, text: str, /, **values: object) -> str:
    """`text` in a language, with `{name}` places filled. A text without translation stays English."""
    translated = catalogue(language).get(text, text) if language != "en" else text
    return translated.format_map(values) if values else translated


def retold(language: str, sentence: str) -> str:
    """English words of a channel in another language, also those of `TOLD`; what nobody translated stays."""
    known = say(language, sentence)
    if known != sentence or language == "en":
        return known
    for text, pattern in _told():
        if (found := pattern.fullmatch(sentence)) is not None:
            return say(language, text, **found.groupdict())
    return sentence


@cache
def _told() -> list[tuple[str, re.Pattern[str]]]:
    return [(text, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(text)))) for text in TOLD]


def choose(accept_language: str | None, default: str = "ja") -> str:
    """The language to answer a browser in, from its Accept-Language header (RFC 9110 §12.5.4)."""
    wishes: list[tuple[float, str]] = []
    for item in (accept_language or "").split(","):
        tag, _, parameter = item.strip().partition(";")
        try:
            quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            quality = 0.0
        wishes.append((quality, tag.split("-")[0].lower()))
    for quality, tag in sorted(wishes, key=lambda wish: -wish[0]):
        if tag in LANGUAGES and quality > 0:
            return tag
    return default
