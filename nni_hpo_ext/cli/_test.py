"""The command `nni-hpo test`."""

from __future__ import annotations

import typer

from nni_hpo_ext.cli._console import Experiment

__all__ = ["test"]


def test(experiment: Experiment) -> None:
    """Score the best trial on the test part of the data, once, at the end.

    The search never sees that part. The score is kept in the experiment's directory, and
    nni-hpo report shows it.
    """
    from nni_hpo_ext.experiment import score_best
    from nni_hpo_ext.render import text
    from nni_hpo_ext.study import load_study

    study = load_study(experiment)
    known = study.score is not None
    score = score_best(study)
    goal = study.objectives[0].name
    typer.echo(
        f"trial {score.trial} on the test part of {score.dataset} ({score.examples} examples): "
        f"{score.metric} {text.value(score.value)}, {goal} in the search "
        f"{text.value(score.validation)}"
    )
    if known:
        typer.echo("scored before; the test part is used once", err=True)
