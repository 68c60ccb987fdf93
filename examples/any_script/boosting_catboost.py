"""CatBoost on handwritten digits."""

import argparse

import digits
from catboost import CatBoostClassifier

from nni_hpo_ext.trial import apply_parameters
from nni_hpo_ext.trial.catboost import CatBoostReport

parser = argparse.ArgumentParser()
parser.add_argument("--learning-rate", type=float, default=0.1)
parser.add_argument("--depth", type=int, default=6)
parser.add_argument("--l2-leaf-reg", type=float, default=3.0)
parser.add_argument("--rounds", type=int, default=50)
args = apply_parameters(parser.parse_args())

x, x_valid, y, y_valid = digits.load()
model = CatBoostClassifier(
    iterations=args.rounds,
    learning_rate=args.learning_rate,
    depth=args.depth,
    l2_leaf_reg=args.l2_leaf_reg,
    allow_writing_files=False,
    verbose=False,
)
metric = "validation-MultiClass"
with CatBoostReport("digits", metric, mode="min", every=5, model=model) as report:
    model.fit(x, y, eval_set=(x_valid, y_valid), callbacks=[report])
