"""A network of PyTorch in skorch on handwritten digits."""

import argparse

import digits
from skorch import NeuralNetClassifier
from torch import nn, optim

from nni_hpo_ext.trial import apply_parameters
from nni_hpo_ext.trial.skorch import SkorchReport

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.01)
parser.add_argument("--hidden", type=int, default=64)
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--epochs", type=int, default=15)
args = apply_parameters(parser.parse_args())

x, _, y, _ = digits.load()
with SkorchReport("digits", "valid_acc") as report:
    net = NeuralNetClassifier(
        nn.Sequential(nn.Linear(64, args.hidden), nn.ReLU(), nn.Linear(args.hidden, 10)),
        criterion=nn.CrossEntropyLoss,
        optimizer=optim.Adam,
        lr=args.lr,
        batch_size=args.batch_size,
        max_epochs=args.epochs,
        callbacks=[("nni", report)],
        verbose=0,
    )
    net.fit(x, y)
