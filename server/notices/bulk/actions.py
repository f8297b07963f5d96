"""What people do with bulk letters before they leave: write them, choose whom they go to, try them, take them away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from server import accounts, delivery
from server.agents import AgentView, require
from server.customers.imports.actions import Look
from server.customers.rights import audit
from server.database import Transaction
from server.database.types import dump
from server.delivery import Envelope
from server.delivery.letters import Someone
from server.errors import Conflict, Invalid, NotFound
from server.events import DeskChanged
from server.files import Stored
from server.notices.bulk import choosing, queries, rows
from server.notices.bulk.recalling import take_back
from server.notices.bulk.views import BulkContent, BulkView
from server.notices.views import View

ROLE = "lead"
EDITABLE = ("draft", "asked", "paused")
WAYS = ("line", "email")


class BulkDraft(View, frozen=True, kw_only=True):
    """A bulk letter as it is written. `version` is the one that its writer had before them; None for a new one."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    content: BulkContent = BulkContent()
    version: int | None = None


def add(tx: Transaction, agent: AgentView, draft: BulkDraft) -> BulkView:
    """Begin one. Its recipients are listed as soon as its choice is one. Raises `Invalid`."""
    require(agent, "lead")
    name = _named(draft.name)
    content = _checked(tx, draft.content, None)
    id = tx.insert(
        "bulk_letter",
        name=name,
        content=dump(content),
        file_name="",
        digest="",
        form=dump({}),
        headers=dump([]),
        state="draft",
        listing="",
        position=0,
        share=0.0,
        trouble="",
        version=1,
        writers=dump([agent.id]),
        by_whom=agent.actor,
        asked_by="",
        approved_by="",
        worker="",
        created_at=tx.now,
        updated_at=tx.now,
    )
    if not choosing.check(tx, content.choice):
        _list_anew(tx, id)
    return _told(tx, agent, id)


def edit(tx: Transaction, agent: AgentView, id: int, draft: BulkDraft) -> BulkView:
    """Write it anew. What was approved of it before needs approval anew; who has it already does not get it again.

    Raises `Conflict` when somebody wrote it since, or when it is on its way, and `Invalid`.
    """
    require(agent, "lead")
    row = locked(tx, id)
    name = _named(draft.name)
    if draft.version is not None and draft.version != row.version:
        raise Conflict("Somebody has changed this meanwhile.", current=queries.one(tx, id))
    before = msgspec.convert(row.content, BulkContent)
    content = _checked(tx, draft.content, row)
    _rewrite(tx, agent, row, name=name, content=dump(content))
    # The list says how each is expected to be reached, which follows from these as well.
    if (content.choice, content.ways, content.purpose) != (before.choice, before.ways, before.purpose):
        _list_anew(tx, id, valid=not choosing.check(tx, content.choice))
    return _told(tx, agent, id)


def bring(tx: Transaction, agent: AgentView, id: int, name: str, stored: Stored, look: Look) -> BulkView:
    """The file of its recipients. What its columns are is guessed, and can be changed. Raises `Conflict`."""
    require(agent, "lead")
    row = locked(tx, id)
    content = msgspec.convert(row.content, BulkContent)
    columns = rows.guessed(look.headers)
    choice = msgspec.structs.replace(content.choice, by="file", columns=columns)
    _rewrite(
        tx,
        agent,
        row,
        content=dump(msgspec.structs.replace(content, choice=choice)),
        file_name=name[:300] or "?",
        digest=stored.digest,
        form=dump(look.form),
        headers=dump(look.headers),
    )
    audit.write(tx, agent, "import", detail={"what": "bulk", "file": name[:300]})
    _list_anew(tx, id, valid=any(columns))
    return _told(tx, agent, id)


def list_again(tx: Transaction, agent: AgentView, id: int) -> BulkView:
    """List its recipients as they are now. Raises `Conflict` or `Invalid`."""
    require(agent, "lead")
    row = locked(tx, id)
    problems = choosing.check(tx, msgspec.convert(row.content, BulkContent).choice)
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    _rewrite(tx, agent, row)
    _list_anew(tx, id)
    return _told(tx, agent, id)


def remove(tx: Transaction, agent: AgentView, id: int) -> None:
    """Take a draft away of which nothing has left. Raises `Conflict` for another."""
    require(agent, "lead")
    locked(tx, id)
    if tx.value("SELECT 1 FROM bulk_recipient WHERE bulk_id = :id AND state = 'sent' LIMIT 1", id=id):
        raise Conflict("Some of it has left: it stays as a record.")
    for table in ("bulk_recipient", "bulk_problem"):
        tx.run(f"DELETE FROM {table} WHERE bulk_id = :id", id=id)
    tx.run("DELETE FROM bulk_letter WHERE id = :id", id=id)
    tx.record(DeskChanged(what="bulk_letter", id=id), agent.actor)


