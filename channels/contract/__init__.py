"""What a channel promises the desk, what the desk promises a channel, and the messages that cross the border.

A channel knows its network and nothing else. It is given an `Account` (one mailbox, one form, one API key …)
and a `Desk` (the way in). Two rules carry everything:

* `Desk.accept` **returning means safe, raising means offer it again**: only after it returned may a network be
  told that we have the message.
* `Channel.deliver` returns a `Receipt`, or raises `Undeliverable` (final) or `TryLater`. The channel judges its
  network; when to try again is the courier's business, so no channel holds a retry loop.
"""

from channels.contract.accounts import Account, Check, Field, Health
from channels.contract.incoming import (
    Accepted,
    Arrival,
    Asked,
    Attachment,
    ContactChanged,
    DeliveryReport,
    Inbound,
    InboundMessage,
    Party,
    Routing,
    Seen,
    Withdrawn,
)
from channels.contract.outgoing import OutboundMessage, Receipt, TryLater, Undeliverable
from channels.contract.raw import Raw, Spool, TooLarge
from channels.contract.shown import Present, ShownConversation, ShownFile, ShownMessage
from channels.contract.sides import (
    AnswersElsewhere,
    Channel,
    DelaysLetters,
    Desk,
    ReadsAtOnce,
    ShowsTickets,
    TestsAccount,
)

__all__ = [
    "Accepted",
    "Account",
    "AnswersElsewhere",
    "Arrival",
    "Asked",
    "Attachment",
    "Channel",
    "Check",
    "ContactChanged",
    "DelaysLetters",
    "DeliveryReport",
    "Desk",
    "Field",
    "Health",
    "Inbound",
    "InboundMessage",
    "OutboundMessage",
    "Party",
    "Present",
    "Raw",
    "ReadsAtOnce",
    "Receipt",
    "Routing",
    "Seen",
    "ShownConversation",
    "ShownFile",
    "ShownMessage",
    "ShowsTickets",
    "Spool",
    "TestsAccount",
    "TooLarge",
    "TryLater",
    "Undeliverable",
    "Withdrawn",
]
