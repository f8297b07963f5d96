"""What makes the FAQ better: proposed phrasings, questions without an article, and the FAQ's results."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from server.faq.views import ArticleView, Lang
from server.lessons import figures, gaps, phrasings, reporting, weekly
from server.lessons.views import (
    Decided,
    Decision,
    GapView,
    PhrasingView,
    Report,
    ReportChange,
    ReportSettings,
    Results,
)
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Form, Query

api = Api()


class PhrasingQuery(Query, frozen=True, kw_only=True):
    """How many."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 100


class DecisionForm(Form, frozen=True, kw_only=True):
    """What is decided about several phrasings."""

    decisions: Annotated[list[Decision], Meta(min_length=1, max_length=200)]


class GapQuery(Query, frozen=True, kw_only=True):
    """Which questions, and how many."""

    state: Literal["open", "dismissed", "written"] = "open"
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class GapForm(Form, frozen=True, kw_only=True):
    """Whether an article is wanted."""

    state: Literal["open", "dismissed"]


class ResultsQuery(Query, frozen=True, kw_only=True):
    """How far back, on which channel, in which language."""

    weeks: Annotated[int, Meta(ge=1, le=104)] = 13
    channel: Annotated[str, Meta(max_length=40)] = ""
    language: Lang | None = None


@api.get("/faq-phrasings", "Phrasings that wait for a review")
async def waiting_phrasings(call: Call, query: PhrasingQuery) -> list[PhrasingView]:
    """Sentences of customers that an article answered, without what tells who wrote them."""
    return await call.read(phrasings.waiting, query.limit)


@api.post("/faq-phrasings/decisions", "Take or refuse phrasings", status=200)
async def decide_phrasings(call: Call, form: DecisionForm) -> Decided:
    """What is taken stands in its article at once; what is refused is not proposed again. A lead's."""
    return await call.write(phrasings.decide, form.decisions)


@api.get("/faq-gaps", "Questions without an article")
async def all_gaps(call: Call, query: GapQuery) -> list[GapView]:
    """What is asked most often first; with an `answer` where agents answered alike."""
    return await call.read(gaps.listed, query.state, query.limit)


@api.put("/faq-gaps/{gap}/state", "Say whether a question wants an article", conflicts=True)
async def settle_gap(call: Call, gap: Number, form: GapForm) -> GapView:
    """What is dismissed stays away however often it is asked. A lead's."""
    return await call.write(gaps.dismiss, gap, form.state)


@api.post("/faq-gaps/{gap}/article", "Open a draft of a question", conflicts=True)
async def write_gap(call: Call, gap: Number) -> ArticleView:
    """With what customers wrote as phrasings, and agents' answer where they agree. It answers nobody. A lead's."""
    return await call.write(gaps.write, gap)


@api.get("/faq-results", "How the FAQ does")
async def faq_results(call: Call, query: ResultsQuery) -> Results:
    """Coverage, precision as confirmed and what was solved without a person, by week, channel, language, article."""
    return await call.read(figures.results, query.weeks, query.channel, query.language or "")


@api.get("/faq-report", "What the weekly report says now")
async def faq_report(call: Call) -> Report:
    """Of the last seven whole days, beside the seven before; what is missing, what waits, which answers fail."""
    return await call.read(weekly.report)


@api.get("/faq-report-settings", "When the weekly report leaves and who gets it")
async def report_settings(call: Call) -> ReportSettings:
    """By the desk's clock; `mine` is of whoever asks."""
    return await call.read(reporting.read, call.agent)


@api.patch("/faq-report-settings", "Decide when the weekly report leaves, and whether it comes to oneself")
async def decide_report(call: Call, form: ReportChange) -> ReportSettings:
    """What is left out stays. A lead's."""
    return await call.write(reporting.write, form)
