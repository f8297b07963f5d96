"""The rules about people's data, retention looked at before it is switched on, and the audit log."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server.agents import require
from server.customers.rights import audit, rules
from server.customers.rights.audit import AuditFilter, AuditPage
from server.customers.rights.rules import RetentionRule, Rules
from server.privacy import retention
from server.privacy.retention import RulePreview
from server.web.api.shapes import Id, Moment
from server.web.call import Call
from server.web.endpoints import Api
from server.web.reading import Form, Query

api = Api()
Days = Annotated[int, Meta(ge=1, le=36_500)]
Retention = Annotated[list[RetentionRule], Meta(max_length=50)]


class RulesForm(Form, frozen=True, kw_only=True):
    """What is left out stays. Deadlines are in days; `hour` is when retention runs, in the desk's time zone."""

    disclosure_days: Days | UnsetType = UNSET
    correction_days: Days | UnsetType = UNSET
    stop_days: Days | UnsetType = UNSET
    erasure_days: Days | UnsetType = UNSET
    remind_days: Annotated[int, Meta(ge=0, le=60)] | UnsetType = UNSET
    waiting_days: Annotated[int, Meta(ge=0, le=365)] | UnsetType = UNSET
    books_years: Annotated[int, Meta(ge=0, le=100)] | UnsetType = UNSET
    hour: Annotated[int, Meta(ge=0, le=23)] | UnsetType = UNSET
    retention: Retention | UnsetType = UNSET


class PreviewForm(Form, frozen=True, kw_only=True):
    """The rules to look at, whether or not they are on."""

    retention: Retention


class Looked(Query, frozen=True, kw_only=True):
    """By what is looked for: kind of entry, agent, customer, network address, time. `before` is a page's `next`."""

    what: Annotated[str, Meta(max_length=20)] = ""
    agent: Id | None = None
    customer: Id | None = None
    address: Annotated[str, Meta(max_length=64)] = ""
    since: Moment | None = None
    until: Moment | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 100
    before: Id | None = None


@api.get("/privacy-rules", "The rules about people's data", scope="admin")
async def view(call: Call) -> Rules:
    """Deadlines, waiting period, how long books are kept, and retention."""
    require(call.agent, "admin")
    return await call.read(rules.read)


@api.patch("/privacy-rules", "Decide rules about people's data", scope="admin")
async def decide(call: Call, form: RulesForm) -> Rules:
    """A rule of retention that is `on` takes what is over its time from the next night on."""
    changes: dict[str, Any] = {
        name: value for name in RulesForm.__struct_fields__ if (value := getattr(form, name)) is not UNSET
    }
    return await call.write(rules.decide, msgspec.to_builtins(changes))


@api.post("/privacy-rules/preview", "What rules of retention would take", scope="admin", status=200, idempotent=False)
async def preview(call: Call, form: PreviewForm) -> list[RulePreview]:
    """Counted now, in the order of the rules."""
    require(call.agent, "admin")
    return [await call.read(retention.preview, rule) for rule in form.retention]


@api.get("/audit", "Who looked at whom, and who took what", scope="admin")
async def looked(call: Call, query: Looked) -> AuditPage:
    """Newest first. A look within a quarter of an hour of the last from the same place is the same entry."""
    require(call.agent, "admin")
    wanted = AuditFilter(query.what, query.agent, query.customer, query.address, query.since, query.until)
    return await call.read(audit.search, wanted, limit=query.limit, before=query.before)
