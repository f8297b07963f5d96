"""The log of what people ask of us (個人情報保護法 §§33–35, GDPR Art. 15–17): by when, whose, and what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from server.agents import AgentView, require
from server.customers.rights import audit, rules
from server.customers.views import View
from server.database import Transaction
from server.errors import Conflict, Invalid, NotFound
from server.events import CustomerChanged, DeskChanged

RequestKind = Literal["disclosure", "correction", "stop", "erasure"]
KINDS: tuple[str, ...] = get_args(RequestKind)
OPEN = ("open", "waiting", "running")
ENDS = ("done", "refused", "withdrawn")


class RequestView(View, frozen=True, kw_only=True):
    """One request. `late` once its day has passed, `near` when it is close; `run_at` is an erasure's day."""

    id: int
    kind: str
    customer: int | None
    customer_name: str
    requester: str
    received_by: str
    identity: str
    checked_at: datetime | None
    checked_by: str
    note: str
    state: str
    outcome: str
    received_at: datetime
    due_at: datetime
    run_at: datetime | None
    late: bool
    near: bool
    progress: dict[str, Any]
    by: str
    closed_at: datetime | None
    closed_by: str
    version: int


def note(
    tx: Transaction,
    agent: AgentView,
    kind: RequestKind,
    *,
    customer: int | None = None,
    requester: str = "",
    received_by: str = "",
    received_at: datetime | None = None,
    identity: str = "",
    note: str = "",
) -> RequestView:
    """Write down that somebody asked; the day by which it must be answered follows. Raises `NotFound` or `Invalid`."""
    require(agent, "agent")
    if kind not in KINDS:
        raise Invalid(fields={"kind": "is not one of the choices"})
    if customer is not None and tx.value("SELECT 1 FROM customer WHERE id = :id", id=customer) is None:
        raise NotFound("There is no customer {id}.", id=customer)
    received = received_at or tx.now
    if received > tx.now + timedelta(days=1):
        raise Invalid(fields={"received_at": "is in the future"})
    id = tx.insert(
        "rights_request",
        kind=kind,
        customer_id=customer,
        requester=requester.strip(),
        received_by=received_by.strip(),
        identity=identity.strip(),
        checked_at=tx.now if identity.strip() else None,
        checked_by=agent.actor if identity.strip() else "",
        note=note.strip(),
        state="open",
        outcome="",
        received_at=received,
        due_at=received + timedelta(days=rules.read(tx).days(kind)),
        run_at=None,
        options="{}",
        progress="{}",
        by_whom=agent.actor,
        closed_at=None,
        closed_by="",
        version=1,
    )
    return told(tx, agent, id, "noted")


def change(
    tx: Transaction,
    agent: AgentView,
    id: int,
    *,
    customer: int | None = None,
    requester: str | None = None,
    identity: str | None = None,
    note: str | None = None,
    version: int | None = None,
) -> RequestView:
    """Whose it is, how it was checked who they are, what else is to be said. Raises `Conflict` when it is closed."""
    require(agent, "agent")
    row = one_open(tx, id, version)
    values: dict[str, Any] = {}
    if customer is not None and customer != row.customer_id:
        if row.state != "open":
            raise Conflict("It is decided already whose data goes.", current=view(tx, id))
        if tx.value("SELECT 1 FROM customer WHERE id = :id", id=customer) is None:
            raise NotFound("There is no customer {id}.", id=customer)
        values["customer_id"] = customer
    if identity is not None and identity.strip() != row.identity:
        checked = bool(identity.strip())
        values |= {"identity": identity.strip(), "checked_at": tx.now if checked else None}
        values["checked_by"] = agent.actor if checked else ""
    for name, value in (("requester", requester), ("note", note)):
        if value is not None:
            values[name] = value.strip()
    if values:
        put(tx, id, **values)
    return told(tx, agent, id, "changed")


