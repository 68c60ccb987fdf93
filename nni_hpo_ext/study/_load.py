"""Load studies from an experiment, a running manager or a trace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.study._find import find_experiment
from nni_hpo_ext.study._read import read_study
from nni_hpo_ext.study._rest_store import read_running
from nni_hpo_ext.study._served import is_served, read_served
from nni_hpo_ext.study._simulated import study_of_run
from nni_hpo_ext.study._study import Study
from nni_hpo_ext.trace import read_trace

__all__ = ["load_studies", "load_study"]


def load_studies(source: str) -> tuple[Study, ...]:
    """Read all studies of a source: one per experiment, one per optimisation of a trace.

    Parameters
    ----------
    source
        An experiment's id, a directory that holds ``db/nni.sqlite``, the address of a running
        experiment's WebUI (``http://...``), a trace that ``nni-hpo simulate --out`` wrote, or the
        URL or the directory of a study of ``nni-hpo serve``.

    Raises
    ------
    ExperimentError, DataError
        If the source does not exist or cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import load_studies
    >>> from nni_hpo_ext.trace import trace_lines
    >>> runs = simulate(Options("branin", protocol=Protocol(repeats=2, max_trials=5)))
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "branin.jsonl")
    ...     _ = path.write_text("".join(line for run in runs for line in trace_lines(run)))
    ...     [study.id for study in load_studies(str(path))]
    ['RANDOM, repeat 0', 'RANDOM, repeat 1']
    """
    if is_served(source):
        return (read_served(source),)
    if source.startswith(("http://", "https://")):
        return (read_running(source),)
    path = Path(source).expanduser()
    if path.is_file():
        return tuple(study_of_run(run, path) for run in read_trace(path))
    directory = find_experiment(source)
    if is_served(str(directory)):
        return (read_served(str(directory)),)
    return (read_study(directory),)


def load_study(source: str, tuner: str | None = None, repeat: int | None = None) -> Study:
    """Read one study; see `load_studies`.

    Parameters
    ----------
    source
        See `load_studies`.
    tuner, repeat
        Which optimisation of a trace; needed if the trace holds several.

    Raises
    ------
    ExperimentError, DataError
        See `load_studies`; also if a trace holds no such optimisation, or several.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import load_study
    >>> from nni_hpo_ext.trace import trace_lines
    >>> runs = simulate(Options("branin", protocol=Protocol(repeats=2, max_trials=5)))
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "branin.jsonl")
    ...     _ = path.write_text("".join(line for run in runs for line in trace_lines(run)))
    ...     load_study(str(path), repeat=1).id
    'RANDOM, repeat 1'
    """
    studies = load_studies(source)
    chosen = [s for s in studies if _is(s, "tuner", tuner) and _is(s, "repeat", repeat)]
    if len(chosen) == 1:
        return chosen[0]
    names = "; ".join(s.id for s in studies[:5]) + (" ..." if len(studies) > 5 else "")
    if not chosen:
        options = (("tuner", tuner), ("repeat", repeat))
        given = " ".join(f"--{key} {value}" for key, value in options if value is not None)
        known = ", ".join(
            f"--{key} {_values(studies, key)}" for key, value in options if value is not None
        )
        raise DataError(f"{source}: no optimisation with {given}; it holds {known or names}")
    raise DataError(
        f"{source} holds {len(chosen)} optimisations ({names}); choose one with --tuner and "
        "--repeat"
    )


def _values(studies: Sequence[Study], key: str) -> str:
    """Return the different values of a trace's key, for a message."""
    found = dict.fromkeys(str(s.config["simulation"][key]) for s in studies if s.simulated)
    return " or ".join(found)


def _is(study: Study, key: str, wanted: object) -> bool:
    """Return whether a study is the wanted one; an experiment always is."""
    header = study.config.get("simulation")
    return wanted is None or header is None or header[key] == wanted
