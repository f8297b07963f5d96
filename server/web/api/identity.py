"""Who is who: customers who may be one, merging them, and parting them again."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from server import customers
from server.customers.identity import merging, parting, suggestions
from server.customers.identity.merging import MergePreview, MergeView
from server.customers.identity.suggestions import Suggestion
from server.customers.views import CustomerView
from server.web.api.shapes import Id, Version
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Form, Query

api = Api()
FieldName = Annotated[str, Meta(min_length=1, max_length=40, pattern="^[a-z_]+$")]


class Other(Query, frozen=True, kw_only=True):
    """The customer who would go."""

    gone: Id


class MergeForm(Form, frozen=True, kw_only=True):
    """The customer who goes, and which side each field is taken from; fields that are not named follow the preview.

    The versions are those of the preview: what was changed since is not merged unseen.
    """

    gone: Id
    choices: dict[FieldName, Literal["kept", "gone"]] = {}
    version: Version | None = None
    gone_version: Version | None = None
    reason: Annotated[str, Meta(max_length=2000)] = ""


@api.get("/customers/{customer}/suggestions", "Who else may be this customer")
async def suggest(call: Call, customer: Number) -> list[Suggestion]:
    """The likeliest first, with reasons for and against. Nobody is merged without somebody's word."""
    await call.read(customers.view, customer)
    return await call.read(suggestions.suggest, customer)


@api.put("/customers/{customer}/apart/{other}", "These two are not one", conflicts=False)
async def set_apart(call: Call, customer: Number, other: Number) -> None:
    """They are not suggested to each other again."""
    await call.write(suggestions.set_apart, customer, other)


@api.get("/customers/{customer}/merge", "What merging would do")
async def preview(call: Call, customer: Number, query: Other) -> MergePreview:
    """Both sides field by field, how alike they are, and how much would go over. 409 when one was merged already."""
    return await call.read(merging.preview, customer, query.gone)


@api.post("/customers/{customer}/merge", "Merge another customer into this one", status=200)
async def merge(call: Call, customer: Number, form: MergeForm) -> CustomerView:
    """Tickets, contacts, orders and all else go over; the other stays as a pointer. It can be undone exactly."""
    seen = (form.version, form.gone_version)
    versions = (seen[0], seen[1]) if seen[0] is not None and seen[1] is not None else None
    return await call.write(
        merging.merge, customer, form.gone, choices=form.choices, versions=versions, reason=form.reason
    )


@api.get("/customers/{customer}/merges", "The merges that a customer was part of")
async def merges(call: Call, customer: Number) -> list[MergeView]:
    """Newest first, also those that were undone."""
    await call.read(customers.view, customer)
    return await call.read(merging.history, customer)


@api.delete("/customer-merges/{merge_id}", "Part two customers again", conflicts=True)
async def part(call: Call, merge_id: Number) -> CustomerView:
    """Each gets back what was theirs. 409 when a later merge must be undone first."""
    return await call.write(parting.part, merge_id)
