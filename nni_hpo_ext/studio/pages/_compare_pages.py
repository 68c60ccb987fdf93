"""The page that compares the studies of an image set."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nni_hpo_ext.render.statistics import Interval, share_interval
from nni_hpo_ext.render.text import duration
from nni_hpo_ext.studio.jobs import job_state
from nni_hpo_ext.studio.models import SEARCHES
from nni_hpo_ext.studio.pages._context import Context, number_in
from nni_hpo_ext.studio.pages._live import model_words
from nni_hpo_ext.studio.pages._store import StudyRecord
from nni_hpo_ext.study import Study

__all__ = ["compare_routes"]


def compare_routes(context: Context) -> list[Route]:
    """Return the route of the comparison."""
    pages = _ComparePages(context)
    return [Route("/data/{id:int}/studies", pages.compare)]


@dataclass(frozen=True, slots=True)
class _Row:
    """A study in the table; what is not known yet is empty or None."""

    record: StudyRecord
    phase: str
    search: str = ""
    trials: int = 0
    time: str = ""
    model: str = ""
    validation: float | None = None
    test: float | None = None
    interval: Interval | None = None


class _ComparePages:
    def __init__(self, context: Context) -> None:
        self._context = context

    def compare(self, request: Request) -> Response:
        """Show the studies of an image set in one table, the best first."""
        record = self._context.store.one_set(number_in(request))
        studies = [s for s in self._context.store.studies() if s.set_id == record.id]
        rows = sorted(map(self._row, studies), key=_worse)
        return self._context.page("compare.html", {"record": record, "rows": rows})

    def _row(self, record: StudyRecord) -> _Row:
        phase = job_state(self._context.store.study_folder(record.id)).phase
        finished = self._context.finished(record.id)
        study = finished[0] if finished else self._context.live(record.id).study()
        if study is None:
            return _Row(record, phase)
        best, score = study.best, study.score if finished else None
        right = round(score.value * score.examples) if score else 0
        return _Row(
            record=record,
            phase=phase,
            search=_search(study),
            trials=len(study.trials),
            time=duration(study.seconds),
            model=model_words(best.params or {})[0] if best else "",
            validation=best.values[study.objectives[0].name] if best else None,
            test=score.value if score else None,
            interval=share_interval(right, score.examples) if score else None,
        )


def _worse(row: _Row) -> float:
    return float("inf") if row.validation is None else -row.validation


def _search(study: Study) -> str:
    """Return the kind of search in a word or two."""
    tuner = study.config.get("tuner")
    name = str(tuner.get("name") or tuner.get("className") or "") if tuner else ""
    return SEARCHES.get(name, name).partition(":")[0]
