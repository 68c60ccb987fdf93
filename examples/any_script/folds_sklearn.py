"""A support vector machine of scikit-learn on handwritten digits, cross-validated fold by fold."""

import argparse

import digits
from sklearn.svm import SVC

from nni_hpo_ext.trial import apply_parameters
from nni_hpo_ext.trial.sklearn import report_folds

parser = argparse.ArgumentParser()
parser.add_argument("--C", type=float, default=1.0)
parser.add_argument("--gamma", type=float, default=0.1)
parser.add_argument("--kernel", choices=["rbf", "poly"], default="rbf")
args = apply_parameters(parser.parse_args())

x, _, y, _ = digits.load()
report_folds(SVC(C=args.C, gamma=args.gamma, kernel=args.kernel), x, y, "digits", cv=5)
