"""What a channel promises the desk, what the desk promises a channel, and the messages that cross the border.

A channel knows its network and nothing else. It is given an `Account` (one mailbox, one form, one API key …)
and a `Desk` (the way in). Two rules carry everything:

* `Desk.accept` **returning means safe, raising means offer it again**: only after it returned may a network be
  told that we have the message.
* `Channel.deliver` returns a `Receipt`, or raises `Undeliverable` (final) or `TryLater`. The channel judges its
  network; when to try again is the courier's business, so no channel holds a retry loop.
"""

from channels.contract.accounts import Account, Check, Field, Health, Limits
from channels.contract.cards import Album, Card, Location, Mark, Marked, Sticker, Tapped
from channels.contract.incoming import (
    Accepted,
    Arrival,
    Asked,
    Attachment,
    ContactChanged,
    DeliveryReport,
    Handles,
    Inbound,
    InboundMessage,
    Noticed,
    Party,
    PendingFile,
    Proven,
    Rated,
    Routing,
    Seen,
    Withdrawn,
)
from channels.contract.outgoing import OutboundMessage, Outcome, Part, Quoted, Receipt, TryLater, Undeliverable
from channels.contract.raw import Raw, Spool, TooLarge
from channels.contract.rich import Buttons, Carousel, Choice, Column, Confirm, Native, OutSticker, Rich
from channels.contract.shown import AskedRating, Present, ShownConversation, ShownFile, ShownMessage
from channels.contract.sides import (
    AnswersElsewhere,
    Channel,
    DelaysLetters,
    DeliversTogether,
    Desk,
    FetchesContent,
    JudgesSending,
    KnowsLimits,
    KnowsProfile,
    MarksRead,
    MeetsDesk,
    ReadsAtOnce,
    ShowsTickets,
    TellsAttendance,
    TestsAccount,
)

__all__ = [
    "Accepted",
    "Account",
    "Album",
    "AnswersElsewhere",
    "Arrival",
    "Asked",
    "AskedRating",
    "Attachment",
    "Buttons",
    "Card",
    "Carousel",
    "Channel",
    "Check",
    "Choice",
    "Column",
    "Confirm",
    "ContactChanged",
    "DelaysLetters",
    "DeliversTogether",
    "DeliveryReport",
    "Desk",
    "FetchesContent",
    "Field",
    "Handles",
    "Health",
    "Inbound",
    "InboundMessage",
    "JudgesSending",
    "KnowsLimits",
    "KnowsProfile",
    "Limits",
    "Location",
    "Mark",
    "Marked",
    "MarksRead",
    "MeetsDesk",
    "Native",
    "Noticed",
    "OutSticker",
    "OutboundMessage",
    "Outcome",
    "Part",
    "Party",
    "PendingFile",
    "Present",
    "Proven",
    "Rated",
    "Quoted",
    "Raw",
    "ReadsAtOnce",
    "Receipt",
    "Rich",
    "Routing",
    "Seen",
    "ShownConversation",
    "ShownFile",
    "ShownMessage",
    "ShowsTickets",
    "Spool",
    "Sticker",
    "Tapped",
    "TellsAttendance",
    "TestsAccount",
    "TooLarge",
    "TryLater",
    "Undeliverable",
    "Withdrawn",
]
