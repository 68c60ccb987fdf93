"""Set up an NNI experiment for a training script."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.script._advise import Advice, advise
from nni_hpo_ext.script._propose import SpaceProposal, propose
from nni_hpo_ext.script._read import Script, read_script
from nni_hpo_ext.script._reporting import find_reporting
from nni_hpo_ext.script._write import write_experiment
from nni_hpo_ext.types import Direction

__all__ = ["Initialised", "init_experiment", "init_lines"]

_KINDS = {
    "argparse": "argparse",
    "dataclass": "fields of dataclasses",
    "command": "arguments of a command",
    "constants": "constants",
    "none": "",
}


@dataclass(frozen=True, slots=True)
class Initialised:
    """An experiment set up for a script.

    Attributes
    ----------
    script
        The script and its options.
    proposal
        The search space, and what it leaves out.
    advice
        What to add to the script.
    direction
        Whether the results are to be maximised, guessed from the name of the metric.
    config
        The written config.
    """

    script: Script
    proposal: SpaceProposal
    advice: tuple[Advice, ...]
    direction: Direction
    config: Path


def init_experiment(
    path: Path,
    folder: Path,
    *,
    most: int = 20,
    include: Collection[str] = (),
    exclude: Collection[str] = (),
    force: bool = False,
) -> Initialised:
    """Write a search space and a config for a training script, which is read and never run.

    Parameters
    ----------
    path
        The script.
    folder
        Where to write ``search_space.json`` and ``config.yml``.
    most
        Largest number of parameters to search.
    include, exclude
        Names of options to search, or to leave out, in any case.
    force
        Whether to replace existing files.

    Raises
    ------
    DataError
        If the script cannot be read.
    ConfigError
        If it has no option to search, a name is not an option, or a file exists.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     script = Path(folder, "train.py")
    ...     _ = script.write_text("learning_rate = 0.1")
    ...     made = init_experiment(script, Path(folder))
    >>> list(made.proposal.space), made.config.name
    (['learning_rate'], 'config.yml')
    """
    script = read_script(path)
    proposal = propose(script.options, most, include, exclude)
    if not proposal.space:
        reasons = "; ".join(f"{n}: {r}" for n, r in proposal.left_out.items()) or "it has none"
        raise ConfigError(f"{path}: no option can be searched ({reasons:.300})")
    reporting = find_reporting(script.source.tree)
    mode: Direction = "minimize" if reporting.minimize else "maximize"
    required = tuple(o.flag or o.name for o in script.options if o.required)
    _, config = write_experiment(
        path, proposal.space, folder, mode=mode, required=required, force=force
    )
    advice = tuple(advise(script, proposal.space, reporting))
    return Initialised(script, proposal, advice, mode, config)


def init_lines(made: Initialised) -> Iterator[str]:
    """Yield what was proposed, what was left out and why, and what to add to the script.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     script = Path(folder, "train.py")
    ...     _ = script.write_text("learning_rate = 0.1")
    ...     next(init_lines(init_experiment(script, Path(folder))))
    'train.py: 1 option (constants), 1 in the search space'
    """
    options, space = made.script.options, made.proposal.space
    name = made.script.source.path.name
    many = "option" if len(options) == 1 else "options"
    style = _KINDS[made.script.style]
    yield f"{name}: {len(options)} {many} ({style}), {len(space)} in the search space"
    width = max(map(len, [*space, *made.proposal.left_out]))
    defaults = {option.name: option.default for option in options}
    for key, entry in space.items():
        yield f"  {key:{width}}  {entry['_type']} {entry['_value']}, default {defaults[key]!r}"
    yield from _left_out(made, width)
    yield from (f"Not read: {gap}" for gap in made.script.gaps)
    yield f"Add to {name}:"
    for advice in made.advice:
        yield f"  {advice.where}" + (":" if advice.code else "")
        yield from (f"      {line}" for line in advice.code)
    yield "What is reported must be the validation metric of the epoch, a number."
    yield f"The config says to {made.direction} it: change both optimize_mode if that is wrong."
    yield f"Then: nni-hpo check --trial {made.config}, nni-hpo run {made.config}"


def _left_out(made: Initialised, width: int) -> Iterator[str]:
    if made.proposal.left_out:
        yield "Left out (--include NAME searches an option in spite of its name):"
    for name, reason in made.proposal.left_out.items():
        yield f"  {name:{width}}  {reason}"
