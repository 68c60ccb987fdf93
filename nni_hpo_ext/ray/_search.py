"""Suggest configurations to Ray Tune, from a tuner whose study is kept in a directory."""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ray.tune.search import Searcher

from nni_hpo_ext.arguments import one_of
from nni_hpo_ext.asktell import Refusal
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.ray._space import TuneSpace
from nni_hpo_ext.ray._study import TuneStudy, opened

__all__ = ["TunerSearch"]

_logger = logging.getLogger(__name__)

_DIRECTIONS = {"max": "maximize", "min": "minimize"}


class TunerSearch(Searcher):
    """A tuner as search algorithm of Ray Tune.

    The trials are kept in ``directory/name``, as by `nni-hpo serve`: `nni-hpo report`, ``watch``,
    ``compare`` and ``export`` read them. After ``tune.Tuner.restore`` the tuner continues from
    there. Configurations that were suggested after Ray had last saved its own state are then
    suggested again, so that no result is missing.

    Parameters
    ----------
    tuner
        Name of a registered tuner, such as ``Diversified``, ``Dragonfly`` or NNI's ``TPE``.
    space
        Search space of NNI or of Ray Tune; by default the ``param_space`` of the ``Tuner``, whose
        parameters are translated.
    metric
        The objective, or several ones in order of importance; by default that of ``TuneConfig``,
        which Ray passes on only together with a ``param_space``.
    mode
        ``"max"`` or ``"min"``, one for each metric.
    tuner_args
        Class arguments of the tuner; `metric`, `mode` and `seed` are passed to it.
    seed
        Seed of the tuner; drawn by default.
    directory
        Folder of studies, on a disk that outlives the driver.
    name
        The study. A study that exists is continued: the tuner knows its results. By default a new
        one.

    Raises
    ------
    ConfigError
        If an argument is invalid.

    Examples
    --------
    >>> from ray import tune
    >>> search = TunerSearch("Diversified", {"lr": tune.loguniform(1e-4, 1e-1)},
    ...                      metric="accuracy", mode="max")
    >>> tuner = tune.Tuner(  # doctest: +SKIP
    ...     train,
    ...     tune_config=tune.TuneConfig(search_alg=search, num_samples=50, max_concurrent_trials=4),
    ... )
    """

    _metric: str | list[str] | None
    _mode: str | list[str] | None

    def __init__(
        self,
        tuner: str,
        space: Mapping[str, Any] | None = None,
        *,
        metric: str | Sequence[str] | None = None,
        mode: str | Sequence[str] | None = None,
        tuner_args: Mapping[str, Any] | None = None,
        seed: int | None = None,
        directory: str | Path = "studies",
        name: str | None = None,
    ) -> None:
        metric, mode = _plain(metric), _plain(mode)
        _require_pairs(metric, mode)
        super().__init__(metric=metric, mode=mode)
        self._definition: dict[str, Any] = {
            "tuner": {"name": tuner, "classArgs": _json("tuner_args", tuner_args)},
            "assessor": None,
            "seed": seed,
            "max_trials": None,  # Ray counts them
            "lease_seconds": None,  # and knows which of them run
        }
        self._space = None if space is None else TuneSpace(space)
        self._directory = Path(directory).resolve()
        self._name = name or f"ray-{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:6]}"
        self._known: list[str] = []  # Ray's ids of the trials that it was given
        self._is_restored = False

    @property
    def directory(self) -> Path:
        """Directory of the study."""
        return self._directory / self._name

    @property
    def assessor_name(self) -> str:
        """Name of the assessor, empty without one."""
        return str((self._definition["assessor"] or {}).get("name", ""))

    def use_assessor(self, name: str, arguments: Mapping[str, Any] | None = None) -> None:
        """Set the assessor; `AssessorScheduler` calls it.

        Raises
        ------
        ConfigError
            If there is one already.
        """
        if self._definition["assessor"] is not None:
            raise ConfigError(f"the searcher already has the assessor {self.assessor_name}")
        chosen = {"name": name, "classArgs": _json("assessor_args", arguments)}
        self._definition["assessor"] = chosen

    # ---------------------------------------------------------------- called by Ray: suggestions

    def set_search_properties(
        self, metric: str | None, mode: str | None, config: dict[str, Any], **spec: Any
    ) -> bool:
        """Take metric, mode and search space from ``Tuner``, where the constructor got none.

        Parameters
        ----------
        metric, mode
            Those of ``TuneConfig``.
        config
            The ``param_space``.
        **spec
            Further settings of the run, which are not needed.

        Returns
        -------
        bool
            Whether the searcher has no search space but this one.
        """
        if metric is not None and self._metric is None:
            self._metric = metric
        if mode is not None and self._mode is None:
            self._mode = mode
        if self._space is not None:
            return False
        self._space = TuneSpace(config)
        return True

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
        """Return a configuration for a new trial, ``FINISHED`` if there are no more.

        Raises
        ------
        ConfigError
            If metric, mode or search space are missing or cannot be used.
        """
        study = self._study()
        try:
            trial = study.suggest(trial_id, self._known, self._is_restored)
        except Refusal as refusal:
            # An exception would end the driver and all running trials.
            level = logging.ERROR if refusal.status >= 500 else logging.INFO
            _logger.log(level, "no more trials: %s", refusal)
            return str(Searcher.FINISHED)
        self._known.append(trial_id)
        assert self._space is not None
        return self._space.config(trial.params)

    def _study(self) -> TuneStudy:
        return opened(self.directory, self._complete())

    def _complete(self) -> dict[str, Any]:
        objectives = self._objectives()
        if not objectives:
            raise ConfigError("TunerSearch needs metric and mode: pass them to its constructor")
        space = {} if self._space is None else self._space.search_space
        if not space:
            raise ConfigError(
                "TunerSearch needs a search space: pass it to its constructor, or as param_space"
            )
        return {**self._definition, "search_space": space, "objectives": objectives}

    def _objectives(self) -> dict[str, str]:
        if not self._metric or not self._mode:
            return {}
        metrics = [self._metric] if isinstance(self._metric, str) else self._metric
        modes = [self._mode] if isinstance(self._mode, str) else self._mode
        return {m: _DIRECTIONS[way] for m, way in zip(metrics, modes, strict=True)}

    # ---------------------------------------------------------------- called by Ray: results

    def record(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Record an intermediate result; return whether the assessor stops the trial."""
        return self._study().record(trial_id, result)

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        """Record an intermediate result."""
        self.record(trial_id, result)

    def on_trial_complete(
        self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False
    ) -> None:
        """Record the end of a trial.

        Parameters
        ----------
        trial_id
            Ray's id of the trial.
        result
            Its last result, None if it never ran or failed.
        error
            Whether it failed.
        """
        self._study().end(trial_id, result, error)

    # ---------------------------------------------------------------- called by Ray: its own state

    def save(self, checkpoint_path: str) -> None:
        """Save which trials Ray knows; all else is in the study."""
        Path(checkpoint_path).write_text(json.dumps(self._known), encoding="utf-8")

    def restore(self, checkpoint_path: str) -> None:
        """Restore what `save` wrote."""
        self._known = json.loads(Path(checkpoint_path).read_text(encoding="utf-8"))
        self._is_restored = True


def _plain(given: str | Sequence[str] | None) -> str | list[str] | None:
    return given if given is None or isinstance(given, str) else list(given)


def _require_pairs(metric: str | list[str] | None, mode: str | list[str] | None) -> None:
    modes = [] if mode is None else [mode] if isinstance(mode, str) else mode
    for way in modes:
        one_of("mode", way, tuple(_DIRECTIONS))
    metrics = [] if metric is None else [metric] if isinstance(metric, str) else metric
    if metrics and modes and (type(metric) is not type(mode) or len(metrics) != len(modes)):
        raise ConfigError(f"give one mode for each metric, got {metric!r} and {mode!r}")
    if len(set(metrics)) < len(metrics):
        raise ConfigError(f"metrics must differ, got {metrics!r}")


def _json(name: str, arguments: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return class arguments as the study's file keeps them."""
    try:
        plain: dict[str, Any] = json.loads(json.dumps(dict(arguments or {}), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{name} must hold plain JSON values: {error}") from error
    return plain
