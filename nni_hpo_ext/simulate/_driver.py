"""NNI's side of a replay: calls a tuner and an assessor as NNI's dispatcher does."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import nni
from nni.assessor import AssessResult

from nni_hpo_ext.errors import ExperimentError, SearchSpaceError
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.tuners import AlgorithmTuner

__all__ = ["AssessorDriver", "Notes", "TunerDriver", "guarded", "job_id"]

_logger = logging.getLogger(__name__)
_T = TypeVar("_T")


def job_id(number: int) -> str:
    """Return the id under which NNI's side speaks of a trial's job."""
    return f"trial-{number}"


def guarded(who: str, doing: str, call: Callable[[], _T]) -> _T:
    """Return what a call into foreign code returns; its exceptions become one line.

    Raises
    ------
    ExperimentError
        If it raised.
    """
    try:
        return call()
    except Exception as error:
        _logger.debug("%s: %s failed", who, doing, exc_info=True)
        cause = " ".join(str(error).split())[:300]
        raise ExperimentError(
            f"{who}: {doing} failed: {type(error).__name__}: {cause}; -l debug shows where"
        ) from error


class _Dispatcher:
    """Stands behind ``st_callback``: through it a tuner reports what it cannot raise."""

    fault = ""

    def report_error(self, message: str) -> None:
        self.fault = message

    def send_trial_callback(self, parameter_id: int, params: Any) -> None:
        raise NotImplementedError(
            "it hands out trials when it likes, which only a real NNI experiment can follow"
        )


class Notes:
    """What a tuner writes to its journal about its suggestions."""

    def __init__(self) -> None:
        self._suggestions: dict[int, Mapping[str, Any]] = {}

    def hear(self, event: str, fields: Mapping[str, Any]) -> None:
        """Take note of an event of the journal."""
        if event == "suggest":
            self._suggestions[fields["id"]] = fields

    def of(self, number: int) -> tuple[str | None, float | None, str | None]:
        """Return arm, probability and reason of a suggestion; None where nothing was written."""
        fields = self._suggestions.get(number, {})
        return fields.get("arm"), fields.get("probability"), fields.get("reason")


class TunerDriver:
    """An NNI tuner, called as NNI's dispatcher calls it.

    Parameters
    ----------
    tuner
        The tuner.
    label
        Its name in error messages.
    search_space
        NNI search space, given to the tuner at once.
    notes
        What the tuner's journal says of its suggestions.

    Raises
    ------
    ExperimentError
        If the tuner raises, here or in any method, or leaves the search space.
    """

    def __init__(
        self, tuner: Any, label: str, search_space: Mapping[str, Any], notes: Notes
    ) -> None:
        self._tuner = tuner
        self._label = label
        self._space = SearchSpace(search_space)
        self._dispatcher = _Dispatcher()
        self.explain = notes.of
        # As a training script does that reports when it is interrupted; see `TrialReport`.
        self._reports_partially = isinstance(tuner, AlgorithmTuner)
        self._call("update_search_space", copy.deepcopy(search_space))

    def _call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return guarded(
            f"tuner {self._label}", method, lambda: getattr(self._tuner, method)(*args, **kwargs)
        )

    def _generate(self, numbers: Sequence[int]) -> list[Mapping[str, Any]]:
        callback = self._dispatcher.send_trial_callback
        try:
            return list(
                self._tuner.generate_multiple_parameters(list(numbers), st_callback=callback)
            )
        except nni.NoMoreTrialError:
            return []

    def ask(self, numbers: Sequence[int]) -> list[Mapping[str, Any]]:
        """Return a configuration for each number; fewer if the tuner has no more."""
        configs = guarded(
            f"tuner {self._label}",
            f"suggesting trial {numbers[0]}",
            lambda: self._generate(numbers),
        )
        if self._dispatcher.fault:
            raise ExperimentError(f"tuner {self._label}: {self._dispatcher.fault}")
        for number, config in zip(numbers, configs, strict=False):
            self._check(number, config)
        return configs

    def _check(self, number: int, config: Mapping[str, Any]) -> None:
        try:
            self._space.encode(config)
        except SearchSpaceError as error:
            raise ExperimentError(
                f"tuner {self._label}: its suggestion for trial {number} is not in the search "
                f"space: {error.findings[0]}"
            ) from error

    def complete(self, number: int, params: Mapping[str, Any], final: float) -> None:
        """Report a final value, then the end."""
        self._report(number, params, final)
        self._call("trial_end", number, True)

    def stop(self, number: int, params: Mapping[str, Any], best: float | None) -> None:
        """Report the end of a trial that was stopped.

        Our tuners hear of its best value before, as from trials that use `TrialReport`.
        """
        if self._reports_partially and best is not None:
            self._report(number, params, {"default": best, "partial": 1})
        self._call("trial_end", number, False)

    def _report(self, number: int, params: Mapping[str, Any], value: Any) -> None:
        self._call(
            "receive_trial_result",
            number,
            params,
            value,
            customized=False,
            trial_job_id=job_id(number),
        )


class AssessorDriver:
    """An NNI assessor, called as NNI's dispatcher calls it.

    Parameters
    ----------
    assessor
        The assessor.
    label
        Its name in error messages.

    Raises
    ------
    ExperimentError
        If the assessor raises or answers something else than a verdict.
    """

    def __init__(self, assessor: Any, label: str) -> None:
        self._assessor = assessor
        self._label = label

    def stops(self, number: int, history: Sequence[float]) -> bool:
        """Let it assess a trial by all values that it has reported so far."""
        verdict = guarded(
            f"assessor {self._label}",
            "assess_trial",
            lambda: self._assessor.assess_trial(job_id(number), list(history)),
        )
        if isinstance(verdict, bool):
            return not verdict
        if not isinstance(verdict, AssessResult):
            raise ExperimentError(
                f"assessor {self._label}: assess_trial returned {verdict!r:.80}; "
                "it must return AssessResult.Good or AssessResult.Bad"
            )
        return verdict is AssessResult.Bad

    def end(self, number: int, success: bool) -> None:
        """Tell it that a trial ended."""
        guarded(
            f"assessor {self._label}",
            "trial_end",
            lambda: self._assessor.trial_end(job_id(number), success),
        )
