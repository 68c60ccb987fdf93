"""Short trainings on handwritten digits, one function for each framework.

Each takes a `ReportingCallback` class of ours, trains inside its context, and returns the metric
of each epoch as the framework itself records it.
"""

from __future__ import annotations

from typing import Any

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

ROUNDS = 3


def data() -> Any:
    x, y = load_digits(return_X_y=True)
    return train_test_split((x[:400] / 16).astype("float32"), y[:400], random_state=0)


def xgboost() -> list[float]:
    from xgboost import XGBClassifier

    from nni_hpo_ext.trial.xgboost import XGBoostReport

    x, x_valid, y, y_valid = data()
    with XGBoostReport("digits", "validation_0-mlogloss") as report:
        # The rate is far too large: the loss rises.
        model = XGBClassifier(n_estimators=ROUNDS, learning_rate=7.0, callbacks=[report], n_jobs=1)
        model.fit(x, y, eval_set=[(x_valid, y_valid)], verbose=False)
    return list(model.evals_result()["validation_0"]["mlogloss"])


def lightgbm() -> list[float]:
    from lightgbm import LGBMClassifier, record_evaluation

    from nni_hpo_ext.trial.lightgbm import LightGBMReport

    x, x_valid, y, y_valid = data()
    curve: dict[str, Any] = {}
    with LightGBMReport("digits", "valid_0-multi_logloss") as report:
        model = LGBMClassifier(n_estimators=ROUNDS, learning_rate=2.0, n_jobs=1, verbose=-1)
        callbacks = [report, record_evaluation(curve)]
        model.fit(x, y, eval_set=[(x_valid, y_valid)], callbacks=callbacks)
    return list(curve["valid_0"]["multi_logloss"])


def catboost() -> list[float]:
    from catboost import CatBoostClassifier

    from nni_hpo_ext.trial.catboost import CatBoostReport

    x, x_valid, y, y_valid = data()
    model = CatBoostClassifier(
        iterations=ROUNDS, learning_rate=0.5, depth=3, thread_count=1, allow_writing_files=False
    )
    with CatBoostReport("digits", "validation-MultiClass", mode="min", model=model) as report:
        model.fit(x, y, eval_set=(x_valid, y_valid), callbacks=[report], verbose=False)
    return list(model.get_evals_result()["validation"]["MultiClass"])


def module() -> Any:
    from torch import manual_seed, nn

    manual_seed(0)
    return nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))


def skorch() -> list[float]:
    from skorch import NeuralNetClassifier
    from torch import nn

    from nni_hpo_ext.trial.skorch import SkorchReport

    x, _, y, _ = data()
    with SkorchReport("digits", "valid_loss") as report:
        net = NeuralNetClassifier(
            module(), criterion=nn.CrossEntropyLoss, lr=4.0, max_epochs=ROUNDS, verbose=0,
            callbacks=[("nni", report)],
        )  # fmt: skip
        net.fit(x, y.astype("int64"))
    return [float(epoch["valid_loss"]) for epoch in net.history]


def lightning() -> list[float]:
    import torch
    from lightning.pytorch import LightningModule, Trainer
    from torch.utils.data import DataLoader, TensorDataset

    from nni_hpo_ext.trial.lightning import LightningReport

    losses: list[float] = []

    class Net(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = module()

        def training_step(self, batch: Any, index: int) -> Any:
            return torch.nn.functional.cross_entropy(self.net(batch[0]), batch[1])

        def validation_step(self, batch: Any, index: int) -> None:
            self.log("val_loss", self.training_step(batch, index))

        def on_validation_epoch_end(self) -> None:
            if not self.trainer.sanity_checking:
                losses.append(float(self.trainer.callback_metrics["val_loss"]))

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=4.0)

    x, x_valid, y, y_valid = data()
    batches = [
        DataLoader(TensorDataset(torch.tensor(a), torch.tensor(b)), batch_size=400)
        for a, b in ((x, y), (x_valid, y_valid))
    ]
    with LightningReport("digits", "val_loss") as report:
        trainer = Trainer(
            max_epochs=ROUNDS, accelerator="cpu", logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False, callbacks=[report],
        )  # fmt: skip
        trainer.fit(Net(), *batches)
    return losses


def transformers() -> list[float]:
    import tempfile

    import torch
    from transformers import (
        BertConfig,
        BertForSequenceClassification,
        Trainer,
        TrainingArguments,
    )

    from nni_hpo_ext.trial.transformers import TransformersReport

    x, x_valid, y, y_valid = data()
    # A pixel is a word, its brightness the word's number.
    train, valid = (
        [{"input_ids": torch.tensor((a * 16).astype("int64")), "labels": int(b)} for a, b in pairs]
        for pairs in (
            zip(x[:64], y[:64], strict=True),
            zip(x_valid[:64], y_valid[:64], strict=True),
        )
    )
    config = BertConfig(
        vocab_size=17, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=64, num_labels=10,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, TransformersReport("digits") as report:
        arguments = TrainingArguments(
            folder, num_train_epochs=ROUNDS, eval_strategy="epoch", save_strategy="no",
            report_to=[], use_cpu=True, disable_tqdm=True, learning_rate=1.0,
        )  # fmt: skip
        trainer = Trainer(
            BertForSequenceClassification(config), arguments, train_dataset=train,
            eval_dataset=valid, callbacks=[report],
        )  # fmt: skip
        trainer.train()
    return [entry["eval_loss"] for entry in trainer.state.log_history if "eval_loss" in entry]


FILES = {
    "xgboost": "model.json",
    "lightgbm": "model.txt",
    "catboost": "model.cbm",
    "skorch": "model.pt",
    "lightning": "model.ckpt",
    "transformers": "model.safetensors",
}
