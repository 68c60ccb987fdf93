"""Check that the tuner and the assessor start within the time that NNI waits for them."""

from __future__ import annotations

from collections.abc import Mapping

from nni_hpo_ext.check._probe import Probe
from nni_hpo_ext.errors import Finding

__all__ = ["check_start"]

# NNI's manager gives up on a tuner that has not connected after this time.
_CONNECT_SECONDS = 10.0
# CPU time allowed for NNI's own imports; 1.4 s were measured.
_NNI_SECONDS = 2.0


def check_start(probes: Mapping[str, Probe]) -> list[Finding]:
    """Check how long the start took; ``probes`` is ``{key that names a class: its probe}``.

    CPU time depends on the algorithms alone: too much is an error. Wall-clock time also depends on
    the load of this machine, which may have passed when the experiment starts: a warning.
    """
    own = sum(probe.cpu_seconds for probe in probes.values()) + _NNI_SECONDS
    slowest = max(probes, key=lambda key: probes[key].cpu_seconds)
    if own > _CONNECT_SECONDS:
        problem = f"the start takes {own:.0f} s of CPU time; NNI waits {_CONNECT_SECONDS:g} s"
        return [Finding(slowest, problem, "import large libraries where they are used")]
    clock = sum(p.seconds for p in probes.values()) + _NNI_SECONDS * probes[slowest].slowness
    if clock > _CONNECT_SECONDS:
        return [Finding(slowest, *_busy(clock, own), warning=True)]
    return []


def _busy(clock: float, own: float) -> tuple[str, str]:
    problem = (
        f"the start takes about {clock:.0f} s, only {own:.0f} s of it CPU time; NNI waits "
        f"{_CONNECT_SECONDS:g} s. The machine is busy, or the class waits for something"
    )
    return problem, "nni-hpo run starts anyway; --no-check skips this check"
