"""In charge of the admin pages' table of contents: which page stands where, and whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from server.agents import AgentView, Role, may


class Entry(NamedTuple):
    """One page: the last part of its address, its English title, and the least role that sees it."""

    name: str
    title: str
    role: Role = "admin"


GROUPS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    ("Ways in", (Entry("accounts", "Accounts"), Entry("forms", "Forms"), Entry("shops", "Shops and brands"))),
    (
        "Traffic",
        (
            Entry("arrivals", "Quarantine", "lead"),
            Entry("letters", "Letters", "lead"),
            Entry("blocks", "Blocked senders", "lead"),
        ),
    ),
    (
        "Notices",
        (
            Entry("notices", "Notices", "agent"),
            Entry("notice-kinds", "Kinds of notices", "lead"),
            Entry("bulk-letters", "Bulk letters", "lead"),
            Entry("suppressions", "Not written to", "lead"),
        ),
    ),
    (
        "Answers",
        (
            Entry("faq", "FAQ articles", "agent"),
            Entry("faq-lessons", "Getting better", "lead"),
            Entry("faq-results", "FAQ results", "lead"),
            Entry("faq-report", "Weekly FAQ report", "lead"),
            Entry("answers", "Automatic answers"),
            Entry("faq-engine", "FAQ engine"),
            Entry("flows", "Flows", "lead"),
            Entry("categories", "Categories", "lead"),
            Entry("help", "Help centre"),
            Entry("reception", "What readers say", "agent"),
        ),
    ),
    (
        "Customers",
        (
            Entry("customers", "Customers", "agent"),
            Entry("value", "Value of customers", "lead"),
            Entry("sources", "Sources"),
            Entry("imports", "Import", "lead"),
            Entry("exports", "Export", "lead"),
            Entry("segments", "Segments", "lead"),
            Entry("customer-fields", "Fields of customers", "lead"),
        ),
    ),
    (
        "Data protection",
        (
            Entry("rights", "Requests of people", "agent"),
            Entry("privacy", "Deadlines and retention"),
            Entry("audit", "Audit log"),
        ),
    ),
    ("People", (Entry("agents", "Agents"), Entry("teams", "Teams", "lead"))),
    (
        "Sorting tickets",
        (
            Entry("tags", "Tags", "lead"),
            Entry("fields", "Custom fields", "lead"),
            Entry("views", "Saved views", "lead"),
            Entry("macros", "Macros", "lead"),
            Entry("labels", "Names of states"),
        ),
    ),
    (
        "Desk",
        (
            Entry("desk", "Shop and mail texts"),
            Entry("opening-hours", "Opening hours"),
            Entry("tokens", "API tokens"),
            Entry("webhooks", "Webhooks"),
        ),
    ),
)


class Link(NamedTuple):
    """An entry as this agent sees it."""

    name: str
    title: str
    waiting: int


def of(agent: AgentView, counts: Mapping[str, int]) -> list[tuple[str, list[Link]]]:
    """The groups that this agent may open pages of."""
    groups = [
        (title, [Link(each.name, each.title, counts.get(each.name, 0)) for each in entries if may(agent, each.role)])
        for title, entries in GROUPS
    ]
    return [(title, links) for title, links in groups if links]


def first(agent: AgentView) -> str:
    """Where `/admin` leads this agent."""
    return next((f"/admin/{links[0].name}" for _, links in of(agent, {})), "/console")
