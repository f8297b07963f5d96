"""Taking the words and files out of tickets: their numbers, times and states stay, so that figures remain true."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from channels.wording import say
from server.database import Transaction
from server.database.types import dump
from server.delivery.letters import Envelope
from server.events import MessageChanged, TicketChanged
from server.lessons import forgetting
from server.tickets.indexing import DROP_TICKET
from server.tickets.rows import several

WORDS = {
    "erasure": "(Erased at the customer's request.)",
    "retention": "(Removed after its time.)",
}
"""What stands where a text was."""
DROP_MESSAGE = {
    "sqlite": "DELETE FROM search_message WHERE rowid = :id",
    "postgresql": "DELETE FROM search_message WHERE id = :id",
}
QUIET = frozenset({"status", "priority", "assignee", "assignee_id", "team", "team_id", "snoozed_until", "due_at",
                   "customer", "spam", "emptied"})  # fmt: skip
"""Properties of a ticket whose changes say nothing of its customer."""
_TELLING = ("words", "before", "after", "text", "name", "subject", "title", "reason")


class Emptied(NamedTuple):
    """What was taken out: how many messages and files, and the digests that may be left without a name."""

    messages: int = 0
    files: int = 0
    digests: frozenset[str] = frozenset()

    def plus(self, other: Emptied) -> Emptied:
        """Both together."""
        return Emptied(self.messages + other.messages, self.files + other.files, self.digests | other.digests)


def ticket(tx: Transaction, number: int, reason: str, *, rule: str = "", forget: bool = False) -> Emptied:
    """Empty a whole ticket. With `forget` its conversation's name at the network goes too (an erasure)."""
    row = tx.one("SELECT language, last_seq FROM ticket WHERE number = :number", number=number)
    ids = [each.id for each in tx.all("SELECT id FROM message WHERE ticket_number = :number", number=number)]
    found = messages(tx, ids, reason, language=row.language)
    letters(tx, "ticket_number = :number", number=number)
    for table in ("draft", "continuity"):
        tx.run(f"DELETE FROM {table} WHERE ticket_number = :number", number=number)
    tx.run("UPDATE rating SET comment = '' WHERE ticket_number = :number", number=number)
    tx.run("UPDATE flow_run SET place = '{}' WHERE ticket_number = :number", number=number)
    tx.run(
        "UPDATE ticket SET subject = '', last_text = '', fields = '{}', hint = '', version = version + 1"
        + (", conversation = NULL" if forget else "")
        + " WHERE number = :number",
        number=number,
    )
    changes(tx, number)
    _webhooks(tx, f"ticket:{number}")
    tx.run(DROP_TICKET[tx.dialect], id=number)
    tx.run(
        "INSERT INTO ticket_emptied (ticket_number, reason, last_seq, at) VALUES (:number, :rule, :seq, :now)"
        " ON CONFLICT (ticket_number) DO UPDATE SET reason = excluded.reason, last_seq = excluded.last_seq,"
        " at = excluded.at",
        number=number,
        rule=rule or reason,
        seq=row.last_seq,
        now=tx.now,
    )
    tx.record(TicketChanged(ticket=number, field="emptied", after=rule or reason), "system")
    return found


def messages(tx: Transaction, ids: Iterable[int], reason: str, *, language: str = "ja") -> Emptied:
    """Take the words and files out of messages, and out of what they came in."""
    listed = list(ids)
    if not listed:
        return Emptied()
    wanted = several(listed)
    found = attachments(tx, f"message_id IN ({wanted})")
    digests = arrivals(
        tx,
        f"id IN (SELECT arrival_id FROM message WHERE id IN ({wanted})) AND NOT EXISTS (SELECT 1 FROM message o"
        f" WHERE o.arrival_id = arrival.id AND o.id NOT IN ({wanted}) AND NOT EXISTS (SELECT 1 FROM ticket_emptied e"
        " WHERE e.ticket_number = o.ticket_number AND e.last_seq >= o.seq))",
    )
    letters(tx, f"message_id IN ({wanted})")
    letters(tx, f"id IN (SELECT letter_id FROM lesson_letter WHERE message_id IN ({wanted}))")
    forgetting.messages(tx, listed)
    tx.run(f"UPDATE rating SET comment = '' WHERE message_id IN ({wanted})")
    many = tx.run(
        "UPDATE message SET text = :text, subject = '', whole_text = NULL, html = NULL, envelope = '{}', card = NULL,"
        " album = NULL, external_id = NULL, read_handle = NULL, automatic = NULL"
        f" WHERE id IN ({wanted}) AND kind <> 'line'",
        text=say(language, WORDS[reason]),
    )
    tx.run(
        "UPDATE ticket SET last_text = '' WHERE EXISTS (SELECT 1 FROM message m WHERE m.ticket_number = ticket.number"
        f" AND m.seq = ticket.last_seq AND m.id IN ({wanted}) AND m.kind <> 'line')"
        f" AND number IN (SELECT ticket_number FROM message WHERE id IN ({wanted}))"
    )
    tx.many(DROP_MESSAGE[tx.dialect], [{"id": id} for id in listed])
    return Emptied(many, found.files, found.digests | digests)


