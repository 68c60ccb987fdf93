"""A network in PyTorch Lightning on handwritten digits."""

import argparse

import digits
import torch
from lightning.pytorch import LightningModule, Trainer
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from nni_hpo_ext.trial import apply_parameters
from nni_hpo_ext.trial.lightning import LightningReport

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.01)
parser.add_argument("--hidden", type=int, default=64)
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--epochs", type=int, default=15)


class Net(LightningModule):
    """A network with one hidden layer."""

    def __init__(self, lr: float, hidden: int) -> None:
        super().__init__()
        self.lr = lr
        self.layers = nn.Sequential(nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, 10))

    def training_step(self, batch: list[torch.Tensor], index: int) -> torch.Tensor:
        return nn.functional.cross_entropy(self.layers(batch[0]), batch[1])

    def validation_step(self, batch: list[torch.Tensor], index: int) -> None:
        right = self.layers(batch[0]).argmax(dim=1) == batch[1]
        self.log("val_accuracy", right.float().mean())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=self.lr)


def main() -> None:
    args = apply_parameters(parser.parse_args())
    x, x_valid, y, y_valid = (torch.tensor(part) for part in digits.load())
    train = DataLoader(TensorDataset(x, y), args.batch_size, shuffle=True)
    valid = DataLoader(TensorDataset(x_valid, y_valid), len(x_valid))
    with LightningReport("digits", "val_accuracy") as report:
        trainer = Trainer(
            max_epochs=args.epochs,
            callbacks=[report],
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
        )
        trainer.fit(Net(args.lr, args.hidden), train, valid)


if __name__ == "__main__":
    main()
