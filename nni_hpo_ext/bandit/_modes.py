"""Parsing of modes, specs and arms in class arguments."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nni_hpo_ext.arguments import one_of
from nni_hpo_ext.bandit._arm import Arm, ModelArm, RandomArm
from nni_hpo_ext.bandit._rules import RULES, Rule
from nni_hpo_ext.errors import ConfigError

__all__ = ["Plan", "make_plan"]

# Repeated here, because the modules that define them are slow to import.
MODELS = ("GP", "GP-NM", "RF", "TPE")
RESPONSES = ("auto", "hybrid-log", "log", "none")

DIVERSIFIED = "DIV"
BATCH = "BATCH"
RANDOM = "RANDOM"
# Suffix of a model for each response; ALE is an older name of HLE.
_SUFFIXES = {"": "none", "-HLE": "hybrid-log", "-ALE": "hybrid-log", "-LE": "log", "-AUTO": "auto"}
_MODEL = re.compile(rf"({'|'.join(sorted(MODELS, key=len, reverse=True))})(-[A-Z]+)?")
_CRITERIA = ("EI", "PI", "UCB")  # acquisition functions of a model arm
# Acquisition functions that a rule chooses among if the mode is one model.
_PUBLISHED_CRITERIA = {
    "GP": ("EI", "PI", "UCB"),
    "GP-NM": ("EI", "PI", "UCB"),
    "RF": ("EI", "PI", "UCB"),
    "TPE": ("EI", "PI", "UCB", "TPE"),
}
# Arms of the publication (Cho et al., IEEE Access 2020); new acquisitions do not change them.
_PUBLISHED_ARMS = [
    "GP-HLE-EI", "GP-HLE-PI", "GP-HLE-UCB", "RF-HLE-EI", "RF-HLE-PI", "RF-HLE-UCB",
]  # fmt: skip
_AUTO_ARMS = ["GP-NM-AUTO-SEI", "RF-AUTO-EI"]
_DEFAULT_SPECS = {DIVERSIFIED: "auto", BATCH: "ASYNC"}
_BATCH_SPECS = ("SYNC", "ASYNC")


@dataclass(frozen=True, slots=True)
class Plan:
    """Arms and rule of a mode and a spec.

    Attributes
    ----------
    arms
        The arms.
    rule
        The rule that chooses among them.
    spec
        Name of the rule.

    Examples
    --------
    >>> make_plan("DIV").spec
    'auto'
    """

    arms: tuple[Arm, ...]
    rule: Rule
    spec: str

    @property
    def needs_truth(self) -> bool:
        """Whether the rule needs the true results of nominees that were not tried."""
        return self.rule.nominees is not None and self.rule.nominees.true


def make_plan(
    mode: str, spec: str | None = None, arms: object = None, response: str | None = None
) -> Plan:
    """Parse the class arguments of a diversified tuner.

    Parameters
    ----------
    mode
        ``DIV``, ``BATCH``, ``RANDOM``, or a model with an optional suffix for the response:
        ``GP``, ``GP-HLE``, ``RF-LE``, ...
    spec
        For a model, its acquisition function or a rule that chooses among them; the default is
        ``EI``. For ``DIV`` and ``BATCH``, a rule; the defaults are ``auto`` (``SEQ`` with custom
        arms) and ``ASYNC``.
    arms
        Arms of ``DIV`` and ``BATCH`` instead of the default ones: names such as ``GP-HLE-EI``,
        mappings ``{model, acquisition, response}``, or ``{class: module.Class, ...}`` with its
        arguments.
    response
        Replaces the response of the mode or of the default arms.

    Raises
    ------
    ConfigError
        If an argument is invalid, or if two of them contradict each other.

    Examples
    --------
    >>> plan = make_plan("DIV", arms=["GP-HLE-EI", "RANDOM"])
    >>> [arm.name for arm in plan.arms], plan.spec
    (['GP-HLE-EI', 'RANDOM'], 'SEQ')
    """
    if response is not None:
        one_of("response", response, RESPONSES)
    if mode in (DIVERSIFIED, BATCH):
        allowed = _BATCH_SPECS if mode == BATCH else [r for r in RULES if r not in _BATCH_SPECS]
        usual = "SEQ" if arms is not None and mode == DIVERSIFIED else _DEFAULT_SPECS[mode]
        rule = one_of("spec", spec or usual, allowed)
        default = _AUTO_ARMS if rule == "auto" else _PUBLISHED_ARMS
        made = _arms(default if arms is None else arms, response)
        if rule == "auto":
            _refuse_mixed_responses(made)
        return _plan(made, rule)
    if arms is not None:
        raise ConfigError(f"arms needs mode DIV or BATCH, got mode {mode!r}")
    if mode == RANDOM:
        one_of("spec", spec or RANDOM, [RANDOM])
        return _plan([RandomArm()], "SEQ")
    model, own = _model(mode)
    if response is not None and own is not None and response != own:
        raise ConfigError(f"response {response!r} contradicts mode {mode!r}; remove one of them")
    respond = response or own or "none"
    specs = (*_criteria(model), *RULES)
    spec = one_of("spec", spec or "EI", specs)
    if spec in RULES:
        return _plan([_model_arm(model, a, respond) for a in _PUBLISHED_CRITERIA[model]], spec)
    return _plan([_model_arm(model, spec, respond)], "SEQ")


def _refuse_mixed_responses(arms: Sequence[Arm]) -> None:
    """Raise ConfigError for different responses, whose densities cannot be compared."""
    responses = sorted({arm.response for arm in arms if isinstance(arm, ModelArm)})
    if len(responses) > 1:
        raise ConfigError(
            f"spec auto cannot compare arms with different responses ({', '.join(responses)}); "
            "use one response for all arms, or another spec"
        )


def _plan(arms: Sequence[Arm], rule: str) -> Plan:
    return Plan(tuple(arms), RULES[rule](), rule)


def _model(mode: object) -> tuple[str, str | None]:
    """Split ``GP-HLE`` into the model and the response of its suffix, None without one."""
    match = _MODEL.fullmatch(mode) if isinstance(mode, str) else None
    if match is None or (match[2] or "") not in _SUFFIXES:
        models = ", ".join(MODELS)
        raise ConfigError(
            f"mode must be DIV, BATCH, RANDOM or one of {models}, optionally with -HLE, -LE or "
            f"-AUTO, got {mode!r}"
        )
    return match[1], _SUFFIXES[match[2]] if match[2] else None


def _criteria(model: str) -> tuple[str, ...]:
    return (*_CRITERIA, "TPE" if model == "TPE" else "SEI")


def _model_arm(model: str, acquisition: str, response: str) -> ModelArm:
    suffix = next(s for s, name in _SUFFIXES.items() if name == response)
    return ModelArm(model, acquisition, response, name=f"{model}{suffix}-{acquisition}")


def _arms(given: object, response: str | None) -> list[Arm]:
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise ConfigError(f"arms must be a non-empty list, got {given!r}")
    arms = [_arm(f"arms[{i}]", entry, response) for i, entry in enumerate(given)]
    names = [arm.name for arm in arms]
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise ConfigError(f"arms must be distinct, got several of {', '.join(sorted(repeated))}")
    return arms


def _arm(where: str, entry: object, response: str | None) -> Arm:
    if entry == RANDOM:
        return RandomArm()
    if isinstance(entry, str):
        mode, _, acquisition = entry.rpartition("-")
        model, own = _model(mode)
        entry = {"model": model, "acquisition": acquisition, "response": response or own or "none"}
    if not isinstance(entry, Mapping):
        raise ConfigError(f"{where} must be a name or a mapping, got {entry!r}")
    if "class" in entry:
        return _custom(where, entry)
    unknown = set(entry) - {"model", "acquisition", "response"}
    if unknown or "model" not in entry:
        raise ConfigError(
            f"{where} must have the keys model, acquisition and response, or class and its "
            f"arguments, got {dict(entry)!r}"
        )
    model = one_of(f"{where}.model", entry["model"], MODELS)
    acquisition = one_of(f"{where}.acquisition", entry.get("acquisition", "EI"), _criteria(model))
    respond = entry.get("response", response or "hybrid-log")
    return _model_arm(model, acquisition, one_of(f"{where}.response", respond, RESPONSES))


def _custom(where: str, entry: Mapping[str, Any]) -> Arm:
    """Return an arm of a custom class."""
    path = entry["class"]
    try:
        arm = pkgutil.resolve_name(str(path))(**{k: v for k, v in entry.items() if k != "class"})
    except Exception as error:  # a custom class may raise anything
        raise ConfigError(f"{where}.class {path!r} cannot be constructed: {error}") from error
    if not isinstance(arm, Arm):
        raise ConfigError(f"{where}.class {path!r} must be a subclass of nni_hpo_ext.bandit.Arm")
    return arm
