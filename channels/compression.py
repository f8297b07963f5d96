"""In charge of which clients take what was compressed beforehand."""

from __future__ import annotations

import re

from aiohttp import hdrs, web

OFFER = re.compile(r"\s*(gzip|x-gzip|\*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?\Z", re.IGNORECASE)


def takes_gzip(request: web.Request) -> bool:
    """Whether the client wants gzip (RFC 9110 §12.5.3): named, or by `*`, and not at weight 0."""
    weights = {
        found[1].lower().removeprefix("x-"): float(found[2] or 1)
        for part in request.headers.get(hdrs.ACCEPT_ENCODING, "").split(",")
        if (found := OFFER.match(part))
    }
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def compressed(response: web.StreamResponse, *, gzip: bool) -> None:
    """Say how the body is coded, and that another client may be given another one."""
    response.headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
    if gzip:
        response.headers[hdrs.CONTENT_ENCODING] = "gzip"
