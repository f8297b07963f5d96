"""What went wrong, said in one shape: problem+json (RFC 9457) to programs, a page to people, one table for both."""

from __future__ import annotations

import errno
import logging
import math
import secrets
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from msgspec import UNSET, UnsetType

from channels.contract import TooLarge as ArrivalTooLarge
from channels.wording import say
from server.errors import DeskError, Invalid, TooLarge, TooMany, Unavailable
from server.web import pages, wrong
from server.web.buckets import VERDICT
from server.web.reading import BadRequest

log = logging.getLogger(__name__)
encode = msgspec.json.Encoder().encode

TITLES: dict[int, tuple[str, str]] = {
    400: ("bad_request", "The request could not be read."),
    401: ("unauthenticated", "Please sign in."),
    403: ("forbidden", "You may not do this."),
    404: ("not_found", "There is nothing here."),
    405: ("method_not_allowed", "This address does not take that method."),
    409: ("conflict", "Somebody was faster."),
    413: ("too_large", "This is more than the desk takes."),
    415: ("unsupported_media_type", "The desk does not read this type of content here."),
    416: ("no_such_part", "The file has no such part."),
    422: ("invalid", "Something in it needs another look."),
    429: ("too_many", "Too often. Please wait a little."),
    500: ("error", "Something went wrong on our side."),
    503: ("unavailable", "The desk cannot do this just now. Please try again."),
}
"""Status to its code and its words, which are in the catalogue."""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong. `code` is for programs and never changes, `title` and `detail` are for people.

    `fields` maps a field's path to what is wrong with it; `current` is what stands now, after a conflict; `after`
    are the seconds to wait; `reference` finds an unexpected failure in the desk's log.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str | UnsetType = UNSET
    fields: dict[str, str] | UnsetType = UNSET
    current: Any = UNSET
    after: float | UnsetType = UNSET
    reference: str | UnsetType = UNSET


def as_desk_error(error: Exception) -> DeskError | None:
    """A failure of the parts below in the desk's own words; None for one that nobody expected."""
    match error:
        case DeskError():
            return error
        case HttpProcessingError():
            return BadRequest("The request could not be read.")
        case ArrivalTooLarge():
            return TooLarge("This is more than the desk takes.")
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return Unavailable("The disk is full.")
    return None


def of_error(error: DeskError, language: str) -> Problem:
    """The problem of a failure with words."""
    code, title = TITLES.get(error.status, TITLES[500])
    detail = say(language, error.words, **error.values) if error.words else UNSET
    fields: dict[str, str] | UnsetType = UNSET
    if isinstance(error, Invalid) and error.fields:
        fields = {name: wrong.said(language, words) for name, words in error.fields.items()}
        if error.plain:
            detail = wrong.together(language, error.fields)
    current = getattr(error, "current", None)
    return Problem(
        type=f"/api/docs#{code}",
        title=say(language, title),
        status=error.status,
        code=code if code != "error" else error.code,
        detail=detail,
        fields=fields,
        current=current if current is not None else UNSET,
        after=round(error.after, 1) if isinstance(error, TooMany) else UNSET,
    )


def of_status(status: int, language: str, *, reference: str | UnsetType = UNSET) -> Problem:
    """The problem of a bare status."""
    code, title = TITLES.get(status, ("error", "The request was refused."))
    return Problem(type=f"/api/docs#{code}", title=say(language, title), status=status, code=code, reference=reference)


def answer(request: web.Request, problem: Problem) -> web.Response:
    """A problem as a page when a person opened it in a browser, else as JSON."""
    if pages.wants_page(request):
        response = pages.render(request, "layout/problem.html", {"problem": problem}, status=problem.status)
    else:
        response = web.Response(body=encode(problem), status=problem.status, content_type="application/problem+json")
    if problem.after is not UNSET:
        response.headers["Retry-After"] = str(math.ceil(problem.after))
    elif problem.status == 503:
        response.headers["Retry-After"] = "5"
    elif problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if (verdict := request.get(VERDICT)) is not None:
        verdict.mark(response.headers)
    return response


@web.middleware
async def middleware(request: web.Request, handler: Any) -> web.StreamResponse:
    """Every failure below becomes an answer here, and nowhere else."""
    language = pages.language_of(request)
    try:
        response: web.StreamResponse = await handler(request)
        return response
    except web.HTTPException as raised:
        if raised.status < 400:
            raise
        response = answer(request, of_status(raised.status, language))
        if "Allow" in raised.headers:
            response.headers["Allow"] = raised.headers["Allow"]
        return response
    except ConnectionResetError:
        raise
    except Exception as error:
        if (known := as_desk_error(error)) is not None:
            return answer(request, of_error(known, language))
        reference = secrets.token_hex(4)
        log.exception("%s %s failed, reference %s", request.method, request.path, reference)
        return answer(request, of_status(500, language, reference=reference))
