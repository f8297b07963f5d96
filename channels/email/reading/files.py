"""Makes attachments of what is no text: their names, sizes and where their bytes are, but not the bytes themselves."""

import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass

from channels.email.reading import headers as header_fields
from channels.email.reading import parameters, transfer, words
from channels.email.reading.body import Body
from channels.email.reading.mail import Attachment, Limits
from channels.email.reading.parts import Part

TYPES = {"message/rfc822": ".eml", "text/calendar": ".ics", "text/vcard": ".vcf", "message/delivery-status": ".txt"}
TYPES |= {"text/rfc822-headers": ".txt", "image/jpeg": ".jpg", "message/disposition-notification": ".txt"}


def attachments(body: Body, markup: str) -> tuple[Attachment, ...]:
    """The files as the desk keeps them; `markup` is the HTML that may refer to them by `cid:`."""
    found = []
    for number, part in enumerate(body.files, 1):
        name = part.file_name or _invented(part, number)
        identity = part.content_id
        inline = part.disposition == "inline" or (bool(identity) and f"cid:{identity}" in markup)
        size = transfer.size(part.buffer, part.start, part.end, part.encoding)
        found.append(Attachment(name, part.kind, size, inline, identity, _InMail(part)))
    for name, content in body.extra:
        name = name or f"file-{len(found) + 1}.bin"
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        found.append(Attachment(name, kind, len(content), False, "", _Unpacked(content)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _InMail:
    """Decodes a part again whenever its bytes are asked for."""

    part: Part

    def __call__(self) -> Iterator[bytes]:
        return transfer.chunks(self.part.buffer, self.part.start, self.part.end, self.part.encoding)


@dataclass(frozen=True, slots=True)
class _Unpacked:
    """A file that came inside another one, or inside the text."""

    content: bytes

    def __call__(self) -> Iterator[bytes]:
        return iter((self.content,))


def _invented(part: Part, number: int) -> str:
    """A name for a file without one: a forwarded mail has its subject, others get a number and the right ending."""
    ending = TYPES.get(part.kind) or mimetypes.guess_extension(part.kind) or ".bin"
    if part.kind == "message/rfc822":
        inner, _ = header_fields.parse(part.buffer, part.start, part.end, Limits(headers=100))
        subject = parameters.file_name(words.decode(inner.first("subject")))
        if subject:
            return subject[:150] + ending
    described = parameters.file_name(words.decode(part.headers.first("content-description")))
    if described and "." in described:
        return described
    return f"{part.kind.split('/')[0]}-{number}{ending}"
