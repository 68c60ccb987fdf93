"""Propose a search space for the options of a script."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.script._option import ScriptOption
from nni_hpo_ext.script._ranges import Entry, choice, count, factor
from nni_hpo_ext.script._rules import CHOICE, COUNT, FLAG, NUMBER, range_rule, reason_to_skip

__all__ = ["SpaceProposal", "propose"]

_Ranked = tuple[int, Entry]


@dataclass(frozen=True, slots=True)
class SpaceProposal:
    """A search space for a script.

    Attributes
    ----------
    space
        The search space in NNI's form.
    left_out
        Why each other option is not in it, by name.
    """

    space: Mapping[str, Entry]
    left_out: Mapping[str, str]


def propose(
    options: Sequence[ScriptOption],
    most: int = 20,
    include: Collection[str] = (),
    exclude: Collection[str] = (),
) -> SpaceProposal:
    """Propose ranges around the defaults of a script's options.

    Parameters
    ----------
    options
        The options.
    most
        Largest number of parameters, apart from those in ``include``. Learning rates, batch sizes
        and regularisation come first, flags and numbers with unknown names last.
    include
        Names of options to search although their names speak against it.
    exclude
        Names of options to leave out.

    Raises
    ------
    ConfigError
        If an option in ``include`` does not exist or has no range, or one in ``exclude`` does not
        exist.

    Examples
    --------
    >>> lr = ScriptOption("lr", "float", default=0.01)
    >>> proposal = propose([lr, ScriptOption("seed", "int", default=1)])
    >>> dict(proposal.space)
    {'lr': {'_type': 'loguniform', '_value': [0.001, 0.1]}}
    >>> dict(proposal.left_out)
    {'seed': 'a random seed'}
    """
    _require_known(options, [*include, *exclude])
    found: dict[str, _Ranked] = {}
    left_out = dict.fromkeys(exclude, "excluded")
    for option in options:
        if option.name in left_out:
            continue
        entry = _entry(option, forced=option.name in include)
        if isinstance(entry, str):
            left_out[option.name] = entry
        else:
            found[option.name] = entry
    _require_ranges(include, left_out)
    kept = set(_first(found, most, include)) | set(include)
    left_out |= {n: f"more than {most} parameters" for n in found if n not in kept}
    return SpaceProposal({n: entry for n, (_, entry) in found.items() if n in kept}, left_out)


def _first(found: Mapping[str, _Ranked], most: int, include: Collection[str]) -> Iterator[str]:
    """Yield the names of the options with the lowest ranks."""
    free = sorted((rank, name) for name, (rank, _) in found.items() if name not in include)
    places = {name: place for place, name in enumerate(found)}
    in_order = sorted(free, key=lambda item: (item[0], places[item[1]]))
    return (name for _, name in in_order[:most])


def _require_known(options: Sequence[ScriptOption], names: Sequence[str]) -> None:
    known = {option.name for option in options}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ConfigError(f"the script has no option {unknown[0]!r}; it has {', '.join(known)}")


def _require_ranges(include: Collection[str], left_out: Mapping[str, str]) -> None:
    for name in include:
        if name in left_out:
            raise ConfigError(f"no range can be proposed for {name}: {left_out[name]}")


def _entry(option: ScriptOption, forced: bool) -> _Ranked | str:
    """Return the rank and the entry of an option, or why it has none."""
    skipped = "" if forced else reason_to_skip(option.name)
    if option.obstacle or skipped:
        return option.obstacle or skipped
    if option.choices:
        return _choice(option)
    if option.kind == "bool":
        default = bool(option.default)
        return FLAG, choice([default, not default])
    if option.default is None:
        return "it is required" if option.required else "it has no default to start from"
    if not isinstance(option.default, (int, float)):
        return "text without a list of choices"
    return _number(option, float(option.default))


def _choice(option: ScriptOption) -> _Ranked | str:
    if len(option.choices) < 2:
        return "it has a single choice"
    if any(not isinstance(value, (str, int, float, type(None))) for value in option.choices):
        return "its choices are computed when the script runs"
    return CHOICE, choice(option.choices)


def _number(option: ScriptOption, default: float) -> _Ranked | str:
    rule = range_rule(option.name)
    is_count = option.kind == "int" and default.is_integer()
    by_kind = count if is_count else partial(factor, times=3)
    rank = rule.rank if rule else (COUNT if is_count else NUMBER)
    entry = rule.propose(default) if rule else by_kind(default)
    # The rule expects another kind of number: a share that is a count, a size with fractions.
    if isinstance(entry, str) or (is_count and entry["_type"] in ("loguniform", "uniform")):
        entry = by_kind(default)
    return entry if isinstance(entry, str) else (rank, entry)
