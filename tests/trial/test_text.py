"""Texts for BERT: tables, tokens, and the weights of published releases."""

from __future__ import annotations

import importlib
import json
import logging
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from nni_hpo_ext.errors import ConfigError, DataError
from nni_hpo_ext.trial.data import text_dataset

tf = pytest.importorskip("tensorflow")

EXAMPLE = Path(__file__).parents[2] / "examples" / "bert_text"


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that imports a file of the example by name."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    for name in ("model", "tokenizer", "weights"):
        monkeypatch.delitem(sys.modules, name, raising=False)

    def load(name: str) -> ModuleType:
        module = importlib.import_module(name)
        monkeypatch.setitem(sys.modules, name, module)
        return module

    return load


def write_table(file: Path, rows: list[tuple[str, str]], header: str = "text,label") -> None:
    file.write_text("\n".join([header, *(f"{text},{label}" for text, label in rows)]) + "\n")


def test_a_table_is_split_the_same_way_each_time(tmp_path: Path) -> None:
    write_table(tmp_path / "train.csv", [(f"text {n}", "ab"[n % 2]) for n in range(20)])
    first, second = (text_dataset("texts", {"data_dir": str(tmp_path)}) for _ in range(2))
    assert (first.name, first.classes) == ("texts", ("a", "b"))
    assert [len(part) for part in (first.train, first.validation, first.test)] == [14, 3, 3]
    assert first.validation == second.validation
    numbers = [int(text.split()[1]) % 2 for text in first.train]
    assert first.y_train.tolist() == numbers


def test_tables_of_their_own_validate_and_test(tmp_path: Path) -> None:
    write_table(tmp_path / "train.csv", [("one", "x"), ("two", "y")])
    write_table(tmp_path / "val.csv", [("three", "y")])
    write_table(tmp_path / "test.csv", [("four", "x")])
    texts = text_dataset("texts", {"data_dir": str(tmp_path)})
    assert (texts.train, texts.validation, texts.y_val.tolist()) == (["one", "two"], ["three"], [1])
    assert (texts.test, texts.y_test.tolist()) == (["four"], [0])


def test_only_the_first_classes_of_texts_are_used(tmp_path: Path) -> None:
    write_table(tmp_path / "train.csv", [(f"text {n}", "abc"[n % 3]) for n in range(30)])
    texts = text_dataset("texts", {"data_dir": str(tmp_path), "max_classes": 2})
    assert texts.classes == ("a", "b")
    assert len([*texts.train, *texts.validation, *texts.test]) == 20
    assert set(texts.y_test) == {0, 1}


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        ([("one", "x")], "sentence,label", r"train\.csv needs columns 'text' and 'label'"),
        ([("one", "x"), ("two", "")], "text,label", r"train\.csv, text 2"),
        ([("one", "x"), ("two", "x")], "text,label", "1 training classes"),
    ],
)
def test_a_malformed_table_is_named(
    rows: list[tuple[str, str]], header: str, message: str, tmp_path: Path
) -> None:
    write_table(tmp_path / "train.csv", rows, header)
    with pytest.raises(DataError, match=message):
        text_dataset("texts", {"data_dir": str(tmp_path)})


def test_missing_and_unknown_texts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"train\.csv cannot be read"):
        text_dataset("texts", {"data_dir": str(tmp_path)})
    with pytest.raises(ConfigError, match="unknown dataset"):
        text_dataset("news", {})


def test_scipy_s_documentation_stands_in_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("NNI_HPO_DATA", raising=False)
    with caplog.at_level(logging.WARNING):
        texts = text_dataset("texts", {"max_train": 50})
    assert texts.name == "scipy (stand-in for texts)"
    assert "training on SciPy's documentation instead" in caplog.text
    assert (len(texts.train), len(texts.classes)) == (50, 6)
    assert len(texts.validation) > 300
    assert len(set(texts.train) | set(texts.validation) | set(texts.test)) == 50 + len(
        texts.validation + texts.test
    )


VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able", "cafe", "!", "##s", "我"]


def test_words_become_the_longest_pieces(example: Any) -> None:
    tokens = example("tokenizer").WordPiece(VOCABULARY)
    rows = tokens.encode(["Unaffable CAFÉs!", "我unknown", "un " * 9], 8)
    assert rows.tolist() == [
        [2, 4, 5, 6, 7, 9, 8, 3],
        [2, 10, 1, 3, 0, 0, 0, 0],
        [2, 4, 4, 4, 4, 4, 4, 3],
    ]
    assert rows.dtype == np.dtype(np.int32)


def test_a_vocabulary_is_made_of_the_most_frequent_words(example: Any) -> None:
    tokens = example("tokenizer").WordPiece.from_texts(["to be or not to be", "to go"], 26)
    words = [token for token in tokens.number if len(token) > 1 and token[0] not in "[#"]
    assert words == ["to", "be", "go", "not", "or"][: len(words)]
    assert words[:2] == ["to", "be"]
    assert 1 not in tokens.encode(["robot"], 8)  # any word can be spelt


def test_a_vocabulary_without_its_marks_is_refused(example: Any, tmp_path: Path) -> None:
    tokenizer = example("tokenizer")
    with pytest.raises(DataError, match="SEP"):
        tokenizer.WordPiece(["[PAD]", "[UNK]", "[CLS]"])
    with pytest.raises(DataError, match=r"vocab\.txt cannot be read"):
        tokenizer.WordPiece.from_file(tmp_path / "vocab.txt")


HIDDEN, HEADS, LAYERS = 8, 2, 2


