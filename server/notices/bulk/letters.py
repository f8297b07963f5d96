"""The letter that one recipient of a bulk letter has: its words filled in, and what is wrong with them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from server.database import Transaction
from server.delivery import Envelope
from server.errors import Invalid
from server.notices import linting, values, wording
from server.notices.bulk.reaching import Context, Reach
from server.notices.bulk.views import BulkContent
from server.notices.enclosing import enclosed
from server.notices.matters import Matter
from server.notices.routing import Leg
from server.notices.wording import Setting, Words

LANGUAGES = ("ja", "en")
ARRIVED = ("delivered", "returned")


def words_of(content: BulkContent, way: str, language: str) -> Words | None:
    """The words for a way in a language: of another language rather than none, LINE says the mail's rather than
    none."""
    written = {(each.way, each.language): each for each in content.words if each.text.strip()}
    for tongue in (language, *LANGUAGES):
        for channel in (way, "email", "line"):
            found = written.get((channel, tongue))  # type: ignore[arg-type]  # both come from content
            if found is not None:
                return Words(found.subject, found.text)
    return None


def faults(tx: Transaction, content: BulkContent, row_names: list[str]) -> list[tuple[str, str, str]]:
    """What is wrong with the words: way, language, and the fault in English words of the catalogue."""
    found: list[tuple[str, str, str]] = []
    more = {"row": dict.fromkeys(row_names)}
    for each in content.words:
        if not each.text.strip() and not each.subject.strip():
            continue
        said = linting.faults(
            Words(each.subject, each.text),
            channel=each.way,
            purpose=content.purpose,
            pieces=wording.parts(tx, each.way, each.language),
            more=more,
        )
        found += [(each.way, each.language, fault) for fault in said]
    for tongue in LANGUAGES:
        by_mail = {each.way: each.text.strip() for each in content.words if each.language == tongue}
        if by_mail.get("line") and not by_mail.get("email") and "email" in content.ways:
            found.append(("email", tongue, "There are words for LINE and none for mail."))
    return found


def serious(found: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Those with which nothing may leave."""
    return [each for each in found if linting.serious([each[2]])]


def language_of(customer: Any, around: Context) -> str:
    """The customer's, or the desk's."""
    return str((customer.language if customer is not None else None) or around.desk.language)


def zone_of(customer: Any, around: Context) -> ZoneInfo:
    """The customer's, or the desk's."""
    if customer is None or not customer.time_zone:
        return around.zone
    try:
        return ZoneInfo(customer.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return around.zone


def filled(tx: Transaction, around: Context, found: Reach, leg: Leg, extra: dict[str, str], stop: str) -> Envelope:
    """The letter for one way. Raises `Invalid` for words that cannot be filled in."""
    language = language_of(found.customer, around)
    words = words_of(around.content, leg.way, language)
    if words is None:
        raise Invalid("There is no template.")
    advertising = around.content.purpose == "advertising"
    said = values.of(
        found.matter,
        parcel_of(found.matter),
        customer=found.customer,
        language=language,
        shop=values.shop_of(tx, language, around.decided.legal.get(language, "") if advertising else ""),
        others=[(each, parcel_of(each)) for each in found.others],
        unsubscribe_url=stop,
    )
    setting = Setting(language, zone_of(found.customer, around), around.decided.calendar)
    made = wording.letter(
        words, said, setting, wording.parts(tx, leg.way, language), leg.way, {"row": SimpleNamespace(**extra)}
    )
    return enclosed(made, leg, said, language, stop)


def parcel_of(matter: Matter) -> str:
    """The parcel that a letter about an order speaks of: the first that has not arrived, else the last."""
    order = matter.order
    if order is None or not order.shipments:
        return ""
    parcel = next((each for each in order.shipments if each.status not in ARRIVED), order.shipments[-1])
    return f"shipment:{parcel.external_id}"
