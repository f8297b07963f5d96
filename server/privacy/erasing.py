"""Erasure (消去): the decision, its waiting period, and doing it.

It is done in small units, each of which leaves the desk whole, so that a process that dies goes on where it was:
tickets → what they wrote on others' tickets → letters → what
others brought → orders → what else is theirs → traces in every table → the person → the index.
Who they are goes last, because by it the rest is found.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from server.agents import DESK, AgentView, require
from server.customers import belongings
from server.customers.rights import audit, requests, rules, stops
from server.customers.rights.requests import RequestView
from server.customers.store.people import ERASED
from server.database import Transaction
from server.database.types import dump
from server.errors import Conflict, Invalid, NotFound
from server.events import CustomerChanged
from server.language import fold
from server.privacy import brought, emptying, foreseeing, people, traces
from server.privacy.people import Person

NEVER = 2**62
"""A revision that nothing a source tells comes after."""
STEPS = ("tickets", "elsewhere", "letters", "brought", "orders", "belongings", "traces", "person", "done")
AT_ONCE = 20
"""Tickets in one unit."""
STRETCH = 20_000
"""Messages looked through in one unit."""
_BLANK = ("name", "kana", "family_name", "given_name", "family_kana", "given_kana", "honorific", "company",
          "department", "birthday", "sex", "time_zone", "member_rank", "note")  # fmt: skip
_HANDLED = frozenset({"contact", "ticket", "orders", "subscription", "customer_source", "customer_address", "consent",
                      "interaction", "rights_request", "correction", "use_stop"})  # fmt: skip
"""Tables of a customer's belongings that have a step of their own."""
_BLANKED = ", ".join(f"{name} = ''" for name in _BLANK)


class Advance(NamedTuple):
    """What one unit came to."""

    more: bool
    digests: frozenset[str] = frozenset()


def decide(tx: Transaction, agent: AgentView, request_id: int, confirm: str) -> RequestView:
    """The erasure will be done on its day; from now on nothing of theirs is used.

    `confirm` is the customer's number, typed. Raises `Invalid` when it is another, or nobody checked who asked;
    `Conflict` when the request is no open erasure.
    """
    require(agent, "admin")
    row = requests.one_open(tx, request_id)
    if row.kind != "erasure" or row.state != "open":
        raise Conflict("This is no erasure that waits to be decided.", current=requests.view(tx, request_id))
    if row.customer_id is None:
        raise Invalid(fields={"customer": "is missing"})
    if not row.identity:
        raise Invalid(fields={"identity": "Say how it was checked who they are."})
    who = people.person(tx, row.customer_id)
    if confirm.strip() != str(who.id):
        raise Invalid(fields={"confirm": "is not the customer's number"})
    run_at = tx.now + timedelta(days=rules.read(tx).waiting_days)
    fresh = "all" not in stops.standing(tx, who.id)
    stops.stop(tx, agent, who.id, "all", request=request_id)
    requests.put(tx, request_id, state="waiting", customer_id=who.id, run_at=run_at, options=dump({"stopped": fresh}))
    audit.write(
        tx, agent, "erasure", customer=who.id, detail={"request": request_id, "decided_for": run_at.isoformat()}
    )
    return requests.told(tx, agent, request_id, "decided")


def call_off(tx: Transaction, agent: AgentView, request_id: int) -> RequestView:
    """Before its day an erasure can be called off. Raises `Conflict` when it has begun."""
    require(agent, "admin")
    row = requests.one_open(tx, request_id)
    if row.state != "waiting":
        raise Conflict(
            "Only an erasure that waits for its day can be called off.", current=requests.view(tx, request_id)
        )
    if row.options.get("stopped") and "all" in stops.standing(tx, row.customer_id):
        stops.lift(tx, agent, row.customer_id, "all")
    requests.put(tx, request_id, state="open", run_at=None, options="{}")
    audit.write(tx, agent, "erasure", customer=row.customer_id, detail={"request": request_id, "called_off": True})
    return requests.told(tx, agent, request_id, "called off")


