"""The same search within one process: NniSearchCV needs no config and no NNI manager."""

import digits
from sklearn.svm import SVC

from nni_hpo_ext.search import NniSearchCV

SPACE = {
    "C": {"_type": "loguniform", "_value": [0.01, 100]},
    "gamma": {"_type": "loguniform", "_value": [0.001, 1]},
    "kernel": {"_type": "choice", "_value": ["rbf", "poly"]},
}

x, x_valid, y, y_valid = digits.load()
search = NniSearchCV(SVC(), SPACE, n_trials=20, cv=5, random_state=0).fit(x, y)
print(f"best parameters: {search.best_params_}")
print(f"cross-validation {search.best_score_:.3f}, validation {search.score(x_valid, y_valid):.3f}")
