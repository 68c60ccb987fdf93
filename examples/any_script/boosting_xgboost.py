"""XGBoost on handwritten digits."""

import argparse

import digits
from xgboost import XGBClassifier

from nni_hpo_ext.trial import apply_parameters
from nni_hpo_ext.trial.xgboost import XGBoostReport

parser = argparse.ArgumentParser()
parser.add_argument("--learning-rate", type=float, default=0.3)
parser.add_argument("--max-depth", type=int, default=6)
parser.add_argument("--subsample", type=float, default=1.0)
parser.add_argument("--rounds", type=int, default=50)
args = apply_parameters(parser.parse_args())

x, x_valid, y, y_valid = digits.load()
with XGBoostReport("digits", "validation_0-mlogloss", every=5) as report:
    model = XGBClassifier(
        n_estimators=args.rounds,
        learning_rate=args.learning_rate,
        max_depth=args.max_depth,
        subsample=args.subsample,
        callbacks=[report],
    )
    model.fit(x, y, eval_set=[(x_valid, y_valid)], verbose=False)