def due(tx: Transaction) -> list[int]:
    """The erasures whose day has come, and those that were begun."""
    rows = tx.all(
        "SELECT id FROM rights_request WHERE kind = 'erasure' AND (state = 'running' OR (state = 'waiting'"
        " AND run_at <= :now)) ORDER BY run_at, id",
        now=tx.now,
    )
    return [row.id for row in rows]


def advance(tx: Transaction, request_id: int) -> Advance:
    """Do the next piece of an erasure whose day has come. Raises `NotFound` when there is none."""
    held = " FOR UPDATE" if tx.dialect == "postgresql" else ""
    row = tx.first(f"SELECT * FROM rights_request WHERE id = :id AND kind = 'erasure'{held}", id=request_id)
    if row is None or row.state not in ("waiting", "running") or row.run_at > tx.now:
        raise NotFound("There is no erasure {id} to be done.", id=request_id)
    progress = {"step": STEPS[0], "table": 0, "after": 0, "counts": {}, **row.progress}
    who = people.person(tx, row.customer_id)
    step = str(progress["step"])
    done, digests = _STEP[step](tx, who, progress, request_id)
    if done:
        progress["step"] = STEPS[STEPS.index(step) + 1]
    if progress["step"] == "done":
        requests.put(
            tx, request_id, state="done", progress=dump({"counts": progress["counts"]}), requester="", note="",
            outcome="", closed_at=tx.now, closed_by="system",
        )  # fmt: skip
        requests.told(tx, DESK, request_id, "done")
        audit.write(tx, DESK, "erasure", customer=who.id, detail={"request": request_id, **progress["counts"]})
        return Advance(False, digests)
    requests.put(tx, request_id, state="running", progress=dump(progress))
    return Advance(True, digests)


Done = tuple[bool, frozenset[str]]
NOTHING: frozenset[str] = frozenset()


def _count(progress: dict[str, Any], what: str, many: int) -> None:
    if many:
        progress["counts"][what] = progress["counts"].get(what, 0) + many


def _full(who: Person) -> str:
    return (
        f"SELECT t.number FROM ticket t WHERE t.customer_id IN ({who.listed}) AND NOT EXISTS (SELECT 1 FROM"
        " ticket_emptied e WHERE e.ticket_number = t.number AND e.reason = 'erasure' AND e.last_seq >= t.last_seq)"
        " ORDER BY t.number LIMIT :many"
    )


def _tickets(tx: Transaction, who: Person, progress: dict[str, Any], _id: int) -> Done:
    emptied = emptying.Emptied()
    for row in (found := tx.all(_full(who), many=AT_ONCE)):
        emptied = emptied.plus(emptying.ticket(tx, row.number, "erasure", forget=True))
    _count(progress, "tickets", len(found))
    _count(progress, "messages", emptied.messages)
    _count(progress, "files", emptied.files)
    return len(found) < AT_ONCE, emptied.digests


def _messages(tx: Transaction, who: Person, progress: dict[str, Any], _id: int) -> Done:
    """What they wrote on tickets of others."""
    until = int(progress["after"]) + STRETCH
    rows = tx.all(
        f"SELECT id FROM message WHERE id > :after AND id <= :until AND {foreseeing.elsewhere(who)}",
        after=progress["after"],
        until=until,
    )
    ids = [row.id for row in rows]
    emptied = emptying.messages(tx, ids, "erasure")
    emptying.shown_again(tx, ids)
    _count(progress, "messages", emptied.messages)
    _count(progress, "files", emptied.files)
    last = until >= (tx.value("SELECT max(id) FROM message") or 0)
    progress["after"] = 0 if last else until
    return last, emptied.digests


