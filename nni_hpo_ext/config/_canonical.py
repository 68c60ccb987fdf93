"""Map config keys to NNI's names; NNI ignores case and underscores, as in ``trial_command``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nni_hpo_ext.errors import Finding
from nni_hpo_ext.quick_nni import quick_nni

__all__ = ["ALGORITHM_KEYS", "canonical", "machine_keys", "plain", "service_keys", "top_keys"]

ALGORITHM_KEYS = ("name", "className", "codeDirectory", "classArgs")


def plain(key: object) -> str:
    """Return a key in the form in which NNI compares it.

    Examples
    --------
    >>> plain("trial_command") == plain("trialCommand")
    True
    """
    return str(key).lower().replace("_", "")


def top_keys() -> list[str]:
    """Return the keys of a config, in camel case.

    Examples
    --------
    >>> "maxTrialNumber" in top_keys()
    True
    """
    quick_nni()
    from nni.experiment.config import ExperimentConfig, utils

    return [utils.camel_case(field.name) for field in utils.fields(ExperimentConfig())]


def service_keys(service: Any) -> list[str] | None:
    """Return the keys of a training service; None if NNI does not know its platform.

    Examples
    --------
    >>> "maxTrialNumberPerGpu" in service_keys({"platform": "local"})
    True
    >>> service_keys({"platform": "moon"}) is None
    True
    """
    quick_nni()
    from nni.experiment.config import utils

    try:
        template = utils.training_service_config_factory(service.get("platform"))
    except (ValueError, AttributeError):
        return None
    return [utils.camel_case(field.name) for field in utils.fields(template)]


def machine_keys() -> list[str]:
    """Return the keys of a remote worker machine, in camel case.

    Examples
    --------
    >>> "sshKeyFile" in machine_keys()
    True
    """
    quick_nni()
    from nni.experiment.config import RemoteMachineConfig, utils

    return [utils.camel_case(field.name) for field in utils.fields(RemoteMachineConfig())]


def canonical(
    given: Mapping[Any, Any],
) -> tuple[dict[str, Any], dict[str, str], list[Finding]]:
    """Rename the keys of a config to NNI's camel case; unknown ones stay as they are.

    Returns
    -------
    values, written, findings
        The renamed config; the original spelling of each renamed key, both dotted; and a finding
        for each duplicate key.
    """
    naming = _Naming()
    values = naming.renamed(given, top_keys(), ())
    for kind in ("tuner", "assessor", "advisor"):
        if isinstance(values.get(kind), Mapping):
            values[kind] = naming.renamed(values[kind], ALGORITHM_KEYS, (kind,))
    service = values.get("trainingService")
    if isinstance(service, Mapping):
        values["trainingService"] = naming.service(service)
    elif isinstance(service, list):  # a hybrid one
        values["trainingService"] = [
            naming.service(s) if isinstance(s, Mapping) else s for s in service
        ]
    return values, naming.written, naming.findings


class _Naming:
    """Renames keys; records original spellings and duplicates."""

    def __init__(self) -> None:
        self.written: dict[str, str] = {}
        self.findings: list[Finding] = []

    def service(self, given: Mapping[Any, Any]) -> dict[str, Any]:
        values = self.renamed(given, service_keys(given) or (), ("trainingService",))
        machines = values.get("machineList")
        if isinstance(machines, list):
            values["machineList"] = [
                self._machine(machine, number) if isinstance(machine, Mapping) else machine
                for number, machine in enumerate(machines)
            ]
        return values

    def _machine(self, given: Mapping[Any, Any], number: int) -> dict[str, Any]:
        path = ("trainingService", "machineList", str(number))
        machines = ".".join(path[:2])
        if machines in self.written:
            self.written[".".join(path)] = f"{self.written[machines]}.{number}"
        return self.renamed(given, machine_keys(), path)

    def renamed(
        self, given: Mapping[Any, Any], known: Iterable[str], path: tuple[str, ...]
    ) -> dict[str, Any]:
        names = {plain(name): name for name in known}
        values: dict[str, Any] = {}
        for key, value in given.items():
            name = names.get(plain(key), str(key))
            if name in values:
                problem = "given twice: NNI ignores case and underscores"
                where = ".".join((*path, str(key)))
                self.findings.append(Finding(where, problem, "remove one of them"))
            elif name != key:
                parent = ".".join(path)
                head = self.written.get(parent, parent)
                self.written[".".join((*path, name))] = f"{head}.{key}" if head else str(key)
            values[name] = value
        return values
