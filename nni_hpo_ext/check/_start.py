"""Whether the tuner and the assessor start within the time that NNI waits for them."""

from __future__ import annotations

from collections.abc import Mapping

from nni_hpo_ext.check._probe import Probe
from nni_hpo_ext.errors import Finding

__all__ = ["check_start"]

# NNI's manager gives up on a tuner that has not connected by then.
_CONNECT_SECONDS = 10.0
# Processor time that NNI's own imports are taken to need of that; 1.4 s were measured.
_NNI_SECONDS = 2.0


def check_start(probes: Mapping[str, Probe]) -> list[Finding]:
    """Judge how long the start took, by ``{key that names a class: its probe}``.

    Processor time is the algorithms' own doing. The clock also counts what else this machine is
    busy with: that is a warning, since it may be over when the experiment starts.
    """
    own = sum(probe.cpu_seconds for probe in probes.values()) + _NNI_SECONDS
    slowest = max(probes, key=lambda key: probes[key].cpu_seconds)
    if own > _CONNECT_SECONDS:
        problem = f"the start takes {own:.0f} s of processor time; NNI waits {_CONNECT_SECONDS:g} s"
        return [Finding(slowest, problem, "import large libraries where they are used")]
    clock = sum(p.seconds for p in probes.values()) + _NNI_SECONDS * probes[slowest].slowness
    if clock > _CONNECT_SECONDS:
        return [Finding(slowest, *_busy(clock, own), warning=True)]
    return []


def _busy(clock: float, own: float) -> tuple[str, str]:
    problem = (
        f"the start takes about {clock:.0f} s, only {own:.0f} s of it processor time; NNI waits "
        f"{_CONNECT_SECONDS:g} s. This machine is busy, or the class waits for something"
    )
    return problem, "nni-hpo run goes on; to leave this out: --no-check"
