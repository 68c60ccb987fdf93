"""Train a BERT classifier on texts."""

from __future__ import annotations

from pathlib import Path

from model import Size, build_model
from tokenizer import WordPiece
from weights import load_weights, published_size

from nni_hpo_ext.trial.data import Dataset, array_streams, text_dataset
from nni_hpo_ext.trial.keras import make_optimizer, regularisation, start_trial, train

DEFAULTS: dict[str, bool | int | float | str] = {
    "BATCH_SIZE": 32,
    "LEARNING_RATE": 5e-4,
    "NUM_EPOCH": 3,
    "WARMUP_PROPORTION": 0.1,
    # Not searched: how to train, on what, and how large.
    "DROP_OUT": 0.1,
    "LR_POLICY": "polynomial",
    "dataset": "texts",
    "weights": "",
    "length": 64,
    "vocabulary": 8000,
    "hidden": 128,
    "layers": 2,
    "heads": 2,
}


def main() -> None:
    """Train once, with the parameters from NNI or the command line, and report."""
    params, hardware = start_trial(DEFAULTS)
    texts = text_dataset(params["dataset"], params)
    folder = Path(params["weights"]) if params["weights"] else None
    if folder:
        tokenizer = WordPiece.from_file(folder / "vocab.txt")
        size = published_size(folder)
    else:
        tokenizer = WordPiece.from_texts(texts.train, params["vocabulary"])
        hidden = params["hidden"]
        size = Size(
            vocabulary=len(tokenizer.number),
            positions=params["length"],
            hidden=hidden,
            layers=params["layers"],
            heads=params["heads"],
            intermediate=4 * hidden,
        )
    tokens = Dataset(
        name=texts.name,
        x_train=tokenizer.encode(texts.train, params["length"]),
        y_train=texts.y_train,
        x_val=tokenizer.encode(texts.validation, params["length"]),
        y_val=texts.y_val,
        x_test=tokenizer.encode(texts.test, params["length"]),
        y_test=texts.y_test,
        num_classes=len(texts.classes),
        note=texts.name,
    )
    model = build_model(size, params["length"], tokens.num_classes, drop_out=params["DROP_OUT"])
    if folder:
        load_weights(model, folder)
    train(
        model,
        array_streams(tokens, params["seed"]),
        {**params, "LR_WARMUP": params["WARMUP_PROPORTION"]},
        hardware,
        optimizer=make_optimizer("adam", params["LEARNING_RATE"], **regularisation(params)),
        batch_size=params["BATCH_SIZE"],
        epochs=params["NUM_EPOCH"],
    )


if __name__ == "__main__":
    main()
