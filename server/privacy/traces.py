"""Traces: the addresses, numbers and ids of one person wherever else they stand, in any table there is or will be.

Every text and JSON column of every table is looked through, a stretch of rows in a unit, so that nothing that is added
to the desk later is forgotten. A sign must stand alone: `ken@a.jp` is no trace of `n@a.jp`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Integer, String, Table
from sqlmodel import AutoString, SQLModel

from server.database import Json, Transaction
from server.database.schema import import_models
from server.database.types import dump
from server.privacy import emptying
from server.privacy.people import Words

STRETCH = 10_000
"""Rows looked through in one unit."""
LEFT_ALONE = frozenset({
    # They go as a whole, with their person.
    "customer", "contact", "customer_key", "customer_source", "customer_address", "consent", "customer_merge",
    # Of people who work here, and of the desk itself.
    "agent", "agent_session", "agent_presence", "sign_in_link", "api_token", "team", "console_lease", "lease",
    "channel_account", "account_memory", "desk_setting", "change_counter", "ticket_count", "ticket_emptied",
    "retention_run", "webhook", "source", "source_stream", "source_shape", "source_asked", "import_memory",
    "faq_vector",
    # Numbers and kinds only; who looked at whom.
    "audit", "rights_request",
})  # fmt: skip
GONE = frozenset(
    {
        "account_record",
        "block",
        "continuity",
        "source_failure",
        "webhook_try",
        "webhook_delivery",
        "draft",
        "notice_link",
        "suppression",
        "bulk_problem",
    }
)
"""Tables of which a row with a trace goes as a whole."""
FIRST_GONE = {"webhook_delivery": ("webhook_try", "delivery_id")}


TEXTS = (String, AutoString, Json)


class Place(NamedTuple):
    """How far it is: a table, and the last id of it that was looked at."""

    table: int = 0
    after: int = 0


class Found(NamedTuple):
    """What a stretch came to; `next` is None at the end."""

    next: Place | None
    rows: int
    digests: frozenset[str] = frozenset()


def tables() -> list[Table]:
    """The tables that are looked through, always in the same order."""
    import_models()
    return [table for table in SQLModel.metadata.sorted_tables if table.name not in LEFT_ALONE]


def remove(tx: Transaction, words: Words, place: Place) -> Found:
    """Look through the next stretch of rows."""
    listed = tables()
    if place.table >= len(listed) or not words.signs:
        return Found(None, 0)
    table = listed[place.table]
    key = _number(table)
    last = None if key is None else tx.value(f"SELECT max({key}) FROM {_quoted(table)}")
    ends = key is None or last is None or last <= place.after + STRETCH
    within = "1 = 1" if key is None else f"{key} > {place.after} AND {key} <= {place.after + STRETCH}"
    rows, digests = _look(tx, table, words, within)
    return Found(Place(place.table + 1) if ends else Place(place.table, place.after + STRETCH), rows, digests)


def _look(tx: Transaction, table: Table, words: Words, within: str) -> tuple[int, frozenset[str]]:
    if table.name == "arrival":
        return _arrivals(tx, words, within)
    if table.name == "remembered_answer":
        return _answers(tx, words), frozenset()
    columns = texts(table.name)
    if not columns:
        return 0, frozenset()
    like = "LIKE" if tx.dialect == "sqlite" else "ILIKE"
    values = {f"sign{place}": f"%{_escaped(sign)}%" for place, sign in enumerate(words.signs)}
    tests = " OR ".join(
        f"CAST(\"{column}\" AS TEXT) {like} :{name} ESCAPE '!'" for column in columns for name in values
    )
    keys = [column.name for column in table.primary_key.columns]
    touched = 0
    for row in tx.all(f"SELECT * FROM {_quoted(table)} WHERE {within} AND ({tests})", **values):
        touched += _clean(tx, table, words, columns, keys, row._asdict())
    return touched, frozenset()


def _clean(
    tx: Transaction, table: Table, words: Words, columns: list[str], keys: list[str], row: dict[str, Any]
) -> int:
    """Take the traces out of a row that may have some; 1 when it had."""
    texts = {name: row[name] if isinstance(row[name], str) else dump(row[name]) for name in columns
             if row[name] is not None}  # fmt: skip
    if all(words.scrub(text) == text for text in texts.values()):
        return 0
    mine = {f"key_{name}": row[name] for name in keys}
    where = " AND ".join(f'"{name}" = :key_{name}' for name in keys)
    if table.name in GONE:
        if table.name in FIRST_GONE:
            other, column = FIRST_GONE[table.name]
            tx.run(f"DELETE FROM {other} WHERE {column} = :key_id", **mine)
        tx.run(f"DELETE FROM {_quoted(table)} WHERE {where}", **mine)
        return 1
    scrub_row(tx, table.name, columns, keys, row, words)
    if table.name == "message":
        emptying.shown_again(tx, [row["id"]])
        _head(tx, words, row["ticket_number"])
    return 1


def texts(table: str) -> list[str]:
    """The columns of a table that hold words."""
    import_models()
    columns = SQLModel.metadata.tables[table].columns
    return [column.name for column in columns if isinstance(column.type, TEXTS)]


def scrub_row(
    tx: Transaction, table: str, columns: list[str], keys: list[str], row: dict[str, Any], words: Words
) -> int:
    """Take signs and names out of a row that is known to be of the person; 1 when it had any."""
    changed: dict[str, str] = {}
    for name in columns:
        value = row[name]
        if value is not None:
            text = value if isinstance(value, str) else dump(value)
            if (clean := words.scrub_names(text)) != text:
                changed[name] = clean
    if changed:
        places = ", ".join(f'"{name}" = :{name}' for name in changed)
        where = " AND ".join(f'"{name}" = :key_{name}' for name in keys)
        tx.run(f'UPDATE "{table}" SET {places} WHERE {where}', **changed, **{f"key_{name}": row[name] for name in keys})
    return 1 if changed else 0


def _head(tx: Transaction, words: Words, number: int) -> None:
    """What a ticket shows of its messages."""
    row = tx.one("SELECT subject, last_text FROM ticket WHERE number = :number", number=number)
    tx.run(
        "UPDATE ticket SET subject = :subject, last_text = :last WHERE number = :number",
        subject=words.scrub_names(row.subject),
        last=words.scrub_names(row.last_text),
        number=number,
    )


def _arrivals(tx: Transaction, words: Words, within: str) -> tuple[int, frozenset[str]]:
    """What came as it came, where it names the person. Another customer's message stays, as it was read."""
    test = "instr(body, :{0}) > 0" if tx.dialect == "sqlite" else "position(:{0} in body) > 0"
    like = "LIKE" if tx.dialect == "sqlite" else "ILIKE"
    values: dict[str, Any] = {}
    tests = []
    for place, sign in enumerate(words.signs):
        values |= {f"raw{place}": sign.encode(), f"sign{place}": f"%{_escaped(sign)}%"}
        tests += [test.format(f"raw{place}"), f"CAST(envelope AS TEXT) {like} :sign{place} ESCAPE '!'"]
    rows = tx.all(f"SELECT id, external_id FROM arrival WHERE {within} AND ({' OR '.join(tests)})", **values)
    rows += tx.all(
        f"SELECT id, external_id FROM arrival WHERE {within} AND ("
        + " OR ".join(f"external_id {like} :sign{place} ESCAPE '!'" for place in range(len(words.signs)))
        + ")",
        **{name: value for name, value in values.items() if name.startswith("sign")},
    )
    digests: frozenset[str] = frozenset()
    for row in rows:
        digests |= emptying.arrivals(
            tx,
            "id = :id",
            id=row.id,
        )
        tx.run("UPDATE arrival SET state = 'filed', reason = 'erased' WHERE id = :id AND state = 'quarantined'"
               " AND body IS NULL AND digest IS NULL", id=row.id)  # fmt: skip
        if (clean := words.scrub(row.external_id)) != row.external_id:
            tx.run("UPDATE arrival SET external_id = :clean WHERE id = :id", clean=f"{clean}:{row.id}", id=row.id)
    return len(rows), digests


def _answers(tx: Transaction, words: Words) -> int:
    """Answers once given to programs, kept for a day."""
    test = "instr(body, :{0}) > 0" if tx.dialect == "sqlite" else "position(:{0} in body) > 0"
    values = {f"raw{place}": sign.encode() for place, sign in enumerate((*words.signs, *words.names))}
    return tx.run(f"DELETE FROM remembered_answer WHERE {' OR '.join(map(test.format, values))}", **values)


def _number(table: Table) -> str | None:
    """The column that numbers a table's rows, if one does."""
    columns = list(table.primary_key.columns)
    return columns[0].name if len(columns) == 1 and isinstance(columns[0].type, Integer) else None


def _quoted(table: Table) -> str:
    return f'"{table.name}"'


def _escaped(sign: str) -> str:
    return sign.replace("!", "!!").replace("%", "!%").replace("_", "!_")