def _letters(tx: Transaction, who: Person, progress: dict[str, Any], _id: int) -> Done:
    """Letters to them that stand on no ticket of theirs: codes, transcripts."""
    signs = people.words(tx, who).signs
    found = 0
    for sign in signs:
        found += emptying.letters(tx, "recipient = :sign", sign=sign)
    _count(progress, "letters", found)
    return True, NOTHING


def _brought(tx: Transaction, who: Person, progress: dict[str, Any], _id: int) -> Done:
    many, digests = brought.remove(tx, who)
    _count(progress, "brought", many)
    return True, digests


def _orders(tx: Transaction, who: Person, progress: dict[str, Any], _id: int) -> Done:
    """Books are kept without saying whose they are; what is older than books must be kept goes."""
    books = foreseeing.books_since(tx, rules.read(tx).books_years)
    old = f"SELECT id FROM orders WHERE customer_id IN ({who.listed}) AND ordered_at < :books"
    for table in ("order_line", "order_status", "payment", "shipment", "goods_return"):
        tx.run(f"DELETE FROM {table} WHERE order_id IN ({old})", books=books)
    _count(progress, "old_orders", tx.run(f"DELETE FROM orders WHERE id IN ({old})", books=books))
    mine = f"SELECT id FROM orders WHERE customer_id IN ({who.listed})"
    tx.run(
        "UPDATE shipment SET recipient = '{}', tracking_number = '', tracking_key = '', tracking_url = '',"
        f" revision = :never, digest = :erased WHERE order_id IN ({mine})",
        never=NEVER,
        erased=ERASED,
    )
    tx.run(
        f"UPDATE goods_return SET reason = '', revision = :never, digest = :erased WHERE order_id IN ({mine})",
        never=NEVER,
        erased=ERASED,
    )
    tx.run(
        f"UPDATE subscription SET url = '', revision = :never, digest = :erased WHERE customer_id IN ({who.listed})",
        never=NEVER,
        erased=ERASED,
    )
    kept = tx.run(
        "UPDATE orders SET buyer = '{}', recipient = '{}', note = '', url = '', revision = :never, digest = :erased"
        f" WHERE customer_id IN ({who.listed})",
        never=NEVER,
        erased=ERASED,
    )
    _count(progress, "kept_orders", kept)
    return True, NOTHING


def _belongings(tx: Transaction, who: Person, progress: dict[str, Any], _id: int) -> Done:
    """Rows of whatever else is theirs: the words by which they are known go out of every text."""
    words = people.words(tx, who)
    for each in belongings.tables():
        if each.table in _HANDLED:
            continue
        columns = traces.texts(each.table)
        for row in tx.all(f'SELECT * FROM "{each.table}" WHERE {each.column} IN ({who.listed})') if columns else ():
            _count(progress, "traces", traces.scrub_row(tx, each.table, columns, [each.key], row._asdict(), words))
    return True, NOTHING


def _traces(tx: Transaction, who: Person, progress: dict[str, Any], _id: int) -> Done:
    found = traces.remove(tx, people.words(tx, who), traces.Place(progress["table"], progress["after"]))
    _count(progress, "traces", found.rows)
    if found.next is None:
        return True, found.digests
    progress.update(table=found.next.table, after=found.next.after)
    return False, found.digests


