"""What all pages need: the store, the importer, the views of running studies, the templates."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.render.text import count, duration
from nni_hpo_ext.studio.data import ImageSet, read_set
from nni_hpo_ext.studio.jobs import experiment_directory, job_state
from nni_hpo_ext.studio.models import Scored, opened_model, read_scored
from nni_hpo_ext.studio.pages._imports import Importer
from nni_hpo_ext.studio.pages._live import LiveView
from nni_hpo_ext.studio.pages._store import StudioStore
from nni_hpo_ext.study import Study, load_study

__all__ = ["Context", "number_in"]


class Context:
    """Shared state of the pages.

    Parameters
    ----------
    store
        Image sets and studies.
    """

    def __init__(self, store: StudioStore) -> None:
        self.store = store
        self.importer = Importer(store)
        self._views: dict[int, LiveView] = {}
        self._sets: dict[int, tuple[float, ImageSet]] = {}
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        self._templates.filters.update(ago=_ago, percent=_percent, count=count)

    def page(
        self, template: str, values: Mapping[str, Any] | None = None, status: int = 200
    ) -> Response:
        """Return a page."""
        html = self._templates.get_template(template).render(**(values or {}))
        return HTMLResponse(html, status)

    def images(self, number: int) -> ImageSet:
        """Return an image set; read again if its file has changed.

        Raises
        ------
        DataError
            If it is not ready.
        """
        record = self.store.one_set(number)
        if record.state != "ready":
            raise DataError(f"image set {number} is not ready")
        folder = self.store.set_folder(number)
        changed = (folder / "images.json").stat().st_mtime
        known = self._sets.get(number)
        if known is None or known[0] != changed:
            known = changed, read_set(folder)
            self._sets[number] = known
        return known[1]

    def live(self, number: int) -> LiveView:
        """Return the view of a study."""
        self.store.study(number)
        return self._views.setdefault(number, LiveView(self.store.study_folder(number)))

    def finished(self, number: int) -> tuple[Study, Scored, Path] | None:
        """Return a study, the answers of its best model and where they are; None before that."""
        folder = self.store.study_folder(number)
        directory = experiment_directory(folder)
        if directory is None or job_state(folder).phase != "done":
            return None
        study = load_study(str(directory))
        if study.score is None:
            return None
        for kept in directory.glob(f"environments/*/trials/{study.score.job_id}"):
            scored = read_scored(kept)
            if scored is not None:
                return study, scored, kept
        return None

    def classifier(self, kept: Path) -> Any:
        """Return the model in a folder, as a context."""
        return opened_model(kept)


def number_in(request: Request, key: str = "id") -> int:
    """Return a number in the path of a request."""
    return int(request.path_params[key])


def _ago(at: float) -> str:
    seconds = max(0.0, time.time() - at)
    return (
        f"{duration(seconds)} ago"
        if seconds < 86400
        else time.strftime("%d %B %Y", time.localtime(at))
    )


def _percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f} %"
