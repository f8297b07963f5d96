"""What was filled in, put into an envelope."""

from __future__ import annotations

from server.delivery import Envelope
from server.delivery.letters import Someone
from server.notices.routing import Leg
from server.notices.values import Values
from server.notices.wording import Words


def enclosed(made: Words, leg: Leg, said: Values, language: str, stop: str) -> Envelope:
    """A letter of the desk's own by one way; mail alone has a subject and, with `stop`, an end at one click."""
    mail = leg.way == "email"
    return Envelope(
        to=(Someone(leg.way, leg.address, leg.name),),
        subject=made.subject if mail else "",
        text=made.text if mail else made.text.strip(),
        html=made.html or None,
        rich=made.rich,
        sender_name=said.shop.name,
        automatic=True,
        unsubscribe_url=stop if mail and stop else None,
        language=language,
    )
