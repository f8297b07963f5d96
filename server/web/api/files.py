"""Files: streamed in, and handed out so that no browser takes them for pages of ours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote

from aiohttp import BodyPartReader, web
from msgspec import Meta

from server.errors import Invalid, TooLarge
from server.tickets import attachments
from server.tickets.attachments import FileRecord
from server.tickets.rows import PLAYED, PREVIEWED
from server.tickets.views import AttachmentView
from server.web import signed
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import BadRequest, Query

api = Api()

CHUNK = 64 * 1024
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class Upload(Query, frozen=True, kw_only=True):
    """The file's name, when the body is the bare file."""

    filename: Annotated[str, Meta(max_length=300)] = ""


class Download(Query, frozen=True, kw_only=True):
    """`key` is in the addresses inside a message's HTML, where no cookie is sent."""

    key: Annotated[str, Meta(max_length=200)] | None = None
    download: bool = False


SERVED = ("application/octet-stream", *sorted(PREVIEWED | PLAYED))
"""The types in which files are handed out."""


@api.post("/files", "Upload a file", takes=("application/octet-stream", "multipart/form-data"))
async def upload(call: Call, query: Upload) -> AttachmentView:
    """The body is the file (any type, its name in `filename`), or a multipart form with one file. It belongs to whoever
    sent it until a reply or note names it; without one it is removed after a day."""
    request, doors = call.request, call.doors
    if (request.content_length or 0) > doors.max_upload_bytes + 100_000:
        raise TooLarge("At most {limit} bytes are taken here.", limit=doors.max_upload_bytes)
    if request.content_type == "multipart/form-data":
        part = await _file_part(request)
        name, media, chunks = part.filename or "", part.headers.get("Content-Type", ""), _chunks(part)
    else:
        name, media, chunks = (
            query.filename,
            request.headers.get("Content-Type", ""),
            request.content.iter_chunked(CHUNK),
        )
    stored = await doors.files.receive(chunks, doors.max_upload_bytes)
    return await call.write(attachments.upload, stored, name, media)


@api.get("/files/{file}/{filename}", "Fetch a file", scope=None, media=SERVED)
async def download(call: Call, file: Number, filename: str, query: Download) -> web.StreamResponse:
    """Sent as a download, unless it is a picture, a film or a voice that a browser may show. The name in the address
    is for people."""
    del filename
    if query.key is not None and signed.is_right(call.doors.secret, f"file:{file}", query.key):
        found = await call.read(attachments.file, None, file)
    else:
        found = await call.read(attachments.file, call.reader.id, file)
    return await hand_out(call, found, as_download=query.download)


async def hand_out(call: Call, found: FileRecord, *, as_download: bool) -> web.StreamResponse:
    """A file's bytes from the store, in parts if the browser asks so. Raises `NotFound` when the store lost it."""
    path = call.doors.files.path(found.digest)
    if not path.is_file():
        next(call.doors.files.chunks(found.digest), None)
    show = found.content_type in PREVIEWED | PLAYED and not as_download
    response = web.FileResponse(path)
    response.content_type = found.content_type if show else "application/octet-stream"
    response.headers["Content-Disposition"] = disposition("inline" if show else "attachment", found.filename)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cross-Origin-Resource-Policy"] = "same-site" if not show else "cross-origin"
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


def disposition(kind: str, filename: str) -> str:
    """A Content-Disposition whose name survives in every language (RFC 6266 §4.3, RFC 8187)."""
    plain = "".join(char if char.isascii() and char.isprintable() and char not in '"\\;%' else "_" for char in filename)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


async def _file_part(request: web.Request) -> BodyPartReader:
    """The first file of a form. Raises `BadRequest` or `Invalid`."""
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if isinstance(part, BodyPartReader) and part.filename is not None:
                return part
    except (ValueError, AssertionError, RuntimeError) as error:
        raise BadRequest("The body is not a multipart form.") from error
    raise Invalid(fields={"file": "is missing"})


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    try:
        while chunk := await part.read_chunk(CHUNK):
            yield chunk
    except (ValueError, AssertionError) as error:
        raise BadRequest("The body is not a multipart form.") from error
