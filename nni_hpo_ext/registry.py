"""List of the package's algorithms and stopping rules, and their registration with NNI.

`check`, `audit`, `simulate` and the command line read this list. After `register` NNI knows it,
too, and a config can say ``tuner: {name: Dragonfly}`` instead of a class path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from nni_hpo_ext.quick_nni import quick_nni

if TYPE_CHECKING:
    from nni.tools.package_utils import AlgoMeta

__all__ = [
    "ALGORITHMS",
    "STOPPING_RULES",
    "Entry",
    "NamedRule",
    "RuleSpec",
    "class_named",
    "register",
    "registered",
    "rule_of",
    "unregister",
]


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A stopping rule of an assessor.

    Attributes
    ----------
    arguments
        The class arguments that choose it.
    multi_objective
        Whether it compares trials by all objectives.
    """

    arguments: Mapping[str, Any]
    multi_objective: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """An algorithm that a config can name.

    Attributes
    ----------
    name
        The ``name`` in a config.
    class_name
        Import path of the class.
    kind
        ``"tuner"`` or ``"assessor"``.
    rules
        Of an assessor: its stopping rules by name.
    sets_budget
        Whether it sets the number of epochs of a trial, ``TRIAL_BUDGET``.

    Examples
    --------
    >>> Entry("Parzen", "nni_hpo_ext.tuners.ParzenTuner", "tuner").alias
    'ParzenTuner'
    """

    name: str
    class_name: str
    kind: Literal["tuner", "assessor"]
    rules: Mapping[str, RuleSpec] = field(default_factory=dict)
    sets_budget: bool = False

    @property
    def alias(self) -> str:
        """The class's own name, which NNI accepts as well.

        NNI ignores case and looks at its own algorithms first, so that its ``Medianstop`` hides
        our ``MedianStop``, and its ``Evolution`` hides ours; the aliases ``MedianStopAssessor`` and
        ``EvolutionTuner`` are unique. Conversely, ``GPTuner`` is also an alias of NNI's own, but
        the name ``GaussianProcess`` is unique.
        """
        return self.class_name.rpartition(".")[2]


ALGORITHMS: tuple[Entry, ...] = (
    Entry("Dragonfly", "nni_hpo_ext.tuners.DragonflyTuner", "tuner"),
    Entry("Diversified", "nni_hpo_ext.tuners.DiversifiedTuner", "tuner"),
    # Not GPTuner: that is the alias of NNI's own tuner, which fails with current libraries.
    Entry("GaussianProcess", "nni_hpo_ext.tuners.GPTuner", "tuner"),
    Entry("RandomForest", "nni_hpo_ext.tuners.ForestTuner", "tuner"),
    Entry("Parzen", "nni_hpo_ext.tuners.ParzenTuner", "tuner"),
    # Not Hyperband and BOHB: those are NNI's own, which fail at the first report.
    Entry("HyperbandExt", "nni_hpo_ext.tuners.HyperbandTuner", "tuner", sets_budget=True),
    Entry("BOHBExt", "nni_hpo_ext.tuners.BOHBTuner", "tuner", sets_budget=True),
    Entry("Evolution", "nni_hpo_ext.tuners.EvolutionTuner", "tuner"),
    Entry("Grid", "nni_hpo_ext.tuners.GridTuner", "tuner"),
    Entry("RandomSearch", "nni_hpo_ext.tuners.RandomTuner", "tuner"),
    Entry(
        "MedianStop",
        "nni_hpo_ext.assessors.MedianStopAssessor",
        "assessor",
        {
            "prospect": RuleSpec({"rule": "prospect"}, multi_objective=True),
            "consensus": RuleSpec({"rule": "consensus"}),
            "median": RuleSpec({"rule": "median"}),
        },
    ),
    Entry(
        "CompoundStop",
        "nni_hpo_ext.assessors.CompoundStopAssessor",
        "assessor",
        {"compound": RuleSpec({})},
    ),
)


