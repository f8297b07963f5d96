"""The form channel: one account is one form; what is sent comes in as it was posted, and answers go out by mail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar

from aiohttp import web

from channels.contract import Account, Arrival, Check, Desk, Field, Inbound, OutboundMessage, Receipt, Undeliverable
from channels.form.definition import DefinitionError, FormDefinition
from channels.form.doors import Doors
from channels.form.reading import read
from channels.form.starter import starter
from channels.guard import guarded_session
from channels.origin import ClientAddress, by_socket
from channels.wording import say


class FormChannel:
    """Forms. `allow` names private hosts that a captcha's verify URL may lead to (tests, intranets).

    `client_address` tells whose request it is, for the rate limit: behind a proxy the socket's end is the proxy.
    """

    kind: ClassVar[str] = "form"
    label: ClassVar[str] = "Form"
    answers_by: ClassVar[str] = "email"
    fields: ClassVar[Sequence[Field]] = (
        Field("slug", "Address", required=True, help="The last part of its address: /forms/contact"),
        Field("title", "Title", "json", required=True, help='In both languages: {"ja": "…", "en": "…"}'),
        Field("intro", "Introduction", "json"),
        Field("confirmation", "Words after sending", "json"),
        Field("submit", "Label of the button", "json"),
        Field(
            "subject",
            "Subject of its tickets",
            "json",
            help="With {title}, {words} (how the message begins) and fields by name. Empty: derived.",
        ),
        Field("fields", "Fields", "json", required=True),
        Field("sites", "Sites it may stand on", "json", default=[], help='["https://shop.example"]'),
        Field("team_id", "Team", "number", section="Routing"),
        Field(
            "priority",
            "Priority",
            "choice",
            default="normal",
            choices=(("low", "Low"), ("normal", "Normal"), ("high", "High"), ("urgent", "Urgent")),
            section="Routing",
        ),
        Field("tags", "Tags", "json", default=[], section="Routing"),
        Field("acknowledge", "Send an acknowledgement mail", "boolean", default=True),
        Field("theme", "Colour", default="#1f5fbf"),
        Field("rate", "Rate limit", "json", default={"limit": 10, "seconds": 600}, section="Spam"),
        Field("min_seconds", "Least seconds to fill it in", "number", default=2.0, section="Spam"),
        Field("captcha", "Captcha", "json", default={"provider": "none"}, section="Spam"),
        Field("captcha_secret", "Secret of the captcha", "secret", section="Spam"),
    )

    def __init__(self, *, allow: Sequence[str] = (), client_address: ClientAddress = by_socket) -> None:
        self._allow = tuple(allow)
        self._client_address = client_address

    def attach(self, app: web.Application, desk: Desk) -> None:
        """Open `/forms/…`."""
        doors = Doors(desk, self._client_address)
        app.add_routes(doors.routes())

        async def with_session(_: web.Application) -> AsyncIterator[None]:
            async with guarded_session(self._allow, seconds=5) as session:
                doors.judge.session = session
                yield
                doors.judge.session = None

        app.cleanup_ctx.append(with_session)

    def read(self, arrival: Arrival) -> Sequence[Inbound]:
        """The one message in a submission."""
        return [read(arrival)]

    async def deliver(self, message: OutboundMessage) -> Receipt:
        """Always `Undeliverable`: whoever wrote by a form is answered at their mail address."""
        raise Undeliverable("a form has no way out: answer by mail", code="no-way-out")

    def judge(self, settings: Mapping[str, Any], language: str = "en") -> Mapping[str, str]:
        """What keeps these settings from being a form, by where it is; the desk asks before it saves them."""
        try:
            FormDefinition.parse(settings)
        except DefinitionError as error:
            return {each.where: say(language, each.text, **each.values) for each in error.problems}
        return {}

    def starter(self) -> dict[str, Any]:
        """The settings that a new form begins with."""
        return starter()

    async def test(self, account: Account) -> Sequence[Check]:
        """Whether the definition is a form."""
        try:
            form = FormDefinition.parse(account.settings)
        except DefinitionError as error:
            return [Check("definition", False, problem.says("en")) for problem in error.problems]
        checks = [Check("definition", True, f"{len(form.fields)} fields at /forms/{form.slug}")]
        if form.captcha.provider != "none":
            found = bool(account.secrets.get("captcha_secret"))
            checks.append(Check("captcha", found, "" if found else "The secret of the captcha is missing."))
        if form.by_role("email") is None:
            checks.append(Check("email", False, "No field has the role email, so nobody can be answered."))
        return checks
