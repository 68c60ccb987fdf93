"""Search hyperparameters of scikit-learn estimators with our tuners, without NNI."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from sklearn.exceptions import FitFailedWarning

# scikit-learn's extension point for searches; it has no public name.
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import check_random_state

from nni_hpo_ext.arguments import one_of, whole_number
from nni_hpo_ext.asktell import make_tuner
from nni_hpo_ext.metrics import DEFAULT
from nni_hpo_ext.registry import ALGORITHMS
from nni_hpo_ext.simulate.driver import Notes, TunerDriver
from nni_hpo_ext.types import Params

__all__ = ["NniSearchCV"]

_LARGEST_SEED = 2**31 - 1


class NniSearchCV(BaseSearchCV):
    """Search of hyperparameters by cross-validation, with one of this package's tuners.

    It is used as scikit-learn's ``RandomizedSearchCV`` is: `fit` searches and fits the best
    configuration to all data, and the object then predicts with it. The tuner runs in this process;
    neither NNI's manager nor a config is needed.

    Parameters
    ----------
    estimator
        The estimator.
    search_space
        NNI search space of its parameters, named as for ``set_params``: ``"C"``, or ``"svc__C"``
        within a pipeline.
    tuner
        Name of a registered tuner, such as ``Parzen``, ``GaussianProcess`` or ``Diversified``.
    tuner_args
        Class arguments of the tuner. The scores are maximised.
    n_trials
        Number of configurations to try.
    scoring, n_jobs, refit, cv, verbose, error_score, return_train_score
        As for ``RandomizedSearchCV``. ``n_jobs`` is also the number of configurations that the
        tuner suggests before it learns their scores. A batch of which all fits fail is left out of
        ``cv_results_``, with a warning; if no fit at all succeeds, `fit` raises the error.
    random_state
        Seed of the tuner.

    Attributes
    ----------
    best_estimator_, best_params_, best_score_, best_index_, cv_results_, scorer_, n_splits_
        As for ``RandomizedSearchCV``.

    Raises
    ------
    ConfigError
        In `fit`, if the tuner is not known, or an argument or the search space is invalid.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> x, y = load_iris(return_X_y=True)
    >>> space = {"C": {"_type": "loguniform", "_value": [0.01, 100]}}
    >>> search = NniSearchCV(LogisticRegression(max_iter=500), space, n_trials=5, random_state=0)
    >>> sorted(search.fit(x, y).best_params_)
    ['C']
    """

    def __init__(
        self,
        estimator: Any,
        search_space: Mapping[str, Any],
        *,
        tuner: str = "Parzen",
        tuner_args: Mapping[str, Any] | None = None,
        n_trials: int = 30,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
    ) -> None:
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.search_space = search_space
        self.tuner = tuner
        self.tuner_args = tuner_args
        self.n_trials = n_trials
        self.random_state = random_state

    def _run_search(self, evaluate_candidates: Callable[[Sequence[Params]], Any]) -> None:
        """Let the tuner suggest candidates until all trials are done; called by `fit`."""
        n_trials = whole_number("n_trials", self.n_trials, 1)
        tuner, size = self._make_tuner(), effective_n_jobs(self.n_jobs)
        done, error = 0, None
        has_scores = False
        while done < n_trials:
            suggested = tuner.ask(range(done, min(done + size, n_trials)))
            if not suggested:  # every configuration was tried
                break
            try:
                results = evaluate_candidates([_typed(p, self.search_space) for p in suggested])
                scores, has_scores = self._scores(results)[-len(suggested) :], True
            except ValueError as failure:  # scikit-learn's, if all fits of the batch failed
                error, scores = failure, [math.nan] * len(suggested)
                self._require_tolerance(failure)
            for params, score in zip(suggested, scores, strict=True):
                if math.isfinite(score):
                    tuner.complete(done, params, float(score))
                else:
                    tuner.fail(done, params)
                done += 1
        if error is not None and not has_scores:
            raise error

    def _require_tolerance(self, failure: ValueError) -> None:
        """Raise the error if the user wants errors, else warn of it."""
        if self.error_score == "raise":
            raise failure
        warnings.warn(str(failure), FitFailedWarning, stacklevel=2)

    def _make_tuner(self) -> TunerDriver:
        # Cross-validation has no epochs that a tuner could set.
        known = [e.name for e in ALGORITHMS if e.kind == "tuner" and not e.sets_budget]
        name = one_of("tuner", self.tuner, known)
        seed = check_random_state(self.random_state).randint(_LARGEST_SEED)
        definition = {
            "tuner": {"name": name, "classArgs": dict(self.tuner_args or {})},
            "objectives": {DEFAULT: "maximize"},
            "seed": int(seed),
        }
        tuner, label = make_tuner(definition)
        return TunerDriver(tuner, label, self.search_space, Notes())

    def _scores(self, results: Mapping[str, Any]) -> Any:
        """Return the mean scores by which `fit` chooses."""
        metric = self.refit if isinstance(self.refit, str) and self._is_multimetric() else "score"
        return results[f"mean_test_{metric}"]

    def _is_multimetric(self) -> bool:
        return isinstance(self.scoring, (list, tuple, set, Mapping))


def _typed(params: Params, space: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with integers where steps of one are given: NNI makes them floats."""
    return {name: _with_step(value, space[name]) for name, value in params.items()}


def _with_step(value: Any, entry: Mapping[str, Any]) -> Any:
    is_stepped = entry["_type"].startswith("q") and isinstance(entry["_value"][-1], int)
    whole = is_stepped and isinstance(value, float) and math.isclose(value, round(value))
    return round(value) if whole else value