def class_named(name: str) -> str | None:
    """Return the import path of an algorithm by its name or alias, None if it is not ours.

    Examples
    --------
    >>> class_named("Grid")
    'nni_hpo_ext.tuners.GridTuner'
    """
    return next((e.class_name for e in ALGORITHMS if name in (e.name, e.alias)), None)


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A stopping rule that `audit` and `simulate` accept by name.

    Attributes
    ----------
    class_name
        The assessor that applies it.
    arguments
        The class arguments that select it.
    multi_objective
        Whether it compares trials by all objectives.

    Examples
    --------
    >>> STOPPING_RULES["consensus"].arguments
    {'rule': 'consensus'}
    """

    class_name: str
    arguments: Mapping[str, Any]
    multi_objective: bool = False


STOPPING_RULES: Mapping[str, NamedRule] = {
    **{
        rule: NamedRule(entry.class_name, spec.arguments, spec.multi_objective)
        for entry in ALGORITHMS
        for rule, spec in entry.rules.items()
    },
    "medianstop": NamedRule("nni.algorithms.hpo.medianstop_assessor.MedianstopAssessor", {}),
}
"""The package's rules by name, and NNI's own Medianstop for comparison."""


def rule_of(assessor: Any) -> str | None:
    """Return the stopping rule that a config's ``assessor`` applies, None if it is not known here.

    Examples
    --------
    >>> rule_of({"name": "MedianStopAssessor", "classArgs": {"rule": "median"}})
    'median'
    >>> rule_of({"name": "MedianStop"})  # NNI ignores case and takes its own
    'medianstop'
    """
    if not isinstance(assessor, Mapping):
        return None
    name = str(assessor.get("name") or assessor.get("className"))
    given = assessor.get("classArgs")
    wanted = given.get("rule") if isinstance(given, Mapping) else None
    known = {n: e.class_name for e in ALGORITHMS for n in (e.name, e.alias, e.class_name)}
    class_name = known.get(name, name)
    if name.lower() in STOPPING_RULES:
        class_name = STOPPING_RULES[name.lower()].class_name
    rules = [rule for rule, named in STOPPING_RULES.items() if named.class_name == class_name]
    chosen = [rule for rule in rules if STOPPING_RULES[rule].arguments.get("rule") == wanted]
    return next(iter(chosen or rules), None)


def _meta(entry: Entry) -> AlgoMeta:
    from nni.tools.package_utils import AlgoMeta

    return AlgoMeta(
        name=entry.name,
        alias=entry.alias,
        class_name=entry.class_name,
        accept_class_args=True,
        class_args=None,
        validator_class_name=None,  # NNI 3.0 never calls it
        algo_type=entry.kind,
        is_advisor=False,
        is_builtin=False,
        nni_version=None,
    )


def _custom() -> dict[str, AlgoMeta]:
    quick_nni()
    from nni.tools.package_utils import get_all_algo_meta

    return {meta.name: meta for meta in get_all_algo_meta() if not meta.is_builtin}


def registered() -> tuple[Entry, ...]:
    """Return the algorithms that are registered with NNI and up to date.

    Examples
    --------
    >>> [entry.name for entry in registered()]  # doctest: +SKIP
    ['Dragonfly', 'Diversified', 'GaussianProcess', 'RandomForest', 'Parzen', ...]
    """
    known = _custom()
    return tuple(e for e in ALGORITHMS if known.get(e.name) == _meta(e))


def register() -> tuple[Entry, ...]:
    """Register all algorithms of the package with NNI in this environment.

    The file is ``registered_algorithms.yml`` in ``$NNI_CONFIG_DIR``, by default in the
    environment's ``nni`` directory. It is written only if something changes, so that concurrent
    runs do not disturb each other.

    Returns
    -------
    tuple of Entry
        The algorithms that were added or updated.

    Examples
    --------
    >>> len(register())  # doctest: +SKIP
    10
    """
    from nni.tools.package_utils import register_algo_meta

    present = registered()
    missing = tuple(e for e in ALGORITHMS if e not in present)
    for entry in missing:
        register_algo_meta(_meta(entry))
    return missing


def unregister() -> tuple[Entry, ...]:
    """Remove the package's algorithms from NNI's registry; return those that were in it.

    Examples
    --------
    >>> len(unregister())  # doctest: +SKIP
    10
    """
    from nni.tools.package_utils import unregister_algo_meta

    known = _custom()
    present = tuple(e for e in ALGORITHMS if e.name in known)
    for entry in present:
        unregister_algo_meta(entry.name)
    return present
