"""Write a study for the HParams page of TensorBoard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nni_hpo_ext.export._trial import (
    CURVE,
    curve,
    new_folder,
    parameters,
    requires,
    seconds,
    writing,
)
from nni_hpo_ext.study import End, Study, TrialRecord

__all__ = ["to_tensorboard"]


def to_tensorboard(study: Study, folder: Path) -> str:
    """Write a study for TensorBoard, a session for each trial; return the command that shows it.

    Final results are metrics by their names, and intermediate ones ``curve/NAME``.

    Parameters
    ----------
    study
        The study.
    folder
        A new folder, with a folder for each trial.

    Raises
    ------
    MissingDependencyError
        If TensorBoard is not installed.
    DataError
        If the folder is not empty, or cannot be written.

    Examples
    --------
    >>> from nni_hpo_ext.export import to_tensorboard
    >>> from nni_hpo_ext.study import load_study
    >>> to_tensorboard(load_study("latest"), Path("logs"))  # doctest: +SKIP
    'tensorboard --logdir logs'
    """
    events = requires("TensorBoard", "tensorboard", _Events)
    new_folder(folder)
    with writing("TensorBoard", folder):
        metrics = [events.api.Metric(goal.name) for goal in study.objectives]
        names = dict.fromkeys(name for trial in study.trials for name in parameters(trial))
        config = events.api.hparams_config_pb(
            hparams=[events.api.HParam(name) for name in names],
            metrics=metrics,
            time_created_secs=study.began,
        )
        events.write(folder, [(study.began, 0, config)])
        for trial in study.trials:
            path = folder / f"trial-{trial.number:04d}"
            events.write(path, _summaries(events, study, trial))
    return f"tensorboard --logdir {folder}"


def _summaries(events: Any, study: Study, trial: TrialRecord) -> list[tuple[float, int, Any]]:
    """Return time, step and content of the events of a trial."""
    started, ended = seconds(study, trial)
    values = {name: x for name, x in parameters(trial).items() if x is not None}
    found = [(started, 0, events.api.hparams_pb(values, str(trial.number), started))]
    for step, time, numbers in curve(trial):
        found += [(time, step, events.scalar(f"{CURVE}{name}", x)) for name, x in numbers.items()]
    found += [(ended, 0, events.scalar(name, x)) for name, x in trial.values.items()]
    if trial.end.over:
        found.append((ended, 0, events.end(ended, failed=trial.end is End.FAILED)))
    return found


class _Events:
    """The parts of TensorBoard that write events; they do without TensorFlow."""

    def __init__(self) -> None:
        from tensorboard.compat.proto import event_pb2, summary_pb2
        from tensorboard.plugins.hparams import api, api_pb2, metadata, plugin_data_pb2
        from tensorboard.summary.writer import event_file_writer

        self.api = api
        self._metadata = metadata
        self._status = (api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE)
        self._data = plugin_data_pb2
        self._summary = summary_pb2.Summary
        self._event = event_pb2.Event
        self._writer = event_file_writer.EventFileWriter

    def scalar(self, name: str, value: float) -> Any:
        """Return a number."""
        return self._summary(value=[self._summary.Value(tag=name, simple_value=value)])

    def end(self, time: float, *, failed: bool) -> Any:
        """Return the end of a session, for which TensorBoard's own function needs TensorFlow."""
        info = self._data.SessionEndInfo(status=self._status[failed], end_time_secs=time)
        content = self._data.HParamsPluginData(session_end_info=info)
        value = self._summary.Value(
            tag=self._metadata.SESSION_END_INFO_TAG,
            metadata=self._metadata.create_summary_metadata(content),
            tensor=self._metadata.NULL_TENSOR,
        )
        return self._summary(value=[value])

    def write(self, folder: Path, summaries: list[tuple[float, int, Any]]) -> None:
        """Write events to a file in a folder."""
        writer = self._writer(str(folder))
        for time, step, summary in summaries:
            writer.add_event(self._event(wall_time=time, step=step, summary=summary))
        writer.close()
