"""Start the process of an NNI manager."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.experiment._processes import MARKER
from nni_hpo_ext.trial_process import search_path

if TYPE_CHECKING:
    from nni.experiment.config import ExperimentConfig

__all__ = ["platform", "spawn"]

_PRELOAD = Path(__file__).with_name("preload.js")
# A busy machine needs more than NNI's 10 s for the imports of a tuner alone.
_TUNER_SECONDS = 600


def platform(config: ExperimentConfig) -> str:
    """Return the name of the training service."""
    service = config.training_service
    return "hybrid" if isinstance(service, list) else str(service.platform)


def spawn(
    config: ExperimentConfig,
    experiment_id: str,
    port: int,
    log: Path,
    addresses: Sequence[str],
    *,
    is_resumed: bool,
) -> subprocess.Popen[bytes]:
    """Start the manager's process, writing to ``nnictl_stdout.log`` and ``nnictl_stderr.log``.

    It listens on these addresses, waits longer for the tuner than NNI does, and leaves the NNI of
    remote workers as it is.

    Raises
    ------
    ExperimentError
        If their directory cannot be created.
    """
    import nni_node  # type: ignore[import-untyped]
    from nni.experiment.launcher import NniManagerArgs

    _create(log, is_resumed)
    node = Path(nni_node.__path__[0])
    action = "resume" if is_resumed else "create"
    args = NniManagerArgs(action, experiment_id, config, port, False, False, None, None)
    command = [str(node / "node"), "--max-old-space-size=4096", "--require", str(_PRELOAD)]
    command += [str(node / "main.js"), *args.to_command_line_args()]
    with (
        (log / "nnictl_stdout.log").open("ab") as out,
        (log / "nnictl_stderr.log").open("ab") as err,
    ):
        return subprocess.Popen(
            command,
            cwd=node,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=_environment(experiment_id, addresses),
            start_new_session=True,  # Ctrl-C reaches only us: we stop the manager gracefully
        )


def _create(directory: Path, may_exist: bool) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=may_exist)
    except OSError as error:
        raise ExperimentError(
            f"directory {directory} cannot be created ({error.strerror}); "
            "correct experimentWorkingDirectory"
        ) from error


def _environment(experiment_id: str, addresses: Sequence[str]) -> dict[str, str]:
    """Return the manager's environment; ``python3`` in a trial command is this interpreter."""
    import nni

    return {
        **os.environ,
        "PATH": search_path(),
        "NNI_HPO_ADDRESSES": ",".join(addresses),
        "NNI_HPO_NNI_VERSION": nni.__version__,
        "NNI_HPO_TUNER_SECONDS": str(_TUNER_SECONDS),
        MARKER: experiment_id,
    }
