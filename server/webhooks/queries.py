"""What can be asked about outgoing webhooks: how each is doing, and the log of what was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from server.database import Transaction
from server.errors import Invalid, NotFound
from server.webhooks.views import AttemptView, DeliveryDetail, DeliveryPage, DeliveryView, WebhookView

_WEBHOOK = (
    "SELECT w.*, (SELECT count(*) FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state IN"
    " ('waiting', 'sending')) AS waiting, (SELECT count(*) FROM webhook_delivery d WHERE d.webhook_id = w.id"
    " AND d.state = 'failed' AND d.seq > 0) AS failed, (SELECT seq FROM change_counter) - w.seq AS behind"
    " FROM webhook w"
)
_COUNTED = 9_007_199_254_740_991


def all(tx: Transaction) -> list[WebhookView]:
    """Every webhook, by name."""
    return [_view(tx, row) for row in tx.all(f"{_WEBHOOK} ORDER BY w.name, w.id")]


def view(tx: Transaction, id: int) -> WebhookView:
    """One webhook. Raises `NotFound`."""
    row = tx.first(f"{_WEBHOOK} WHERE w.id = :id", id=id)
    if row is None:
        raise NotFound("There is no webhook {id}.", id=id)
    return _view(tx, row)


def ailing(tx: Transaction) -> int:
    """How many webhooks wait for an admin: paused by failures, or gone."""
    return int(tx.value("SELECT count(*) FROM webhook WHERE state = 'gone' OR (state = 'paused' AND failures > 0)"))


def log(
    tx: Transaction,
    webhook: int | None = None,
    *,
    state: str = "",
    kind: str = "",
    q: str = "",
    since: datetime | None = None,
    limit: int = 50,
    after: str | None = None,
) -> DeliveryPage:
    """What was sent and what waits, newest first: of a state, a kind, since a moment, or with words in its body, its
    id, its subject (`ticket:12`) or an answer."""
    conditions, values = ["d.id < :before"], {"before": _cursor(after), "limit": limit + 1}
    if webhook is not None:
        view(tx, webhook)
        conditions.append("d.webhook_id = :webhook")
        values["webhook"] = webhook
    for column, wanted in (("state", state), ("kind", kind)):
        if wanted:
            conditions.append(f"d.{column} = :{column}")
            values[column] = wanted  # type: ignore[assignment]
    if since is not None:
        conditions.append("d.at >= :since")
        values["since"] = since  # type: ignore[assignment]
    if q:
        conditions.append(
            "(d.message = :q OR d.subject = :q OR d.body LIKE :like ESCAPE '!' OR d.words LIKE :like ESCAPE '!'"
            " OR EXISTS (SELECT 1 FROM webhook_try t WHERE t.delivery_id = d.id AND t.answer LIKE :like ESCAPE '!'))"
        )
        escaped = q.replace("!", "!!").replace("%", "!%").replace("_", "!_")
        values |= {"q": q, "like": f"%{escaped}%"}  # type: ignore[dict-item]
    rows = tx.all(
        f"SELECT d.* FROM webhook_delivery d WHERE {' AND '.join(conditions)} ORDER BY d.id DESC LIMIT :limit", **values
    )
    shown = rows[:limit]
    return DeliveryPage(
        items=[DeliveryView(**_delivery(row)) for row in shown], next=str(shown[-1].id) if len(rows) > limit else None
    )


def delivery(tx: Transaction, id: int) -> DeliveryDetail:
    """One message with what was sent, and every try. Raises `NotFound`."""
    row = found(tx, id)
    tries = [
        AttemptView(
            at=one.at,
            milliseconds=one.milliseconds,
            status=one.status,
            words=one.words,
            headers=one.request,
            answer=one.answer,
        )
        for one in tx.all("SELECT * FROM webhook_try WHERE delivery_id = :id ORDER BY id DESC LIMIT 100", id=id)
    ]
    return DeliveryDetail(**_delivery(row), body=row.body, tries=tries)


def found(tx: Transaction, id: int) -> Any:
    """The row of a message. Raises `NotFound`."""
    row = tx.first("SELECT * FROM webhook_delivery WHERE id = :id", id=id)
    if row is None:
        raise NotFound("There is no webhook message {id}.", id=id)
    return row


def _view(tx: Transaction, row: Any) -> WebhookView:
    plain = (
        "id", "name", "url", "kinds", "skip_sources", "state", "words", "failures", "failing_since", "rest_until",
        "delivered_at", "waiting", "failed", "behind", "version", "created_at",
    )  # fmt: skip
    return WebhookView(
        **{name: getattr(row, name) for name in plain},
        full=bool(row.whole),
        former_secret_until=row.former_until if row.former_until and row.former_until > tx.now else None,
    )


def _delivery(row: Any) -> dict[str, Any]:
    plain = ("id", "message", "seq", "kind", "subject", "state", "attempts", "next_at", "status", "words", "at",
             "finished_at")  # fmt: skip
    return {"webhook": row.webhook_id, **{name: getattr(row, name) for name in plain}}


def _cursor(after: str | None) -> int:
    if after is None:
        return _COUNTED
    if not (after.isascii() and after.isdecimal() and len(after) < 16):
        raise Invalid(fields={"after": "is no cursor of ours"})
    return int(after)
