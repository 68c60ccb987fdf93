"""WordPiece tokens: words in lower case, and pieces of words that are not in the vocabulary."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from nni_hpo_ext.arguments import whole_number
from nni_hpo_ext.errors import DataError

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
_CHINESE = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_CHINESE}]|[^\W_{_CHINESE}]+|[^\w\s]|_")
_LONGEST_WORD = 100


class WordPiece:
    """Tokenizer that splits each word into the longest pieces in its vocabulary.

    Parameters
    ----------
    vocabulary
        The tokens, those of `SPECIAL` included. A piece inside a word starts with ``##``.

    Raises
    ------
    DataError
        If a special token is missing, or ``[PAD]`` is not the first token.
    """

    def __init__(self, vocabulary: list[str]) -> None:
        self.number = {token: i for i, token in enumerate(vocabulary)}
        missing = [token for token in SPECIAL if token not in self.number]
        if missing or self.number["[PAD]"] != 0:
            raise DataError(
                f"the vocabulary must contain {', '.join(SPECIAL)} and start with [PAD]; "
                f"missing: {', '.join(missing) or 'none'}"
            )

    @classmethod
    def from_file(cls, file: Path) -> WordPiece:
        """Read a published vocabulary, one token per line."""
        try:
            return cls(file.read_text(encoding="utf-8").splitlines())
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"vocabulary {file} cannot be read: {error}") from None

    @classmethod
    def from_texts(cls, texts: Iterable[str], size: int) -> WordPiece:
        """Build a vocabulary of all characters and the most frequent words of texts."""
        words = Counter(word for text in texts for word in split_words(text))
        characters = sorted({character for word in words for character in word})
        pieces = [*characters, *(f"##{character}" for character in characters)]
        # Ties are sorted, so that the vocabulary is always the same.
        ranked = sorted(words, key=lambda word: (-words[word], word))
        room = max(0, size - len(SPECIAL) - len(pieces))
        whole = [word for word in ranked if len(word) > 1][:room]
        return cls([*SPECIAL, *pieces, *whole])

    def encode(self, texts: Iterable[str], length: int) -> Any:
        """Return the token numbers of texts, ``(n, length)`` int32, cut or padded with 0."""
        whole_number("length", length, 3)  # a token and the marks at both ends
        rows = [self._row(text, length) for text in texts]
        return np.array(rows, dtype=np.int32)

    def _row(self, text: str, length: int) -> list[int]:
        tokens = [piece for word in split_words(text) for piece in self._pieces(word)]
        tokens = [self.number["[CLS]"], *tokens[: length - 2], self.number["[SEP]"]]
        return tokens + [0] * (length - len(tokens))

    def _pieces(self, word: str) -> list[int]:
        unknown = [self.number["[UNK]"]]
        if len(word) > _LONGEST_WORD:
            return unknown
        found: list[int] = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = ("##" if start else "") + word[start:end]
                if piece in self.number:
                    found.append(self.number[piece])
                    start = end
                    break
            else:
                return unknown
        return found


def split_words(text: str) -> list[str]:
    """Return words and punctuation marks, in lower case and without accents."""
    plain = unicodedata.normalize("NFD", text.lower())
    return _WORD.findall("".join(c for c in plain if unicodedata.category(c) != "Mn"))
