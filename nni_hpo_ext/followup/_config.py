"""Write the config of the experiment that goes on where another one ended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.registry import class_named
from nni_hpo_ext.report import Narrowing, config_of, config_text, next_space
from nni_hpo_ext.study import Study, TrialRecord

__all__ = ["NextConfig", "WarmStart", "next_config"]

WarmStart = Literal["all", "best", "none"]
_TUNERS = "nni_hpo_ext.tuners."
_MOST_BEST = 20  # results written into a config


@dataclass(frozen=True, slots=True)
class NextConfig:
    """The config of a next experiment.

    Attributes
    ----------
    config
        The config, in NNI's form.
    narrowing
        The proposed search space with a reason for each change; None if the old one is kept.
    notes
        What the config does, and what it does not, a sentence each.

    Examples
    --------
    >>> print(NextConfig({"tuner": {"name": "Grid"}}, None, ("20 trials",)).text(), end="")
    # 20 trials
    tuner: {name: Grid}
    """

    config: Mapping[str, Any]
    narrowing: Narrowing | None
    notes: tuple[str, ...]

    def text(self) -> str:
        """Return the config as YAML, with the notes and the changes as comments."""
        lines = [*self.notes, *self.changes()]
        return "".join(f"# {line}\n" for line in lines) + config_text(self.config)

    def changes(self) -> list[str]:
        """Return the changes of the search space, a line each."""
        changes = self.narrowing.changes if self.narrowing else ()
        shown = [c for c in changes if c.kind != "kept"]
        return [
            f"{c.name}: {c.kind}"
            + (f" from {c.before} to {c.after}" if c.changed else "")
            + f": {c.reason}"
            for c in shown
        ]


def next_config(
    study: Study,
    *,
    trials: int | None = None,
    warm_start: WarmStart = "all",
    keep_space: bool = False,
) -> NextConfig:
    """Return the config of the experiment after another one.

    It has the proposed search space (see `nni_hpo_ext.report.next_space`), and a tuner of this
    package learns from the earlier results before its first suggestion.

    Parameters
    ----------
    study
        The experiment.
    trials
        Number of trials; by default as many as before.
    warm_start
        ``all``: learn from all results that lie in the new space, read where the experiment is;
        ``best``: from the best ones (at most 20, the Pareto front first), which become part of the
        config, so that it can be used on another machine; ``none``.
    keep_space
        Keep the search space.

    Raises
    ------
    DataError
        If the study is not an NNI experiment, or its search space is not known.

    Examples
    --------
    >>> from nni_hpo_ext.followup import next_config
    >>> from nni_hpo_ext.study import load_study
    >>> next_config(load_study("latest"), trials=50).config["maxTrialNumber"]  # doctest: +SKIP
    50
    """
    if not study.trial_setting("trialCommand"):
        raise DataError(
            f"{study.id} is not an NNI experiment with a trial command, so there is no config to "
            "go on with; in Python, study.next_space() is the proposed search space, and "
            'tuner_args={"start_from": ...} of hpo.optimize goes on from a study'
        )
    config = config_of(study)
    narrowing = None if keep_space else next_space(study)
    config["experimentName"] = _next_name(study.name or study.id)
    if narrowing is not None:
        config["searchSpace"] = narrowing.space
    if trials is not None:
        config["maxTrialNumber"] = trials
    notes = [f"Goes on from {study.id}.", _space_note(narrowing)]
    notes.append(_learn(config, study, warm_start))
    notes.append(_budget(config))
    return NextConfig(config, narrowing, tuple(notes))


def _next_name(name: str) -> str:
    """Return a name with the number that follows its own."""
    match = re.fullmatch(r"(.*?)-(\d{1,6})", name)
    return f"{match[1]}-{int(match[2]) + 1}" if match else f"{name}-2"


def _space_note(narrowing: Narrowing | None) -> str:
    if narrowing is None:
        return "The search space is kept."
    changed = sum(change.changed for change in narrowing.changes)
    if not changed:
        return "The search space is kept: there is no evidence for a change."
    return (
        f"{changed} of {len(narrowing.changes)} parameters have new ranges, from the evidence of "
        f"{narrowing.trials} trials."
    )


def _learn(config: dict[str, Any], study: Study, warm_start: WarmStart) -> str:
    """Let the tuner learn from the results; return what it does."""
    tuner = config.get("tuner")
    if not isinstance(tuner, Mapping) or not _is_ours(tuner):
        name = (tuner or {}).get("name", "the tuner")
        return f"{name} cannot learn from earlier results: only tuners of this package do."
    arguments = {k: v for k, v in (tuner.get("classArgs") or {}).items() if k != "start_from"}
    config["tuner"] = {**tuner, "classArgs": arguments}
    known = study.ranking
    if warm_start == "none" or not known:
        return "The tuner starts without earlier results."
    if warm_start == "all" and study.directory is not None:
        arguments["start_from"] = str(study.directory.resolve())
        return f"The tuner learns from the results of {study.id} that lie in the search space."
    best = list({t.number: t for t in (*study.front, *known)}.values())[:_MOST_BEST]
    arguments["start_from"] = [_entry(trial) for trial in best]
    return f"The tuner learns from the {len(best)} best results of {study.id}."


def _is_ours(tuner: Mapping[str, Any]) -> bool:
    name = str(tuner.get("name") or "")
    return class_named(name) is not None or str(tuner.get("className", "")).startswith(_TUNERS)


def _entry(trial: TrialRecord) -> dict[str, Any]:
    return {"parameter": dict(trial.params or {}), "value": dict(trial.values)}


def _budget(config: Mapping[str, Any]) -> str:
    limits = [
        f"{config['maxTrialNumber']} trials" if config.get("maxTrialNumber") else "",
        f"{config['maxExperimentDuration']}" if config.get("maxExperimentDuration") else "",
    ]
    said = " or ".join(limit for limit in limits if limit)
    return f"Budget: {said}." if said else "Without a limit of trials or time."
