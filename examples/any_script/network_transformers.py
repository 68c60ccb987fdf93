"""A small BERT in the Hugging Face Trainer on handwritten digits: each pixel is a word.

The weights start at random, and nothing is downloaded.
"""

import argparse
import os

import digits
import numpy as np
import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

from nni_hpo_ext.trial import apply_parameters
from nni_hpo_ext.trial.transformers import TransformersReport

parser = argparse.ArgumentParser()
parser.add_argument("--learning-rate", type=float, default=0.003)
parser.add_argument("--hidden-size", type=int, default=32)
parser.add_argument("--batch-size", type=int, default=32)
parser.add_argument("--epochs", type=int, default=5)
args = apply_parameters(parser.parse_args())


def examples(images: np.ndarray, labels: np.ndarray) -> list[dict[str, torch.Tensor]]:
    words = torch.tensor((images * 16).astype("int64"))
    return [{"input_ids": w, "labels": torch.tensor(y)} for w, y in zip(words, labels, strict=True)]


def accuracy(prediction: tuple[np.ndarray, np.ndarray]) -> dict[str, float]:
    scores, labels = prediction
    return {"accuracy": float((scores.argmax(axis=1) == labels).mean())}


x, x_valid, y, y_valid = digits.load()
config = BertConfig(
    vocab_size=17,
    hidden_size=args.hidden_size,
    num_hidden_layers=1,
    num_attention_heads=2,
    intermediate_size=2 * args.hidden_size,
    max_position_embeddings=64,
    num_labels=10,
)
arguments = TrainingArguments(
    os.environ.get("NNI_OUTPUT_DIR", "."),
    learning_rate=args.learning_rate,
    num_train_epochs=args.epochs,
    per_device_train_batch_size=args.batch_size,
    per_device_eval_batch_size=256,
    eval_strategy="epoch",
    save_strategy="no",
    report_to=[],
    disable_tqdm=True,
)
with TransformersReport("digits", "eval_accuracy") as report:
    Trainer(
        BertForSequenceClassification(config),
        arguments,
        train_dataset=examples(x, y),
        eval_dataset=examples(x_valid, y_valid),
        compute_metrics=accuracy,
        callbacks=[report],
    ).train()