def close(tx: Transaction, agent: AgentView, id: int, state: str, outcome: str = "") -> RequestView:
    """It was answered (`done`), refused with its reason, or taken back. Raises `Invalid` or `Conflict`."""
    require(agent, "agent")
    row = one_open(tx, id)
    if state not in ENDS:
        raise Invalid(fields={"state": "is not one of the choices"})
    if state == "refused" and not outcome.strip():
        raise Invalid(fields={"outcome": "is missing"})
    if row.state != "open":
        raise Conflict("An erasure that is decided is called off first.", current=view(tx, id))
    if state == "done" and row.kind == "erasure":
        raise Conflict("An erasure is done by the desk, after it was decided.", current=view(tx, id))
    put(tx, id, state=state, outcome=outcome.strip(), closed_at=tx.now, closed_by=agent.actor)
    return told(tx, agent, id, state)


def view(tx: Transaction, id: int) -> RequestView:
    """One request. Raises `NotFound`."""
    found = _views(tx, "r.id = :id", id=id)
    if not found:
        raise NotFound("There is no request {id}.", id=id)
    return found[0]


def all(tx: Transaction, *, state: str = "open", customer: int | None = None, limit: int = 200) -> list[RequestView]:
    """Those that are open, the nearest deadline first; or (`closed`) the others, newest first; or all of both."""
    if customer is not None:
        return _views(tx, "r.customer_id = :customer", customer=customer, limit=limit)
    if state == "closed":
        return _views(tx, "r.state IN ('done', 'refused', 'withdrawn')", "r.id DESC", limit=limit)
    if state == "all":
        return _views(tx, "1 = 1", "r.id DESC", limit=limit)
    return _views(tx, "r.state IN ('open', 'waiting', 'running')", limit=limit)


def pressing(tx: Transaction) -> int:
    """How many open requests are late or near their day."""
    until = tx.now + timedelta(days=rules.read(tx).remind_days)
    return int(
        tx.value("SELECT count(*) FROM rights_request WHERE state = 'open' AND due_at < :until", until=until) or 0
    )


def one_open(tx: Transaction, id: int, version: int | None = None) -> Any:
    """A request's row, held, that can still be changed. Raises `NotFound` or `Conflict`."""
    held = " FOR UPDATE" if tx.dialect == "postgresql" else ""
    row = tx.first(f"SELECT * FROM rights_request WHERE id = :id{held}", id=id)
    if row is None:
        raise NotFound("There is no request {id}.", id=id)
    if row.state not in OPEN:
        raise Conflict("This request is closed.", current=view(tx, id))
    if version is not None and version != row.version:
        raise Conflict("Somebody changed this request in between.", current=view(tx, id))
    return row


def put(tx: Transaction, id: int, **values: Any) -> None:
    """Write columns of a request."""
    places = ", ".join(f"{name} = :{name}" for name in values)
    tx.run(f"UPDATE rights_request SET {places}, version = version + 1 WHERE id = :id", **values, id=id)


def told(tx: Transaction, agent: AgentView, id: int, what: str) -> RequestView:
    """The request as it stands now, after consoles and the audit log have heard of it."""
    found = view(tx, id)
    audit.write(tx, agent, "request", customer=found.customer, detail={"request": id, "kind": found.kind, "what": what})
    tx.record(DeskChanged(what="rights", id=id), agent.actor)
    if found.customer is not None:
        tx.record(CustomerChanged(customer=found.customer, what="rights"), agent.actor)
    return found


def _views(
    tx: Transaction, where: str, order: str = "r.due_at, r.id", *, limit: int = 1, **values: Any
) -> list[RequestView]:
    near = tx.now + timedelta(days=rules.read(tx).remind_days)
    return [
        RequestView(
            id=row.id,
            kind=row.kind,
            customer=row.customer_id,
            customer_name=row.customer_name or "",
            requester=row.requester,
            received_by=row.received_by,
            identity=row.identity,
            checked_at=row.checked_at,
            checked_by=row.checked_by,
            note=row.note,
            state=row.state,
            outcome=row.outcome,
            received_at=row.received_at,
            due_at=row.due_at,
            run_at=row.run_at,
            late=row.state == "open" and row.due_at < tx.now,
            near=row.state == "open" and tx.now <= row.due_at < near,
            progress=row.progress,
            by=row.by_whom,
            closed_at=row.closed_at,
            closed_by=row.closed_by,
            version=row.version,
        )
        for row in tx.all(
            "SELECT r.*, c.name AS customer_name FROM rights_request r LEFT JOIN customer c ON c.id = r.customer_id"
            f" WHERE {where} ORDER BY {order} LIMIT :limit",
            **values,
            limit=limit,
        )
    ]
