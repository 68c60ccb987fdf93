"""Check the keys of a config: unknown, missing, or of the wrong type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nni_hpo_ext.check._findings import meant
from nni_hpo_ext.config import plain, service_keys, top_keys
from nni_hpo_ext.errors import Finding

__all__ = ["check_keys", "unknown_keys"]

_REQUIRED = {
    "trialConcurrency": "write how many trials may run at once, for example trialConcurrency: 1",
    "trialCommand": "write the command of a trial, for example trialCommand: python3 trial.py",
    "trainingService": "write trainingService: {platform: local}",
}
_COUNTS = ("trialConcurrency", "maxTrialNumber")
_DURATIONS = ("maxExperimentDuration", "maxTrialDuration")


def check_keys(config: Mapping[str, Any]) -> list[Finding]:
    """Check the top level and the training service of a config."""
    if "trainingServicePlatform" in config:
        return [
            Finding(
                "trainingServicePlatform",
                "is a key of the old (v1) config format",
                "use the v2 format; nnictl create prints the converted config",
            )
        ]
    findings = unknown_keys(config, top_keys(), "")
    service = config.get("trainingService")
    findings += _missing(config, service)
    findings += [f for key in _COUNTS for f in _count(key, config.get(key))]
    findings += [f for key in _DURATIONS for f in _duration(key, config.get(key))]
    findings += _service(service)
    if isinstance(service, list) and config.get("nniManagerIp") is None:
        problem = "missing; NNI 3.0 fails on a list of training services without it"
        remedy = "write this machine's address, for example nniManagerIp: 10.0.0.1"
        findings.append(Finding("nniManagerIp", problem, remedy))
    if config.get("useAnnotation"):
        findings.append(
            Finding(
                "useAnnotation",
                "NNI 3.0 does not support annotations",
                "remove it; use searchSpace",
            )
        )
    return findings


def unknown_keys(given: Mapping[str, Any], known: Iterable[str], prefix: str) -> list[Finding]:
    """Find the keys that NNI does not know; like NNI, ignore case and underscores."""
    names = list(known)
    same = {plain(name) for name in names}
    listed = f"use one of {', '.join(names)}" if len(names) < 12 else "remove it"
    return [
        Finding(f"{prefix}{key}", "is not an NNI key", meant(str(key), names, listed))
        for key in given
        if plain(key) not in same
    ]


def _missing(config: Mapping[str, Any], service: Any) -> list[Finding]:
    given = {key for key, value in config.items() if value is not None}
    services = service if isinstance(service, list) else [service]
    if all(isinstance(s, Mapping) and s.get("trialCommand") for s in services):
        given.add("trialCommand")
    return [
        Finding(key, "missing", remedy) for key, remedy in _REQUIRED.items() if key not in given
    ]


def _count(key: str, value: Any) -> list[Finding]:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return []
    return [Finding(key, f"{value!r} is not a positive integer", f"write {key}: 1 or more")]


def _duration(key: str, value: Any) -> list[Finding]:
    from nni.experiment.config import utils

    if value is None:
        return []
    try:
        if utils.parse_time(value) > 0:
            return []
    except (TypeError, ValueError):
        pass  # reported below
    return [
        Finding(
            key, f"{value!r} is not a duration", "write a number with s, m, h or d, for example 90m"
        )
    ]


def _service(service: Any) -> list[Finding]:
    if isinstance(service, list):
        return [finding for one in service for finding in _service(one)]
    if not isinstance(service, Mapping):
        return []  # a missing one is reported above; NNI checks the rest
    known_keys = service_keys(service)
    if known_keys is None:
        platform = service.get("platform")
        known = ("local", "remote", "openpai", "aml", "dlc", "kubeflow", "frameworkcontroller")
        remedy = meant(str(platform), known, "write platform: local")
        return [Finding("trainingService.platform", f"{platform!r} is not a platform", remedy)]
    return unknown_keys(service, known_keys, "trainingService.")
