"""Phrasings and messages stand apart where a topic has no article, and only there."""

from __future__ import annotations

import numpy as np
import pytest

from server.faq.encoders import Vectors
from server.faq.lexicon import Vocabulary
from server.faq.scoring import Shelf
from server.faq.surroundings import AROUND, CONTRASTED, Surroundings, Window, contrasts

WIDE = 24
TOPICS = 8
HOMELESS = 6
"""From this topic on, none has an article."""


def around(topics: list[int], each: int, seed: int, far: float = 0.12) -> Vectors:
    """Vectors close to some topics' directions, `each` a topic, so `far` in every one of their numbers."""
    draw = np.random.default_rng(seed)
    middles = np.linalg.qr(np.random.default_rng(1).normal(size=(WIDE, WIDE)))[0]
    found = np.concatenate([middles[topic] + draw.normal(0, far, (each, WIDE)) for topic in topics])
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def shelf(each: int = 5) -> Shelf:
    vocabulary = Vocabulary()
    owner = np.repeat(np.arange(HOMELESS), each)
    grams = [vocabulary.learn(f"q{place}") for place in range(len(owner))]
    return Shelf(around(list(range(HOMELESS)), each, 2), grams, owner, len(vocabulary))


def window(
    held: Shelf, topics: list[int], each: int = 20, seed: int = 3, far: float = 0.12
) -> tuple[Window, Vectors, Vectors]:
    assert held.phrasings is not None
    vectors = held.around(around(topics, each, seed, far))
    votes = vectors @ held.phrasings.T
    firsts = held.owner[votes.argmax(1)]
    own = [votes[row, held.of(place)] for row, place in enumerate(firsts.tolist())]
    article = np.array([np.log(np.exp(8 * each).mean()) for each in own], np.float32)
    three = np.array([np.sort(each)[-3:].mean() for each in own], np.float32)
    return Window(vectors, firsts, (votes.max(1) * 4 - 2).astype(np.float32), votes.max(1)), article, three


def column(figures: Vectors, name: str) -> Vectors:
    return figures[:, AROUND.index(name)]


@pytest.mark.parametrize("name", ["side", "bent side", "article over crowd", "nearer than one"])
def test_messages_of_a_topic_without_an_article_stand_on_their_own_side(name: str) -> None:
    held = shelf()
    asked, article, three = window(held, list(range(TOPICS)))
    figures = Surroundings(held, asked).figures(asked, article, three, within=True)
    homeless = np.repeat(np.arange(TOPICS) >= HOMELESS, 20)
    found = column(figures, name)
    assert np.quantile(found[~homeless], 0.1) > np.quantile(found[homeless], 0.9)


def test_a_new_message_is_told_of_as_one_of_the_window_would_be() -> None:
    held = shelf()
    asked, article, three = window(held, list(range(TOPICS)))
    whole = Surroundings(held, asked)
    within = whole.figures(asked, article, three, within=True)
    new, new_article, new_three = window(held, list(range(TOPICS)), each=4, seed=9)
    without = whole.figures(new, new_article, new_three, within=False)
    for place, name in enumerate(AROUND):
        mean = [figures[:, place].reshape(TOPICS, -1).mean(1) for figures in (within, without)]
        spread = float(within[:, place].std()) + 0.05
        assert np.abs(mean[0] - mean[1]).max() < 2 * spread, name


@pytest.mark.parametrize("name", ["side raw", "bent side", "crowd", "nearer than one"])
def test_a_message_of_the_window_is_told_of_as_if_it_were_not_there(name: str) -> None:
    held = shelf()
    asked, article, three = window(held, list(range(TOPICS)), each=60, far=0.6)
    within = column(Surroundings(held, asked).figures(asked, article, three, within=True), name)
    for place in range(0, len(article), 45):
        rest = Surroundings(held, Window(*(np.delete(one, place, 0) for one in asked)))
        alone = Window(*(one[place : place + 1] for one in asked))
        told = rest.figures(alone, article[place : place + 1], three[place : place + 1], within=False)
        assert column(told, name)[0] == pytest.approx(within[place], abs=0.02)


def test_where_topics_are_missing_what_the_matcher_is_unsure_of_stands_in_crowds() -> None:
    held = shelf(each=20)
    found = []
    for count in (HOMELESS, TOPICS):
        asked, article, three = window(held, list(range(count)))
        figures = Surroundings(held, asked).figures(asked, article, three, within=True)
        found.append(dict(zip(CONTRASTED, contrasts(figures, asked.logits).tolist(), strict=True)))
    for name in ("article over crowd", "crowd's nearness", "three's logit"):
        assert found[1][name] > found[0][name] + 0.1, found


def test_where_all_have_an_article_the_sides_are_hardly_apart() -> None:
    held = shelf(each=20)
    apart = [
        float(column(Surroundings(held, asked).figures(asked, article, three, within=True), "bent sides apart")[0])
        for asked, article, three in (window(held, list(range(count))) for count in (HOMELESS, TOPICS))
    ]
    assert apart[0] < 0.5 < 0.55 < apart[1], apart


def test_messages_whose_article_is_gone_and_one_that_came_twice_harm_nothing() -> None:
    held = shelf()
    asked, article, three = window(held, list(range(TOPICS)))
    firsts = asked.firsts.copy()
    firsts[:7] = -1
    twice = np.concatenate([asked.vectors[:-1], asked.vectors[-2:-1]])
    asked = asked._replace(firsts=firsts, vectors=twice)
    figures = Surroundings(held, asked).figures(asked, article, three, within=True)
    assert np.isfinite(figures).all()
    assert column(figures, "nearer than one")[-1] < 1.5, "its twin is not its neighbour"