def attachments(tx: Transaction, where: str, **values: Any) -> Emptied:
    """Take files away: their names, sizes and errands; the digests of what they were."""
    rows = tx.all(f"SELECT id, digest FROM attachment WHERE {where}", **values)
    if not rows:
        return Emptied()
    ids = several(row.id for row in rows)
    digests = frozenset(row.digest for row in rows if row.digest)
    tx.run(f"DELETE FROM errand WHERE attachment_id IN ({ids})")
    tx.run(f"DELETE FROM attachment WHERE id IN ({ids})")
    tx.many(
        "DELETE FROM published_file WHERE digest = :digest"
        " AND NOT EXISTS (SELECT 1 FROM attachment a WHERE a.digest = published_file.digest)",
        [{"digest": digest} for digest in sorted(digests)],
    )
    return Emptied(0, len(rows), digests)


def arrivals(tx: Transaction, where: str, **values: Any) -> frozenset[str]:
    """Take away what came, as it came; that it came stays, so that it is not filed twice. The files' digests."""
    rows = tx.all(f"SELECT id, digest FROM arrival WHERE {where}", **values)
    if rows:
        tx.run(
            "UPDATE arrival SET body = NULL, digest = NULL, envelope = '{}', error = '', size = 0"
            f" WHERE id IN ({several(row.id for row in rows)})"
        )
    return frozenset(row.digest for row in rows if row.digest)


def letters(tx: Transaction, where: str, **values: Any) -> int:
    """Take the words and addresses out of letters; those that have not left do not leave any more. How many."""
    rows = tx.all(f"SELECT id FROM letter WHERE line NOT LIKE 'emptied:%' AND {where}", **values)
    if not rows:
        return 0
    ids = several(row.id for row in rows)
    tx.run(
        "UPDATE letter SET state = 'recalled', finished_at = :now WHERE state IN ('held', 'waiting')"
        f" AND id IN ({ids})",
        now=tx.now,
    )
    for row in rows:
        tx.run(
            "UPDATE letter SET recipient = '', line = :line, subject = '', body = :body, words = '',"
            " external_id = NULL, refused = '{}' WHERE id = :id",
            line=f"emptied:{row.id}",
            body=dump(Envelope(to=(), text="")),
            id=row.id,
        )
    tx.run(f"UPDATE letter_try SET words = '' WHERE letter_id IN ({ids})")
    tx.run(f"DELETE FROM letter_part WHERE letter_id IN ({ids})")
    return len(rows)


def changes(tx: Transaction, number: int) -> None:
    """Take the words out of what the change feed tells of a ticket; that it happened, and when, stays."""
    for row in tx.all("SELECT seq, kind, data FROM change WHERE ticket_number = :number", number=number):
        data: dict[str, Any] = row.data
        quiet = row.kind == "ticket.changed" and data.get("field") in QUIET
        telling: dict[str, Any] = (
            {} if quiet else {name: None if name in ("before", "after") else "" for name in _TELLING if data.get(name)}
        )
        left = {name: value for name, value in {**data, **telling}.items() if name != "names"}
        if left != data:
            tx.run("UPDATE change SET data = :data WHERE seq = :seq", data=dump(left), seq=row.seq)


def shown_again(tx: Transaction, ids: Iterable[int]) -> None:
    """Consoles and the search index hear that messages are not what they were."""
    for row in tx.all(f"SELECT id, ticket_number FROM message WHERE id IN ({several(ids)})"):
        tx.record(MessageChanged(ticket=row.ticket_number, message=row.id), "system")
        tx.run(DROP_MESSAGE[tx.dialect], id=row.id)
        look_again(tx, row.ticket_number)


def look_again(tx: Transaction, number: int) -> None:
    """Have a ticket's entries of the search index made anew."""
    tx.run(
        "INSERT INTO search_due (ticket_number, after_seq) VALUES (:number, 0)"
        " ON CONFLICT (ticket_number) DO UPDATE SET after_seq = 0",
        number=number,
    )


def _webhooks(tx: Transaction, subject: str) -> None:
    where = "SELECT id FROM webhook_delivery WHERE subject = :subject"
    tx.run(f"DELETE FROM webhook_try WHERE delivery_id IN ({where})", subject=subject)
    tx.run("DELETE FROM webhook_delivery WHERE subject = :subject", subject=subject)


def webhooks_of(tx: Transaction, customers: Iterable[int]) -> None:
    """Take away what was told to other systems of customers and their orders, as it stands in the log."""
    for customer in customers:
        _webhooks(tx, f"customer:{customer}")
        for row in tx.all("SELECT id FROM orders WHERE customer_id = :id", id=customer):
            _webhooks(tx, f"order:{row.id}")
