"""What is known of texts: their vectors, n-grams and topics. The matchers of all shops share it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from server.faq.encoders import Encoder, NoEncoder, UniversalEncoder, Vectors
from server.faq.lexicon import Grams, Vocabulary
from server.faq.scoring import Ints, Shelf
from server.faq.topics import Topics, topics

ENCODED_AT_ONCE = 500


class Texts:
    """Of phrasings it is kept, of messages it is not. Vectors lie in half as many bits as the model's: a cosine changes
    in its fourth place."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._vectors: dict[str, npt.NDArray[np.float16]] = {}
        self._grams: dict[str, Grams] = {}
        self._vocabulary = Vocabulary()
        self._topics: dict[str, npt.NDArray[np.int32]] = {}
        self._subjects = Vocabulary(topics)
        self.tuned = encoder.name in (UniversalEncoder.name, NoEncoder.name)
        """Whether confidence and trees were made with this encoder."""

    def unknown(self, texts: Iterable[str]) -> list[str]:
        """Those that there is no vector of yet, each once."""
        return [text for text in dict.fromkeys(texts) if text not in self._vectors]

    def know(self, made: Mapping[str, Vectors]) -> None:
        """Vectors, made before."""
        self._vectors.update((text, row.astype(np.float16)) for text, row in made.items())

    def encode(self, texts: Sequence[str]) -> Vectors | None:
        """The vectors of messages, a row each, of length one; None without a model."""
        return self._encoder.encode(texts)

    def vectors(self, texts: Sequence[str]) -> Vectors | None:
        """The same of texts of which some are phrasings, and known."""
        fresh = self.unknown(texts)
        found = self._encoder.encode(fresh) if fresh else None
        if not texts or (fresh and found is None):
            return None
        made = dict(zip(fresh, found, strict=True)) if found is not None else {}
        return np.stack([made[text] if text in made else self._vectors[text] for text in texts]).astype(np.float32)

    def grams(self, texts: Iterable[str]) -> list[Grams]:
        """The n-grams of messages."""
        return [self._vocabulary.read(text) for text in texts]

    def lay(self, phrasings: Sequence[str], owner: Ints) -> tuple[Shelf, Topics]:
        """Phrasings laid out for asking; `owner` says of each whose it is, in ascending order."""
        for text in phrasings:
            if text not in self._grams:
                self._grams[text] = self._vocabulary.learn(text)
                self._topics[text] = self._subjects.learn(text)[0]
        grams = [self._grams[text] for text in phrasings]
        shelf = Shelf(self._laid(phrasings), grams, owner, len(self._vocabulary))
        return shelf, Topics([self._topics[text] for text in phrasings], owner, self._subjects)

    def _laid(self, phrasings: Sequence[str]) -> Vectors | None:
        new = self.unknown(phrasings)
        for start in range(0, len(new), ENCODED_AT_ONCE):
            some = new[start : start + ENCODED_AT_ONCE]
            encoded = self._encoder.encode(some)
            if encoded is None:
                return None
            self.know(dict(zip(some, encoded, strict=True)))
        wide = np.dtype((np.float32, len(self._vectors[phrasings[0]])))
        return np.fromiter((self._vectors[text] for text in phrasings), wide, len(phrasings))
