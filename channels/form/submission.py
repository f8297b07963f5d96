"""A form's body as the customer's values: decoded, sorted into fields, controls and extras, and given a fingerprint."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from channels.filenames import safe_content_type, safe_filename
from channels.form import charset
from channels.form.definition import HONEYPOT, FormDefinition
from channels.multipart import BodyError, Part, View, parse

MAX_TEXT_BYTES = 1024 * 1024
MAX_EXTRAS = 50
MAX_EXTRA_LENGTH = 1000
CONTROLS = frozenset(
    {"_submission", "_lang", "_embed", "_origin", "_next", "_charset_", HONEYPOT,
     "cf-turnstile-response", "h-captcha-response", "g-recaptcha-response"}
)  # fmt: skip

_QUOTED = re.compile(r"%[89A-Fa-f][0-9A-Fa-f]")


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a form; its bytes stay where they came."""

    field: str
    filename: str
    content_type: str
    part: Part


@dataclass(frozen=True, slots=True)
class Submission:
    """What was sent. `values` and `extras` are by field name, `controls` are ours (`_submission`, `_lang` …).

    `fingerprint` is the same for the same words and files, however they are wrapped.
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    uploads: tuple[Upload, ...] = ()
    controls: Mapping[str, str] = field(default_factory=dict)
    extras: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    codec: str = "utf-8"

    def first(self, name: str) -> str:
        """The first value of a field, or nothing."""
        return next(iter(self.values.get(name, ())), "")


def open_body(view: View, content_type: str, definition: FormDefinition, *, cut_short: bool = False) -> Submission:
    """Read a body as a submission of this form. Raises `BodyError`; nothing else, whatever the bytes."""
    parts = parse(view, content_type, cut_short=cut_short)
    texts = [part for part in parts if part.filename is None]
    if sum(part.size for part in texts) > MAX_TEXT_BYTES:
        raise BodyError("more than a megabyte of text")
    codec = _codec_of(view, texts, parts)
    values: dict[str, list[str]] = {}
    extras: dict[str, list[str]] = {}
    controls: dict[str, str] = {}
    known = {item.name for item in definition.fields if item.type != "file"}
    for part in texts:
        name = _name(part, codec)
        text = charset.read(part.read(view), codec)
        if name in CONTROLS:
            controls.setdefault(name, text.strip())
        elif name in known:
            values.setdefault(name, []).append(text)
        elif name and not name.startswith("_") and text.strip():
            extras.setdefault(name, []).append(text.strip())
    files = {item.name for item in definition.file_fields}
    uploads = tuple(
        upload for upload in (_upload(part, codec) for part in parts if _is_file(part)) if upload.field in files
    )
    return Submission(
        {name: tuple(given) for name, given in values.items()},
        uploads,
        controls,
        {name: ", ".join(given)[:MAX_EXTRA_LENGTH] for name, given in list(extras.items())[:MAX_EXTRAS]},
        _fingerprint(view, parts, codec),
        codec,
    )


def _codec_of(view: View, texts: list[Part], parts: list[Part]) -> str:
    said = next((part.read(view, 40).decode("latin-1") for part in texts if part.name == b"_charset_"), "")
    promised = next((part.charset for part in texts if part.charset), "")
    samples = [piece for part in texts for piece in (part.name, part.read(view))]
    samples += [part.filename for part in parts if part.filename]
    return charset.choose(samples, said, promised)


def _name(part: Part, codec: str) -> str:
    """A field's name; `topics[]`, as PHP wants it, is `topics`."""
    return charset.read(part.name[:200], codec).strip().removesuffix("[]")


def _is_file(part: Part) -> bool:
    """A file field left empty is sent as a nameless file without bytes."""
    return part.filename is not None and bool(part.size or part.filename or part.filename_utf8)


def _upload(part: Part, codec: str) -> Upload:
    written = part.filename_utf8 or _unquoted(charset.read(part.filename or b"", codec))
    return Upload(_name(part, codec), safe_filename(written), safe_content_type(part.content_type), part)


def _unquoted(filename: str) -> str:
    """Some programs send `%E8%A1%A8.png` for 表.png; a name that really looks so is not to be expected."""
    if not _QUOTED.search(filename):
        return filename
    try:
        return unquote(filename, errors="strict")
    except UnicodeDecodeError:
        return filename


def _fingerprint(view: View, parts: list[Part], codec: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        if _name(part, codec) in CONTROLS or (part.filename is not None and not _is_file(part)):
            continue
        digest.update(b"%d:%d:%s%s" % (len(part.name), part.size, part.name, part.filename or b""))
        for chunk in part.chunks(view):
            digest.update(chunk)
    return digest.hexdigest()[:32]
