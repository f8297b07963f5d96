"""From the raw body of a form to the message that the customer meant."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from channels import numbers
from channels.contract import Arrival, Attachment, InboundMessage, Party, Raw, Routing
from channels.form.checks import normal
from channels.form.definition import FormDefinition, FormField
from channels.form.subjects import subject_of
from channels.form.submission import Submission, Upload, open_body
from channels.wording import say

# What has its own place in a message is not written a second time under it.
_PLACED = frozenset({"name", "email", "subject", "body"})


def read(arrival: Arrival) -> InboundMessage:
    """The message in a form's arrival. Raises `BodyError` or `DefinitionError`: then it waits in quarantine."""
    form = FormDefinition.parse(arrival.account.settings)
    language = str(arrival.envelope.get("language") or "ja")
    sent = open_body(arrival.raw.view(), arrival.media_type, form)
    values = {field.name: normal(field, sent) for field in form.fields if field.type != "file"}
    sender = _sender(form, values, arrival)
    return InboundMessage(
        external_id=arrival.external_id,
        sender=sender,
        text=_text(form, values, sent, language),
        sent_at=arrival.received_at,
        subject=subject_of(form, values, language, lambda field, given: _shown(field, tuple(given), language)),
        attachments=tuple(_attachment(arrival.raw, upload) for upload in sent.uploads),
        conversation=_conversation(arrival, sender),
        language=language,
        fields=_fields(form, values, sent),
        routing=Routing(form.team_id, form.priority, form.tags),
        acknowledge=form.acknowledge and sender.kind == "email",
        marks=tuple(arrival.envelope.get("marks") or ()),
    )


Values = dict[str, tuple[str, ...]]


def _sender(form: FormDefinition, values: Values, arrival: Arrival) -> Party:
    """Who wrote: by mail address, else by phone, else somebody known by this one form only.

    Nobody has checked that the address is theirs, so it is never `verified`.
    """
    name, email, phone = (_role(form, values, role) for role in ("name", "email", "phone"))
    if email:
        return Party("email", email, name, verified=False)
    if phone:
        return Party("phone", phone, name, verified=False)
    return Party("form", arrival.external_id, name, verified=False)


def _role(form: FormDefinition, values: Values, role: Any) -> str:
    field = form.by_role(role)
    return " ".join(next(iter(values.get(field.name, ())), "").split()) if field else ""


def _text(form: FormDefinition, values: Values, sent: Submission, language: str) -> str:
    """What the customer wrote, and under it the other fields, one a line, as an agent reads a letter's head."""
    body = form.by_role("body")
    written = "\n".join(values.get(body.name, ())) if body else ""
    lines = [
        say(language, "{label}: {value}", label=field.says(language), value=", ".join(shown))
        for field in form.fields
        if field.type not in ("file", "consent") and field.role not in _PLACED
        if (shown := _shown(field, values[field.name], language))
    ]
    lines += [say(language, "{label}: {value}", label=name, value=value) for name, value in sent.extras.items()]
    return "\n\n".join(piece for piece in (written, "\n".join(lines)) if piece)


def _shown(field: FormField, values: tuple[str, ...], language: str) -> list[str]:
    labels = {option.value: option.says(language) for option in field.options}
    if field.type == "phone":
        return [numbers.readable(value) for value in values]
    return [labels.get(value, value) for value in values]


def _fields(form: FormDefinition, values: Values, sent: Submission) -> dict[str, Any]:
    """Every value by the field's role or name; several choices as a list, a consent as true or false."""
    fields: dict[str, Any] = dict(sent.extras)
    for field in form.fields:
        given = values.get(field.name, ())
        if field.type == "file" or field.role in ("body", "subject"):
            continue
        if field.type == "consent" or (field.type == "checkbox" and not field.options):
            fields[field.key] = bool(given)
        elif given:
            fields[field.key] = list(given) if field.many else given[0]
    return fields


def _conversation(arrival: Arrival, sender: Party) -> str | None:
    """Where the customer goes back, changes a word and sends again, the same ticket is meant.

    The sender is part of the name: a page's copied HTML would give all its visitors one submission id.
    """
    submission = arrival.envelope.get("submission")
    if not submission:
        return None
    return f"form:{submission}:{hashlib.sha256(sender.address.encode()).hexdigest()[:12]}"


def _attachment(raw: Raw, upload: Upload) -> Attachment:
    return Attachment(upload.filename, upload.content_type, upload.part.size, _chunks(raw, upload))


def _chunks(raw: Raw, upload: Upload) -> Callable[[], Iterator[bytes]]:
    return lambda: upload.part.chunks(raw.view())
