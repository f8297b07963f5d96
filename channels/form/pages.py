"""The pages of a form as HTML, their headers and their colours."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
from aiohttp import web

from channels.form.checks import FieldError, misshapen, missing
from channels.form.definition import HONEYPOT, Captcha, FormDefinition, FormField, origin_of, words_in
from channels.form.submission import Submission
from channels.form.theme import stylesheet
from channels.pages import templates
from channels.wording import LANGUAGES, say

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates" / "form"
BUILT = ROOT / "widgets" / "dist"

# Where each provider's script, frame and requests live, for the page's policy.
_CAPTCHA_SOURCES = {
    "turnstile": ("https://challenges.cloudflare.com", "https://challenges.cloudflare.com/turnstile/v0/api.js"),
    "hcaptcha": ("https://hcaptcha.com https://*.hcaptcha.com", "https://js.hcaptcha.com/1/api.js"),
}
_AUTOCOMPLETE = {"name": "name", "email": "email", "phone": "tel"}


@dataclass(frozen=True, slots=True)
class Visit:
    """How a page is being looked at: language, whether in a frame of which site, and where to go afterwards."""

    language: str
    embedded: bool = False
    origin: str = ""
    next_url: str = ""

    def query(self, **more: str) -> str:
        """The same visit as a query string."""
        values = {"lang": self.language, "embed": "1" if self.embedded else "", "origin": self.origin, **more}
        return urlencode({name: value for name, value in values.items() if value})


class Pages:
    """Renders the templates of `templates/form`."""

    def __init__(self) -> None:
        self._templates = templates("form")

    @cached_property
    def css(self) -> str:
        """The stylesheet of all forms."""
        return (TEMPLATES / "form.css").read_text("utf-8")

    @cached_property
    def css_version(self) -> str:
        """Changes when the stylesheet does."""
        return _version(self.css.encode())

    def form(
        self,
        form: FormDefinition,
        visit: Visit,
        token: str,
        *,
        sent: Submission | None = None,
        errors: Sequence[FieldError] = (),
        notice: str = "",
        status: int = 200,
        helps: bool = False,
    ) -> web.Response:
        """The form, empty or with what was written and what is wrong with it. `helps`: articles are offered under the
        message while it is being written."""
        sent = sent or Submission()
        hidden = {
            "_submission": token,
            "_lang": visit.language,
            "_embed": "1" if visit.embedded else "",
            "_origin": visit.origin,
            "_next": visit.next_url,
        }
        return self._page(
            "form.html",
            form,
            visit,
            status,
            hidden={name: value for name, value in hidden.items() if value},
            values=sent.values,
            errors={error.field: error.words for error in errors},
            notice=notice,
            again=bool(sent.uploads),
            helped=body.name if helps and (body := form.by_role("body")) is not None else "",
            honeypot=HONEYPOT,
            autocomplete=_autocomplete,
            missing=lambda field: missing(field, visit.language),
            misshapen=lambda field: misshapen(field, visit.language),
        )

    def thanks(self, form: FormDefinition, visit: Visit, ticket: str, mailed: bool) -> web.Response:
        """The page after sending, with the ticket's number where there is one."""
        return self._page("thanks.html", form, visit, 200, ticket=ticket, mailed=mailed)

    def problem(self, language: str, status: int, title: str, words: str, **values: object) -> web.Response:
        """A page without a form: there is none of this name, or too much is coming."""
        html = self._templates.get_template("problem.html").render(
            _=partial(say, language),
            language=language,
            title=say(language, title),
            words=say(language, words, **values),
            css_version=self.css_version,
        )
        response = web.Response(text=html, content_type="text/html", charset="utf-8", status=status)
        response.headers.update(_SAFE | {"Content-Security-Policy": _policy(None)})
        return response

    def _page(self, name: str, form: FormDefinition, visit: Visit, status: int, **values: Any) -> web.Response:
        captcha = _CAPTCHA_SOURCES.get(form.captcha.provider)
        html = self._templates.get_template(name).render(
            _=partial(say, visit.language),
            words=lambda words: words_in(words, visit.language),
            language=visit.language,
            languages=LANGUAGES,
            form=form,
            visit=visit,
            captcha_script=captcha[1] if captcha else "",
            css_version=self.css_version,
            theme_version=_version(form.theme.encode()),
            script_version=built.stem if (built := _built("enhance.js")) else "",
            **values,
        )
        response = web.Response(text=html, content_type="text/html", charset="utf-8", status=status)
        response.headers.update(_SAFE | {"Content-Security-Policy": _policy(form), "Content-Language": visit.language})
        if not captcha:  # a puzzle's files do not say that they may be embedded
            response.headers.update(_ISOLATED)
        return response

    def theme(self, form: FormDefinition) -> web.Response:
        """The form's colours as a stylesheet of its own, since the policy forbids inline style."""
        return _lasting(web.Response(text=stylesheet(form.theme), content_type="text/css", charset="utf-8"))

    def stylesheet(self) -> web.Response:
        """The common stylesheet."""
        return _lasting(web.Response(text=self.css, content_type="text/css", charset="utf-8"))


def script(name: str) -> web.Response:
    """A built script, or 404 where the browser code was not built: every page works without."""
    path = _built(name)
    try:
        body = path.read_bytes() if path else None
    except OSError:  # built anew at this very moment
        body = None
    if body is None:
        return web.Response(status=404, text="// not built", content_type="text/javascript", charset="utf-8")
    response = web.Response(body=body, content_type="text/javascript", charset="utf-8")
    response.headers.update({"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "cross-origin"})
    # embed.js stands on other sites under one lasting address, so a new one must be seen within minutes.
    response.headers["Cache-Control"] = "public, max-age=300" if name == "embed.js" else "public, max-age=86400"
    response.etag = _version(body)
    return response


# `no-cache` and not `no-store`: the back button must bring back what was written (RFC 9111 §5.2.2.4).
_SAFE: dict[str, str] = {
    "Cache-Control": "private, no-cache, max-age=0",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=()",
}

# So that a site which isolates itself (COEP require-corp) can still frame the form.
_ISOLATED = {"Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "cross-origin"}


def _policy(form: FormDefinition | None) -> str:
    """The Content-Security-Policy: nothing inline, framed only by the form's own sites.

    `form-action` names the sites too, since a browser holds it against the redirect to a site's thank-you page.
    """
    sites = " ".join(origin_of(site) for site in form.sites) if form else ""
    captcha = _CAPTCHA_SOURCES.get((form.captcha if form else Captcha()).provider)
    third = f" {captcha[0]}" if captcha else ""
    rules = {
        "default-src": "'none'",
        "style-src": "'self'" + third,
        "script-src": "'self'" + third,
        "img-src": "'self' data:",
        "connect-src": "'self'" + third,
        "frame-src": third.strip() or "'none'",
        "form-action": f"'self' {sites}".strip(),
        "frame-ancestors": f"'self' {sites}".strip(),
        "base-uri": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _autocomplete(field: FormField) -> str:
    return _AUTOCOMPLETE.get(field.role or field.type, "off" if field.role else "")


def _version(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def _built(name: str) -> Path | None:
    """Where the build put `form-{name}`: its manifest tells the name with the hash."""
    try:
        manifest = orjson.loads((BUILT / "manifest.json").read_bytes())
        return BUILT / str(manifest[f"form-{name}"])
    except (OSError, orjson.JSONDecodeError, KeyError):
        return None


def _lasting(response: web.Response) -> web.Response:
    response.headers.update({"Cache-Control": "public, max-age=604800", "X-Content-Type-Options": "nosniff"})
    return response