def published(folder: Path) -> dict[str, Any]:
    """Write a release with random weights, under the names of Google's checkpoints."""
    config = {
        "vocab_size": len(VOCABULARY),
        "max_position_embeddings": 12,
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "intermediate_size": 16,
    }
    (folder / "bert_config.json").write_text(json.dumps(config))
    shapes = {
        "embeddings/word_embeddings": (len(VOCABULARY), HIDDEN),
        "embeddings/position_embeddings": (12, HIDDEN),
        "embeddings/token_type_embeddings": (2, HIDDEN),
        **norm("embeddings/LayerNorm"),
        **dense("pooler/dense", HIDDEN, HIDDEN),
    }
    for number in range(LAYERS):
        layer = f"encoder/layer_{number}/"
        for part in ("self/query", "self/key", "self/value", "output/dense"):
            shapes |= dense(f"{layer}attention/{part}", HIDDEN, HIDDEN)
        shapes |= norm(f"{layer}attention/output/LayerNorm") | norm(f"{layer}output/LayerNorm")
        shapes |= dense(f"{layer}intermediate/dense", HIDDEN, 16)
        shapes |= dense(f"{layer}output/dense", 16, HIDDEN)
    generator = np.random.default_rng(0)
    weights = {
        f"bert/{name}": generator.normal(size=shape).astype(np.float32)
        for name, shape in shapes.items()
    }
    tf.raw_ops.SaveV2(
        prefix=str(folder / "bert_model.ckpt"),
        tensor_names=list(weights),
        shape_and_slices=[""] * len(weights),
        tensors=list(weights.values()),
    )
    return weights


def norm(name: str) -> dict[str, tuple[int, ...]]:
    return {f"{name}/gamma": (HIDDEN,), f"{name}/beta": (HIDDEN,)}


def dense(name: str, inside: int, outside: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}/kernel": (inside, outside), f"{name}/bias": (outside,)}


def by_hand(weights: dict[str, Any], tokens: Any) -> Any:
    """Return BERT's pooled output for one text, written out from its paper in numpy."""
    from scipy.special import erf, softmax

    def w(name: str) -> Any:
        return weights[f"bert/{name}"].astype(np.float64)

    def linear(x: Any, name: str) -> Any:
        return x @ w(f"{name}/kernel") + w(f"{name}/bias")

    def normed(x: Any, name: str) -> Any:
        spread = np.sqrt(x.var(axis=-1, keepdims=True) + 1e-12)
        centred = (x - x.mean(axis=-1, keepdims=True)) / spread
        return centred * w(f"{name}/gamma") + w(f"{name}/beta")

    x = w("embeddings/word_embeddings")[tokens] + w("embeddings/token_type_embeddings")[0]
    x = normed(x + w("embeddings/position_embeddings")[: len(tokens)], "embeddings/LayerNorm")
    for number in range(LAYERS):
        layer = f"encoder/layer_{number}"
        q, k, v = (linear(x, f"{layer}/attention/self/{p}") for p in ("query", "key", "value"))
        size = HIDDEN // HEADS
        heads = []
        for part in (slice(h * size, (h + 1) * size) for h in range(HEADS)):
            scores = q[:, part] @ k[:, part].T / np.sqrt(size)
            scores[:, tokens == 0] = -np.inf
            heads.append(softmax(scores, axis=1) @ v[:, part])
        attended = linear(np.concatenate(heads, axis=1), f"{layer}/attention/output/dense")
        x = normed(x + attended, f"{layer}/attention/output/LayerNorm")
        inner = linear(x, f"{layer}/intermediate/dense")
        inner = inner * (1 + erf(inner / np.sqrt(2))) / 2
        x = normed(x + linear(inner, f"{layer}/output/dense"), f"{layer}/output/LayerNorm")
    return np.tanh(linear(x[0], "pooler/dense"))


def test_published_weights_compute_what_the_paper_says(example: Any, tmp_path: Path) -> None:
    import keras

    stored = published(tmp_path)
    weights = example("weights")
    size = weights.published_size(tmp_path)
    model = example("model").build_model(size, 6, 3, drop_out=0.1)
    weights.load_weights(model, tmp_path)
    pooled = keras.Model(model.inputs, model.get_layer("pooler").output)
    tokens = np.array([[2, 4, 5, 6, 3, 0], [2, 7, 3, 0, 0, 0]])
    expected = [by_hand(stored, row) for row in tokens]
    np.testing.assert_allclose(pooled(tokens), expected, rtol=1e-4, atol=1e-5)


def test_weights_that_do_not_fit_are_named(example: Any, tmp_path: Path) -> None:
    weights = example("weights")
    with pytest.raises(DataError, match=r"bert_config\.json"):
        weights.published_size(tmp_path)
    published(tmp_path)
    size = example("model").Size(vocabulary=5, positions=12, hidden=HIDDEN)
    model = example("model").build_model(size, 6, 3, drop_out=0.1)
    with pytest.raises(DataError, match=r"bert_model\.ckpt do not fit"):
        weights.load_weights(model, tmp_path)
    with pytest.raises(DataError, match=r"bert_model\.ckpt do not fit"):
        weights.load_weights(model, tmp_path / "absent")


def test_padding_does_not_change_what_a_text_means(example: Any) -> None:
    module = example("model")
    size = module.Size(vocabulary=9, positions=12, hidden=8, intermediate=16)
    short, long = (module.build_model(size, length, 2, drop_out=0.0) for length in (4, 8))
    long.set_weights(short.get_weights())
    tokens = np.array([[2, 5, 6, 3]])
    padded = np.pad(tokens, ((0, 0), (0, 4)))
    np.testing.assert_allclose(long(padded), short(tokens), rtol=1e-5)