def send_test(tx: Transaction, agent: AgentView, id: int, to: str = "") -> int:
    """Mail the first samples' words to oneself, one letter for each language; how many. Raises `Invalid`."""
    require(agent, "lead")
    address = (to or agent.email).strip()
    if "@" not in address or any(char in address for char in "\r\n\0 "):
        raise Invalid(fields={"to": "is not an address"})
    sender = accounts.sender_for(tx, "email")
    if sender is None:
        raise Invalid("There is no account that can send mail.")
    shown = {(each.way, each.language): each for each in reversed(queries.samples(tx, id))}
    if not shown:
        raise Invalid("There is no recipient yet whose values the words could be filled in with.")
    for (way, language), sample in sorted(shown.items()):
        if sample.trouble:
            raise Invalid(sample.trouble)
        delivery.post(
            tx,
            account_id=sender,
            line=f"email:{address}",
            envelope=Envelope(
                to=(Someone("email", address),),
                subject=f"[TEST] {sample.subject or way.upper()}",
                text=sample.text,
                automatic=True,
                language=language,
            ),
            wait=False,
            asked=True,
        )
    tx.record(DeskChanged(what="bulk_letter", id=id), agent.actor)
    return len(shown)


def locked(tx: Transaction, id: int, states: Sequence[str] = EDITABLE) -> Any:
    """The row of one that can be edited, for this unit alone. Raises `NotFound` or `Conflict`."""
    lock = "" if tx.dialect == "sqlite" else " FOR UPDATE"
    row = tx.first(f"SELECT * FROM bulk_letter WHERE id = :id{lock}", id=id)
    if row is None:
        raise NotFound("There is no bulk letter {id}.", id=id)
    if row.state not in states:
        raise Conflict("That cannot be done with this bulk letter as it stands now.")
    return row


def _rewrite(tx: Transaction, agent: AgentView, row: Any, **columns: Any) -> None:
    """Another version: whoever approved the last one has not approved this one. What was paused and has not left is
    to be sent in its new words."""
    if row.state == "paused":
        take_back(tx, agent, row.id)
    places = "".join(f", {name} = :{name}" for name in columns)
    tx.run(
        "UPDATE bulk_letter SET version = version + 1, state = 'draft', writers = :writers, asked_by = '',"
        f" asked_at = NULL, approved_by = '', approved_at = NULL, next_at = NULL, updated_at = :now{places}"
        " WHERE id = :id",
        **columns,
        writers=dump(sorted({*row.writers, agent.id})),
        now=tx.now,
        id=row.id,
    )


def _list_anew(tx: Transaction, id: int, *, valid: bool = True) -> None:
    tx.run(
        "UPDATE bulk_letter SET listing = :listing, position = -1, share = 0, trouble = '', worker = '',"
        " leased_until = NULL WHERE id = :id",
        listing="under_way" if valid else "",
        id=id,
    )
    if not valid:
        for table, those in (("bulk_recipient", " AND state <> 'sent'"), ("bulk_problem", "")):
            tx.run(f"DELETE FROM {table} WHERE bulk_id = :id{those}", id=id)


def _named(name: str) -> str:
    if not name.strip():
        raise Invalid(fields={"name": "is missing"})
    return name.strip()[:200]


def _checked(tx: Transaction, content: BulkContent, row: Any) -> BulkContent:
    """Content that can be kept, if not yet sent. Raises `Invalid`."""
    problems: dict[str, str] = {}
    if not content.ways or len(set(content.ways)) < len(content.ways):
        problems["ways"] = "is missing"
    if len({(each.way, each.language) for each in content.words}) < len(content.words):
        problems["words"] = "is there twice"
    headers = row.headers if row is not None else []
    if content.choice.by == "file" and len(content.choice.columns) > len(headers):
        problems["choice.columns"] = "The file has fewer columns."
    used = [column for column in content.choice.columns if column]
    if len(set(used)) < len(used):
        problems["choice.columns"] = "is there twice"
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    return content


def _told(tx: Transaction, agent: AgentView, id: int) -> BulkView:
    tx.record(DeskChanged(what="bulk_letter", id=id), agent.actor)
    return queries.one(tx, id)
