"""Stores that other systems share, from which the desk pulls: SQL databases, HTTP APIs and files, each by a mapping."""

from server.customers.sources.actions import (
    Seals,
    SourceDraft,
    accept,
    add,
    edit,
    ignore,
    pull_soon,
    remove,
    reseal,
)
from server.customers.sources.following import Sources
from server.customers.sources.learning import retry, take
from server.customers.sources.queries import ailing, all, comparisons, failure, failures, shapes, view, waiting
from server.customers.sources.views import (
    ComparisonView,
    FailurePage,
    FailureView,
    Freshness,
    Pulled,
    ShapeView,
    SourceView,
    Tried,
)

__all__ = [
    "ComparisonView",
    "FailurePage",
    "FailureView",
    "Freshness",
    "Pulled",
    "Seals",
    "ShapeView",
    "SourceDraft",
    "SourceView",
    "Sources",
    "Tried",
    "accept",
    "add",
    "ailing",
    "all",
    "comparisons",
    "edit",
    "failure",
    "failures",
    "ignore",
    "pull_soon",
    "remove",
    "reseal",
    "retry",
    "shapes",
    "take",
    "view",
    "waiting",
]
