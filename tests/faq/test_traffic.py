"""What a desk is asked changes how sure its answers are, and from where on it answers."""

from __future__ import annotations

from functools import cache

import numpy as np

from bench import faq_tasks
from bench.faq_trees import Growth, grow
from server.faq import trees
from server.faq.encoders import UniversalEncoder
from server.faq.matching import Matcher
from server.faq.traffic import AIM, COLUMNS, KEPT, LEAST, lowest

MANY = 120


@cache
def encoder() -> UniversalEncoder:
    return UniversalEncoder()


def family(name: str) -> faq_tasks.Family:
    return next(one for one in faq_tasks.own() if one.name == name)


def asked(matcher: Matcher, texts: list[str]) -> None:
    matcher.match_all(texts, "ja", heard=range(len(texts)))


def shop(name: str = "cosmetics") -> Matcher:
    matcher = Matcher(encoder())
    for id, phrasings in family(name).phrasings.items():
        matcher.put(id, "ja", phrasings[:3])
    return matcher


def test_the_shipped_trees_know_their_figures() -> None:
    shipped = trees.shipped()
    assert shipped.names == COLUMNS
    assert shipped.asked.max() < len(COLUMNS)
    assert shipped.leaves.shape == (len(shipped.asked), 2 ** shipped.asked.shape[1])


def test_where_few_of_the_messages_have_an_article_the_same_words_are_less_sure() -> None:
    own = family("city")
    fitting = [text for texts in own.phrasings.values() for text in texts[3:]]
    fitting += [text for texts in own.asked.values() for text in texts][: MANY - len(fitting)]
    strange = [text for name in ("bank", "saas") for texts in family(name).phrasings.values() for text in texts]
    home, abroad = shop("city"), shop("city")
    before = [match.entries[0] for match in home.match_all(fitting[:40], "ja")]
    asked(home, fitting)
    asked(abroad, strange[:MANY])
    at_home = home.match_all(fitting[:40], "ja")
    away = abroad.match_all(fitting[:40], "ja")
    assert [match.entries[0].id for match in at_home] == [entry.id for entry in before]
    mean = [float(np.mean([match.entries[0].confidence for match in each])) for each in (at_home, away)]
    assert mean[0] > mean[1] + 0.03, mean
    thresholds = [held.traffic.threshold for each in (home, abroad) if (held := each._languages["ja"]).traffic]
    assert thresholds[0] < 1 < thresholds[1], thresholds


def test_what_nobody_asked_is_not_counted_and_what_was_asked_before_the_start_is() -> None:
    own = family("cosmetics")
    texts = [text for phrasings in own.phrasings.values() for text in phrasings][: LEAST + 5]
    quiet, told = shop(), shop()
    first = quiet.match(texts[0], "ja").logit
    quiet.match_all(texts, "ja")
    assert quiet.match(texts[0], "ja").logit == first
    told.hear(texts, "ja")
    assert told.match(texts[0], "ja").logit != first
    asked(quiet, texts)
    assert quiet.match(texts[0], "ja").logit != first


def test_a_phrasing_letter_for_letter_is_answered_whatever_is_asked_besides() -> None:
    matcher = shop()
    asked(matcher, family("bank").outside + family("saas").outside + family("travel").outside)
    words = family("cosmetics").phrasings["pregnant"][0]
    found = matcher.match(words + "？", "ja")
    assert (found.decision, found.entries[0].id) == ("answer", "pregnant")


def test_articles_come_and_go_while_messages_are_kept() -> None:
    matcher = shop()
    asked(matcher, [text for texts in family("cosmetics").asked.values() for text in texts])
    matcher.put(
        "umbrella", "ja", ["犬の傘はありますか", "ペット用の傘を売っていますか", "犬のレインコートはありますか"]
    )
    assert matcher.match("犬の傘はありますか", "ja").entries[0].id == "umbrella"
    for id in list(family("cosmetics").phrasings)[:10]:
        matcher.remove(id)
    found = matcher.match("犬の傘はありますか", "ja", heard=True)
    assert (found.decision, found.entries[0].id) == ("answer", "umbrella")


def test_no_more_messages_are_kept_than_said() -> None:
    matcher = shop()
    texts = family("bank").outside * 20
    assert len(texts) > KEPT
    matcher.hear(texts, "ja")
    matcher.match("送料はいくら", "ja", heard=True)
    held = matcher._languages["ja"]
    assert held.traffic is not None and len(held.heard) == len(held.traffic.window.logits) == KEPT


def test_the_threshold_is_the_lowest_above_which_the_mean_is_high_enough() -> None:
    sure = np.array([0.999, 0.99, 0.97, 0.9, 0.75, 0.3], np.float32)
    assert lowest(sure) == np.float32(0.9)
    assert sure[sure >= 0.9].mean() >= AIM > sure[sure >= 0.75].mean()
    assert lowest(np.array([0.5, 0.4], np.float32)) > 1


def test_trees_learn_what_a_line_cannot() -> None:
    draw = np.random.default_rng(1)
    rows = draw.normal(size=(3000, 4)).astype(np.float32)
    right = ((rows[:, 0] > 0) == (rows[:, 1] > 0)).astype(np.float32)
    grown = grow(("a", "b", "c", "d"), rows, right, np.ones(len(rows), np.float32), Growth(trees=80, depth=3))
    assert (((grown.logit(rows) > 0) == right).mean()) > 0.9


def test_what_the_last_messages_promise_is_told_once_there_are_enough() -> None:
    matcher, own = shop(), family("cosmetics")
    texts = [text for phrasings in own.phrasings.values() for text in phrasings]
    matcher.hear(texts[: LEAST - 1], "ja")
    assert matcher.of_late("ja") is None
    matcher.hear(texts[: LEAST + 20], "ja")
    told = matcher.of_late("ja")
    assert told is not None
    messages, threshold, share = told
    assert messages >= LEAST
    assert 0 < threshold <= 1.01
    assert (share > 0) == (threshold <= 1)
    assert matcher.of_late("en") is None
