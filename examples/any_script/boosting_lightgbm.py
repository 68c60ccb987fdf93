"""LightGBM on handwritten digits."""

import argparse

import digits
from lightgbm import LGBMClassifier

from nni_hpo_ext.trial import apply_parameters
from nni_hpo_ext.trial.lightgbm import LightGBMReport

parser = argparse.ArgumentParser()
parser.add_argument("--learning-rate", type=float, default=0.1)
parser.add_argument("--num-leaves", type=int, default=31)
parser.add_argument("--min-child-samples", type=int, default=20)
parser.add_argument("--rounds", type=int, default=50)
args = apply_parameters(parser.parse_args())

x, x_valid, y, y_valid = digits.load()
with LightGBMReport("digits", "valid_0-multi_logloss", every=5) as report:
    model = LGBMClassifier(
        n_estimators=args.rounds,
        learning_rate=args.learning_rate,
        num_leaves=args.num_leaves,
        min_child_samples=args.min_child_samples,
        verbose=-1,
    )
    model.fit(x, y, eval_set=[(x_valid, y_valid)], callbacks=[report])
