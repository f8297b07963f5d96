"""What the states and reasons of bulk letters are called, as English source texts of the catalogue."""

from __future__ import annotations

STATES: dict[str, str] = {
    "draft": "Draft",
    "asked": "Waits for approval",
    "running": "On its way out",
    "paused": "Paused",
    "stopped": "Ended early",
    "done": "Sent to all",
}
PROGRESS: dict[str, str] = {
    "listed": "Still to go",
    "under_way": "On the way",
    "delivered": "Sent out",
    "failed": "Did not arrive",
    "skipped": "Passed over",
}
REASONS: dict[str, str] = {
    "gone": "The customer is no longer here.",
    "nobody": "The customer is no longer here.",
    "overtaken": "The order does not stand as it was chosen by any more.",
    "stopped": "The customer's data may not be used for this.",
    "blocked": "The customer is blocked.",
    "unwanted": "The customer wants no notices.",
    "opted_out": "The customer wants no advertising.",
    "no_consent": "The customer has not agreed to advertising.",
    "often": "There was enough advertising lately.",
    "suppressed": "The address is not written to.",
    "unreachable": "No way leads to this customer.",
    "quota": "The month's messages are used up.",
    "twice": "The same customer already has it.",
    "same_address": "The same address already has it.",
    "template": "The template cannot be filled in.",
    "ended": "It was stopped before.",
    "recalled": "It was taken back in the middle of being sent.",
}
PROBLEMS: dict[str, str] = {
    "empty": "The row says nobody.",
    "unknown": "Nobody is known by that.",
    "several": "Several customers are known by that.",
    "contradiction": "Its columns are of different customers.",
    "twice": "The same customer stands in an earlier row.",
}
DID: dict[str, str] = {
    "asked": "Asked for approval",
    "approved": "Approved",
    "sent_back": "Sent back",
    "paused": "Paused",
    "resumed": "Resumed",
    "stopped": "Ended early",
    "tried_again": "Tried again",
}
