"""A person whose marks stand in every table that holds people's data, and what is looked for after they are erased."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Float, Integer, LargeBinary
from sqlmodel import SQLModel

from channels.contract import Attachment, Party
from server import tickets
from server.customers import CustomerEdit, edit
from server.customers.rights import corrections, requests, stops
from server.customers.store import batch
from server.database import Json, Transaction, UtcDateTime
from server.database.types import dump
from server.files import Files
from server.tickets.indexing import Indexer
from tests.desks import ScriptedChannel, TestDesk, a_message

MAIL = "masue.isono@marker.example"
PHONE = "+819055510001"
LINE = "Ufeedfeedfeedfeedfeedfeedfeedfeed"
VISITOR = "visitor-marker-0001"
MARKS = ("masue.isono", "磯野", "鱒江", "イソノ", "マスエ", "9055510001", "090-5551-0001", LINE, VISITOR, "銀杏町")
SECRET = "磯野 鱒江の秘密"

NOBODYS = {
    "agent": "of people who work here",
    "agent_session": "of people who work here",
    "agent_presence": "of people who work here",
    "agent_preferences": "of people who work here",
    "console_lease": "of people who work here",
    "lease": "of processes",
    "sign_in_link": "of people who work here",
    "api_token": "of people who work here",
    "team": "of people who work here",
    "team_member": "of people who work here",
    "channel_account": "the desk's own addresses",
    "account_memory": "cursors and tokens of accounts",
    "desk_setting": "what admins decided",
    "faq_vector": "of the shop's own phrasings",
    "change_counter": "a number",
    "ticket_count": "numbers",
    "ticket_emptied": "numbers",
    "ticket_reader": "numbers",
    "ticket_tag": "numbers",
    "ticket_link": "numbers",
    "mention": "numbers",
    "tag": "the shop's words",
    "customer_field": "the shop's words",
    "custom_field": "the shop's words",
    "customer_scale": "bounds",
    "customer_segment": "conditions",
    "customer_value": "sums; gone with the customer",
    "customers_apart": "numbers",
    "order_status": "the shop's words",
    "suggestion": "numbers",
    "flow": "the shop's words",
    "flow_version": "the shop's words",
    "flow_count": "numbers",
    "flow_try": "digests, for an hour",
    "flow_desk": "a number",
    "attempt": "numbers",
    "faq_tally": "numbers",
    "lesson_desk": "numbers, and what admins decided",
    "lesson_report": "what leads decided",
    "lesson_reader": "of people who work here",
    "article_reminder": "numbers and days",
    "lesson_letter": "numbers",
    "answer_desk": "what admins decided",
    "audit": "numbers, and agents' addresses",
    "retention_run": "numbers",
    "webhook": "addresses of other systems",
    "source": "addresses of other systems",
    "customer_change": "names of fields",
    "notice_desk": "what admins decided",
    "bulk_letter": "the shop's words",
    "bulk_pace": "what admins decided",
    "notice_round": "how far a round is",
    "stock": "articles",
    "notice_kind": "the shop's words",
    "notice_template": "the shop's words",
    "import_memory": "names of columns",
    "source_stream": "cursors",
    "source_shape": "names of columns",
    "source_asked": "numbers and digests",
    "source_comparison": "sums and ids",
    "payment": "amounts; the books",
    "order_line": "articles; the books",
    "article_version": "the shop's words",
    "article_file": "names of the shop's files",
    "help_centre": "what admins decided",
    "help_category": "the shop's words",
    "help_count": "numbers",
    "customer_import": "numbers and names of columns; the file goes",
}
"""Tables that hold nothing of customers, and why: a new table is put here, or into `live`."""


async def live(desk: TestDesk, files: Files) -> int:
    """The life of one customer on all channels; their id. Somebody else stands beside them."""
    write = desk.database.write
    told = await write(batch.tell_all, desk.agent, batch.read(_facts()), 0)
    assert all(one.learned is not None for one in told), told
    customer = told[0].learned.customer  # type: ignore[union-attr]
    assert customer is not None
    await _mail(desk, files)
    await _other_channels(desk, customer)
    await desk.database.write(_by_hand, desk, customer)
    await Indexer(desk.database).catch_up()
    return customer


def _facts() -> list[dict[str, Any]]:
    at = "2026-10-01T00:00:00Z"
    person = {"name": "磯野 鱒江", "kana": "イソノ マスエ", "email": MAIL, "phone": PHONE,
              "address": {"postal_code": "123-4567", "city": "銀杏町", "street": "銀杏町1-2-3"}}  # fmt: skip
    order = {"kind": "order", "source": "shop", "revision": 1, "customer": "c7", "total": "5500", "currency": "JPY",
             "buyer": person, "recipient": person, "note": SECRET, "url": "https://shop.example/orders?for=磯野",
             "lines": [{"sku": "T", "name": "緑茶", "quantity": 1, "price": "5500"}]}  # fmt: skip
    return [
        {"kind": "customer", "source": "shop", "external_id": "c7", "revision": 1, "family_name": "磯野",
         "given_name": "鱒江", "family_kana": "イソノ", "given_kana": "マスエ", "birthday": "1980-01-02",
         "contacts": [{"kind": "email", "address": MAIL}, {"kind": "phone", "address": PHONE}],
         "addresses": [{"postal_code": "123-4567", "city": "銀杏町", "street": "銀杏町1-2-3", "phone": PHONE}],
         "consents": [{"purpose": "marketing", "given": True, "at": at, "note": SECRET}]},
        {**order, "external_id": "1001", "number": "R-1001", "ordered_at": at,
         "payments": [{"external_id": "p1", "amount": "5500", "at": at}],
         "shipments": [{"external_id": "s1", "carrier": "yamato", "tracking_number": "123412341234",
                        "recipient": person, "shipped_at": at}],
         "returns": [{"external_id": "r1", "reason": SECRET, "at": at}]},
        {**order, "external_id": "999", "number": "R-999", "ordered_at": "2009-10-01T00:00:00Z"},
        {"kind": "subscription", "source": "shop", "external_id": "sub1", "revision": 1, "customer": "c7",
         "name": "毎月のお茶", "url": "https://shop.example/s?for=磯野"},
        {"kind": "interaction", "source": "crm", "external_id": "i1", "revision": 1, "customer": "x7", "what": "visit",
         "title": SECRET, "text": f"{MAIL} に連絡", "at": at},
        {"kind": "customer", "source": "crm", "external_id": "x7", "revision": 2, "name": "磯野 鱒江",
         "contacts": [{"kind": "email", "address": MAIL}]},
    ]  # fmt: skip


async def _mail(desk: TestDesk, files: Files) -> None:
    """Two mails with a file, answers, notes and a draft; and one to which they are only copied in."""
    channel = desk.channels["email"]
    assert isinstance(channel, ScriptedChannel)
    stored = files.keep(iter([f"{SECRET} の写真".encode()]))
    picture = Attachment("磯野の写真.txt", "text/plain", stored.size, lambda: files.chunks(stored.digest))
    raw = f"From: {MAIL}\n\n{SECRET}"
    channel.says[raw] = [
        a_message(SECRET, sender=Party("email", MAIL, "磯野 鱒江"), subject=f"{SECRET}の件", external_id=f"1.{MAIL}",
                  attachments=(picture,))
    ]  # fmt: skip
    accepted = await desk.inbox.accept(desk.arrival(raw.encode(), f"mid/{MAIL}"))
    number = accepted.ticket
    assert number is not None
    await desk.reply(number, "磯野 鱒江 様、承知しました。")
    await desk.database.write(tickets.note, desk.agent, number, f"{SECRET} に注意")
    await desk.database.write(tickets.save_draft, desk.agent, number, "reply", {"text": f"磯野 鱒江様 {MAIL}"})
    await desk.database.write(tickets.edit, desk.agent, number, tickets.TicketEdit(subject="磯野様の件"))
    raw = f"From: other@marker.example\nCc: {MAIL}\n\nhello"
    channel.says[raw] = [
        a_message(f"共有します {MAIL} 磯野 鱒江", sender=Party("email", "other@marker.example", "他人 太郎"),
                  cc=(Party("email", MAIL, "磯野 鱒江"),), subject="他人の件")
    ]  # fmt: skip
    other = await desk.inbox.accept(desk.arrival(raw.encode(), "mid-other"))
    assert other.ticket is not None
    answer = a_message(SECRET, sender=Party("email", MAIL, "磯野 鱒江"), subject="Re: 他人の件",
                       token=await desk.database.read(_token, other.ticket))  # fmt: skip
    channel.says["reply"] = [answer]
    there = await desk.inbox.accept(desk.arrival(b"reply", "mid-reply"))
    assert there.ticket == other.ticket
    broken = f"From: {MAIL}\n\nbroken".encode()
    channel.says[broken.decode()] = ValueError(f"cannot read {MAIL}")
    await desk.inbox.accept(desk.arrival(broken, "mid-broken"))


def _token(tx: Transaction, number: int) -> str:
    return str(tx.value("SELECT token FROM ticket WHERE number = :number", number=number))


async def _other_channels(desk: TestDesk, customer: int) -> None:
    """LINE and the chat, known to be theirs; a correction, a stop, a request."""
    for kind, address in (("line", LINE), ("visitor", VISITOR)):
        await desk.hear(f"{SECRET} {kind}", sender=Party(kind, address, "鱒江"))
    contacts = await desk.database.read(
        lambda tx: [row.id for row in tx.all("SELECT id FROM contact WHERE kind IN ('line', 'visitor')")]
    )
    from server.customers import profiles

    for contact in contacts:
        await desk.database.write(profiles.move, desk.agent, contact, customer)
    await desk.database.write(corrections.correct, desk.agent, customer, CustomerEdit(company="磯野商店", note=SECRET))
    await desk.database.write(edit, desk.agent, customer, CustomerEdit(tags=["磯野組"]))
    await desk.database.write(stops.stop, desk.agent, customer, "lists", note=SECRET)
    await desk.database.write(
        requests.note, desk.agent, "disclosure", customer=customer, requester="磯野 鱒江", identity=f"{MAIL} から",
        note=SECRET,
    )  # fmt: skip


def _by_hand(tx: Transaction, desk: TestDesk, customer: int) -> None:
    """Rows of tables that other parts of the desk write: every table with text that is not there yet gets one."""
    ticket = tx.value("SELECT min(number) FROM ticket WHERE customer_id = :id", id=customer)
    message = tx.value("SELECT min(id) FROM message WHERE ticket_number = :number", number=ticket)
    letter = tx.value("SELECT min(id) FROM letter WHERE ticket_number = :number", number=ticket)
    now = tx.now
    text = f"{SECRET} {MAIL}"
    json = dump({"text": text, "phone": "090-5551-0001"})
    rows: dict[str, dict[str, Any]] = {
        "rating": {"message_id": message, "ticket_number": ticket, "score": 1, "comment": SECRET, "asked_at": now},
        "continuity": {"ticket_number": ticket, "address": MAIL, "wait_seconds": 1.0, "mailed_id": 0},
        "letter_try": {"letter_id": letter, "at": now, "outcome": "failed", "words": f"<{MAIL}> unknown"},
        "letter_part": {"letter_id": letter, "position": 9, "external_id": f"part.{MAIL}", "quote": ""},
        "account_record": {"account_id": desk.account.id, "shelf": "visitors", "key": VISITOR, "value": json,
                           "updated_at": now},
        "block": {"kind": "email", "address": MAIL, "created_at": now},
        "remembered_answer": {"whose": "agent:1", "key": "k", "fingerprint": "f", "status": 200,
                              "body": text.encode()},
        "errand": {"account_id": desk.account.id, "what": "profile", "ref": LINE, "tries": 0, "next_at": now,
                   "words": "", "created_at": now},
        "published_file": {"name": "n", "account_id": desk.account.id, "digest": "0" * 64, "filename": text,
                           "content_type": "text/plain", "created_at": now},
        "agent_desk": {"agent_id": desk.agent.id, "body": json},
        "saved_view": {"name": f"view {MAIL}", "filter": json, "position": 0},
        "macro": {"name": f"macro {MAIL}", "text": text, "actions": "{}", "besides": "{}", "position": 0},
        "article": {"state": "draft", "content": json, "title": text, "category": "", "version": 1, "created_at": now,
                    "updated_at": now},
        "customer_merge": {"kept_id": customer, "gone_id": _gone(tx, customer), "by_whom": "agent:1", "reason": SECRET,
                           "before": json, "after": json, "moved": "{}", "created_at": now, "undone_by": ""},
        "source_failure": {"source": "shop", "stream": "customers", "record": "c7", "payload": json, "troubles": "[]",
                           "state": "open", "times": 1, "first_seen": now, "last_seen": now},
    }  # fmt: skip
    hook = _put(tx, "webhook", {"key": "k", "name": "n", "url": "https://x.example", "kinds": "[]", "whole": True,
                                "skip_sources": "[]", "secrets": "", "state": "paused", "words": "", "seq": 0,
                                "failures": 0, "version": 1, "created_at": now})  # fmt: skip
    for place, subject in enumerate((f"customer:{customer}", "order:1", "other:1")):
        body = SECRET if place < 2 else text
        delivery = _put(tx, "webhook_delivery", {"webhook_id": hook, "message": f"m{place}", "seq": 1, "kind": "k",
                                                 "subject": subject, "body": body, "state": "delivered", "attempts": 1,
                                                 "words": "", "at": now, "created_at": now})  # fmt: skip
        _put(tx, "webhook_try", {"delivery_id": delivery, "at": now, "milliseconds": 1, "words": "",
                                 "request": json, "answer": text})  # fmt: skip
    for table, values in rows.items():
        _put(tx, table, values)
    centre = _put(tx, "help_centre", {"slug": "main", "settings": "{}"})
    article = tx.value("SELECT max(id) FROM article")
    _put(tx, "help_vote", {"article_id": article, "centre_id": centre, "lang": "ja", "helpful": False, "words": text})
    said = {"lang": "ja", "message_id": message, "ticket_number": ticket, "text": text}
    _put(tx, "proposed_phrasing", {**said, "article_id": article, "letters": text, "how": "used", "times": 1,
                                   "state": "refused", "decided_by": ""})  # fmt: skip
    gap = _put(tx, "faq_gap", {"lang": "ja", "name": text, "named_by": message, "answer": text, "state": "open",
                               "times": 3, "solved": 1, "first_at": now, "last_at": now})  # fmt: skip
    _put(tx, "faq_gap_message", {"gap_id": gap, "message_id": message, "ticket_number": ticket, "place": 0,
                                 "text": text, "answered": True})  # fmt: skip
    _put(tx, "help_missed", {"lang": "ja", "words": text, "times": 2, "last_at": now})
    flow = _put(tx, "flow", {"name": "f", "content": "{}", "edit": 1, "accounts": "[]", "created_at": now,
                             "updated_at": now})  # fmt: skip
    said = dump({"lang": "ja", "noted": [{"step": "a", "key": "b", "label": "c", "value": SECRET}]})
    _put(tx, "flow_run", {"flow_id": flow, "version": 1, "ticket_number": ticket, "began_id": message,
                          "moved_id": message, "state": "on", "place": said, "began_at": now,
                          "moved_at": now})  # fmt: skip
    if "notice" in SQLModel.metadata.tables:
        told = _put(
            tx, "notice", {"about": f"customer:{customer}", "kind": "k", "customer_id": customer, "words": text}
        )
        _put(tx, "notice_link", {"token": "t", "notice_id": told, "url": f"https://shop.example/?to={MAIL}"})
        _put(tx, "suppression", {"kind": "email", "address": MAIL, "purpose": "all", "reason": "bounce"})
    bulk = _put(tx, "bulk_letter", {"name": "遅延", "content": "{}"})
    _put(tx, "bulk_recipient", {"bulk_id": bulk, "person": customer, "customer_id": customer, "number": 2,
                                "orders": "[]", "extra": json, "address": MAIL, "words": text})  # fmt: skip
    _put(tx, "bulk_problem", {"bulk_id": bulk, "number": 3, "reason": "unknown", "said": MAIL})
    if "import_entry" in SQLModel.metadata.tables:
        made = _put(tx, "customer_import", {"name": "customers.csv", "digest": "", "size": 0, "form": "{}",
                                            "headers": "[]", "plan": "{}", "state": "done", "position": 1, "share": 1.0,
                                            "counts": "{}", "trial": "{}", "words": "", "by_whom": "agent:1",
                                            "forgotten": False, "worker": "", "created_at": now})  # fmt: skip
        _put(tx, "import_entry", {"import_id": made, "number": 1, "kind": "customer", "subject": customer,
                                  "made": False, "before": json, "kept": SECRET})  # fmt: skip
        _put(tx, "import_problem", {"import_id": made, "trial": False, "number": 1, "reasons": json})


def _gone(tx: Transaction, customer: int) -> int:
    """Somebody who was merged into them."""
    return tx.insert(
        "customer", name="磯野 マスエ", kana="", family_name="", given_name="", family_kana="", given_kana="",
        honorific="", company="", department="", birthday="", sex="", time_zone="", member_rank="", note=SECRET,
        tags="[]", attributes="{}", blocked=False, vip=False, opted_out=False, notices_by="", kept="[]",
        merged_into=customer, version=1, created_at=tx.now, updated_at=tx.now,
    )  # fmt: skip


def _put(tx: Transaction, table: str, values: dict[str, Any]) -> int:
    """One row by its columns; its id where it has one."""
    columns = SQLModel.metadata.tables[table].columns
    blank = {Json: "{}", UtcDateTime: tx.now, Boolean: False, Integer: 0, BigInteger: 0, Float: 0.0, LargeBinary: b""}
    for column in columns:
        if not (column.nullable or column.name in values or (column.primary_key and column.name == "id")):
            values[column.name] = blank.get(type(column.type), "")
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    tx.run(f"INSERT INTO {table} ({names}) VALUES ({places})", **values)
    numbered = "id" in columns and isinstance(columns["id"].type, Integer)
    return int(tx.value(f"SELECT max(id) FROM {table}")) if numbered else 0


def marked(tx: Transaction) -> dict[str, set[str]]:
    """The tables in which a mark stands, with the marks; the search index's among them."""
    found: dict[str, set[str]] = {}
    names = [table.name for table in SQLModel.metadata.sorted_tables]
    for name in (*names, "search_ticket", "search_message", *(("search_pair",) if tx.dialect == "sqlite" else ())):
        for row in tx.all(f'SELECT * FROM "{name}"'):
            text = _text(row)
            if here := {mark for mark in MARKS if mark in text}:
                found.setdefault(name, set()).update(here)
    return found


def _text(row: Any) -> str:
    return "\n".join(map(_words, row))


def _words(value: Any) -> str:
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).decode(errors="replace")
    return dump(value) if isinstance(value, (dict, list)) else str(value)


def in_bytes(data: bytes) -> set[str]:
    """The marks that stand in bytes, also as base64."""
    return {
        mark for mark in MARKS if mark.encode() in data or base64.b64encode(mark.encode()).rstrip(b"=")[:-2] in data
    }


def moment() -> datetime:
    """Now."""
    return datetime.now(UTC)
