"""The one list of our algorithms and stopping rules, and NNI's register of their short names.

`check`, `audit`, `simulate` and the command line read this list, and NNI after `register`: then a
config says ``tuner: {name: Dragonfly}`` instead of a class path.
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
    "register",
    "registered",
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
    """One algorithm that a config may name.

    Attributes
    ----------
    name
        What a config writes as ``name``.
    class_name
        Where the class lives.
    kind
        ``"tuner"`` or ``"assessor"``.
    rules
        Of an assessor: its stopping rules by name.
    """

    name: str
    class_name: str
    kind: Literal["tuner", "assessor"]
    rules: Mapping[str, RuleSpec] = field(default_factory=dict)

    @property
    def alias(self) -> str:
        """The class's own name, which NNI accepts as well.

        NNI compares names without case and looks at its own algorithms first, so that its
        ``Medianstop`` hides our ``MedianStop``; the alias has no such double. (It is the other way
        round with ``GPTuner``, an alias of NNI's too: its name here is ``GaussianProcess``.)
        """
        return self.class_name.rpartition(".")[2]


ALGORITHMS: tuple[Entry, ...] = (
    Entry("Dragonfly", "nni_hpo_ext.tuners.DragonflyTuner", "tuner"),
    Entry("Diversified", "nni_hpo_ext.tuners.DiversifiedTuner", "tuner"),
    # NNI's own GP, broken by today's libraries, has the alias GPTuner.
    Entry("GaussianProcess", "nni_hpo_ext.tuners.GPTuner", "tuner"),
    Entry("RandomForest", "nni_hpo_ext.tuners.ForestTuner", "tuner"),
    Entry("Parzen", "nni_hpo_ext.tuners.ParzenTuner", "tuner"),
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


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A stopping rule as `audit` and `simulate` know it.

    Attributes
    ----------
    class_name
        The assessor that applies it.
    arguments
        The class arguments that choose it.
    multi_objective
        Whether it compares trials by all objectives.
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
"""Ours, and NNI's own Medianstop to compare with."""


def _meta(entry: Entry) -> AlgoMeta:
    from nni.tools.package_utils import AlgoMeta

    return AlgoMeta(
        name=entry.name,
        alias=entry.alias,
        class_name=entry.class_name,
        accept_class_args=True,
        class_args=None,
        validator_class_name=None,  # NNI 3.0 never calls one
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
    """Return those of our algorithms that NNI knows, as they are today."""
    known = _custom()
    return tuple(e for e in ALGORITHMS if known.get(e.name) == _meta(e))


def register() -> tuple[Entry, ...]:
    """Make all our algorithms known to NNI in this environment.

    The file is ``registered_algorithms.yml`` in ``$NNI_CONFIG_DIR``, by default in the
    environment's ``nni`` directory. Nothing is written when nothing changes, so that runs
    that start side by side do not disturb each other.

    Returns
    -------
    tuple of Entry
        What was added or brought up to date.
    """
    from nni.tools.package_utils import register_algo_meta

    present = registered()
    missing = tuple(e for e in ALGORITHMS if e not in present)
    for entry in missing:
        register_algo_meta(_meta(entry))
    return missing


def unregister() -> tuple[Entry, ...]:
    """Remove our algorithms from NNI again; return those that were there."""
    from nni.tools.package_utils import unregister_algo_meta

    known = _custom()
    present = tuple(e for e in ALGORITHMS if e.name in known)
    for entry in present:
        unregister_algo_meta(entry.name)
    return present
