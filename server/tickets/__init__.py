"""The desk's main matter: tickets, what is said on them, and how they live."""

from server.tickets.addressing import answer_address
from server.tickets.along import Also
from server.tickets.drafts import drop_draft, mark_read, save_draft, take_read_handle
from server.tickets.editing import BulkView, TicketEdit, bulk, edit, next_wake, wake
from server.tickets.filters import FIXED_VIEWS, Sort, TicketFilter
from server.tickets.greeting import greet
from server.tickets.intake import Received, acknowledge, come_back, receive, withdraw
from server.tickets.joining import link, merge, split, unlink
from server.tickets.lists import page
from server.tickets.moves import accept, end, hand_over
from server.tickets.queries import (
    changes,
    counts,
    drafts,
    history,
    message,
    message_html,
    messages,
    some,
    thread,
    view,
)
from server.tickets.ratings import ask as ask_rating
from server.tickets.recalling import take_back
from server.tickets.search import search
from server.tickets.timeline import timeline
from server.tickets.writing import NewTicket, note, reply, write

__all__ = [
    "FIXED_VIEWS",
    "Also",
    "BulkView",
    "NewTicket",
    "Received",
    "Sort",
    "TicketEdit",
    "TicketFilter",
    "accept",
    "acknowledge",
    "answer_address",
    "ask_rating",
    "bulk",
    "changes",
    "come_back",
    "counts",
    "drafts",
    "drop_draft",
    "edit",
    "end",
    "greet",
    "hand_over",
    "history",
    "link",
    "mark_read",
    "merge",
    "message",
    "message_html",
    "messages",
    "next_wake",
    "note",
    "page",
    "receive",
    "reply",
    "save_draft",
    "search",
    "some",
    "split",
    "take_back",
    "take_read_handle",
    "thread",
    "timeline",
    "unlink",
    "view",
    "wake",
    "withdraw",
    "write",
]