def _person(tx: Transaction, who: Person, progress: dict[str, Any], request_id: int) -> Done:
    """Who they are. When they wrote meanwhile, their tickets come first once more."""
    if tx.all(_full(who), many=1):
        progress.update(step=STEPS[0], table=0, after=0)
        return False, NOTHING
    names = people.words(tx, who)
    pictures = {
        row.picture
        for row in tx.all(f"SELECT picture FROM contact WHERE customer_id IN ({who.listed}) AND picture IS NOT NULL")
    }
    for contact in who.contacts:
        tx.run(
            "UPDATE contact SET address = :address, name = '', verified_by = '', reachable = :no, unreachable_because ="
            " 'erased', language = NULL, status_message = '', picture = NULL, picture_type = '' WHERE id = :id",
            address=f"erased:{contact}",
            no=False,
            id=contact,
        )
    for table in ("customer_address", "consent", "interaction", "customer_key", "customer_value"):
        tx.run(f"DELETE FROM {table} WHERE customer_id IN ({who.listed})")
    tx.run(
        f"UPDATE customer_source SET document = '{{}}', revision = :never, digest = :erased"
        f" WHERE customer_id IN ({who.listed})",
        never=NEVER,
        erased=ERASED,
    )
    for row in tx.all(f"SELECT id, external_id FROM customer_source WHERE customer_id IN ({who.listed})"):
        if (clean := names.scrub_names(row.external_id)) != row.external_id:
            tx.run(
                "UPDATE customer_source SET external_id = :clean WHERE id = :id", clean=f"{clean}:{row.id}", id=row.id
            )
    tx.run(
        "UPDATE customer_merge SET before = '{}', after = '{}', moved = '{}', reason = '', undone_at ="
        f" COALESCE(undone_at, :now), undone_by = '{ERASED}'"
        f" WHERE kept_id IN ({who.listed}) OR gone_id IN ({who.listed})",
        now=tx.now,
    )
    tx.run(f"UPDATE correction SET before = NULL, after = NULL WHERE customer_id IN ({who.listed})")
    tx.run(f"UPDATE use_stop SET note = '' WHERE customer_id IN ({who.listed})")
    _requests(tx, who, names)
    tx.run(
        f"UPDATE customer SET {_BLANKED}, language = NULL, tags = '[]',"
        " attributes = '{}', kept = '[]', blocked = :no, vip = :no, opted_out = :yes, erased_at = :now,"
        f" version = version + 1, updated_at = :now WHERE id IN ({who.listed})",
        no=False,
        yes=True,
        now=tx.now,
    )
    for row in tx.all(
        "SELECT account_id, shelf, key, value FROM account_record WHERE shelf IN ('proofs', 'gone-on')"
    ):  # what leads back to them by number
        value = row.value if isinstance(row.value, dict) else {}
        if (row.shelf == "gone-on" and row.key in map(str, who.customers)) or value.get("customer") in who.customers:
            tx.run(
                "DELETE FROM account_record WHERE account_id = :account AND shelf = :shelf AND key = :key",
                account=row.account_id,
                shelf=row.shelf,
                key=row.key,
            )
    _pairs(tx, names.names)
    _count(progress, "contacts", len(who.contacts))
    tx.record(CustomerChanged(customer=who.id, what="erased"), "system")
    return True, frozenset(pictures)


def _pairs(tx: Transaction, names: Iterable[str]) -> None:
    """Pairs of letters that only their name had are no longer known to SQLite's search."""
    if tx.dialect != "sqlite":
        return
    for pair in {name[place : place + 2] for name in map(fold, names) for place in range(len(name) - 1)}:
        used = "SELECT 1 FROM {0} WHERE {0} MATCH :word LIMIT 1"
        if pair.isalnum() and not any(
            tx.value(used.format(table), word=f'"{pair}"') for table in ("search_message", "search_ticket")
        ):
            tx.run("DELETE FROM search_pair WHERE pair = :pair", pair=pair)


def _requests(tx: Transaction, who: Person, names: people.Words) -> None:
    """What they asked stays as the proof that it was answered, without their names."""
    for row in tx.all(f"SELECT id, identity, outcome FROM rights_request WHERE customer_id IN ({who.listed})"):
        tx.run(
            "UPDATE rights_request SET requester = '', note = '', identity = :identity, outcome = :outcome"
            " WHERE id = :id",
            identity=names.scrub_names(row.identity),
            outcome=names.scrub_names(row.outcome),
            id=row.id,
        )


_STEP = {
    "tickets": _tickets,
    "elsewhere": _messages,
    "letters": _letters,
    "brought": _brought,
    "orders": _orders,
    "belongings": _belongings,
    "traces": _traces,
    "person": _person,
}
