"""Small training scripts in the shapes in which people write them."""

from __future__ import annotations

ARGPARSE = """
import argparse

OPTIMIZERS = ["sgd", "adam"]


def main():
    parser = argparse.ArgumentParser()
    group = parser.add_argument_group("optimizer")
    group.add_argument("--lr", "--learning-rate", dest="lr", type=float, default=0.1)
    group.add_argument("--wd", dest="weight_decay", default=1e-4, type=float)
    group.add_argument("--momentum", type=float, default=0.9)
    group.add_argument("--optimizer", choices=OPTIMIZERS, default="sgd")
    parser.add_argument("-b", "--batch-size", type=int, default=2 * 32)
    parser.add_argument("--hidden-dim", type=int, default=128)
    parser.add_argument("--n-estimators", type=int, default=100)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--nesterov", action="store_true")
    parser.add_argument("--no-bias", dest="bias", action="store_false")
    parser.add_argument("--arch", choices=sorted(MODELS), default="small")
    parser.add_argument("--betas", type=float, nargs="+", default=[0.9, 0.999])
    parser.add_argument("--hyp", default="hyp.yaml")
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--log-interval", type=int, default=10)
    parser.add_argument("--clip", type=float, default=None)
    parser.add_argument("--version", action="version", version="1")
    args = parser.parse_args()
    best_acc = 0
    for epoch in range(args.epochs):
        train_loss = train(epoch)
        val_acc = validate()
        best_acc = max(val_acc, best_acc)


main()
"""

DATACLASSES = '''
import sys
from dataclasses import dataclass, field
from typing import Literal, Optional

from transformers import HfArgumentParser
from settings import TrainingSettings
from nowhere import MissingSettings


@dataclass
class ModelArguments:
    """What to train."""

    model_name_or_path: str = field(metadata={"help": "a path"})
    hidden_dropout: float = field(default=0.1)
    activation: Literal["relu", "gelu"] = "relu"
    pooling: str = field(default="mean", metadata={"choices": ["mean", "max"]})
    freeze: Optional[bool] = field(default=False)
    layers: list[int] = field(default_factory=list)


parser = HfArgumentParser((ModelArguments, TrainingSettings, MissingSettings))
if len(sys.argv) == 2:
    model_args, training_args, _ = parser.parse_json_file(sys.argv[1])
else:
    model_args, training_args, _ = parser.parse_args_into_dataclasses()
'''

SETTINGS = """
from dataclasses import dataclass


@dataclass
class Base:
    learning_rate: float = 5e-5


@dataclass
class TrainingSettings(Base):
    warmup_ratio: "float | None" = 0.0
    output_dir: str = "out"
"""

CLICK = '''
import click


@click.command()
@click.option("--lr", default=0.01, type=click.FloatRange(0, 1))
@click.option("--optimizer", type=click.Choice(["sgd", "adam"]), default="sgd")
@click.option("--amsgrad/--no-amsgrad", default=True)
@click.argument("data")
def train(lr, optimizer, amsgrad, data):
    """Train."""
'''

TYPER = '''
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def train(
    data: Annotated[str, typer.Argument()],
    lr: Annotated[float, typer.Option(help="rate")] = 0.01,
    units: int = typer.Option(64, help="width"),
    verbose: bool = False,
) -> None:
    """Train."""
'''

CONSTANTS = """
import keras

learning_rate = 0.001
batch_size = 12
image_size = 72
patch_size = 6
num_patches = (image_size // patch_size) ** 2
num_heads = 4
out_dir = "out"
best_val_loss = 1e9


def train():
    for epoch in range(3):
        val_loss = evaluate()
"""
