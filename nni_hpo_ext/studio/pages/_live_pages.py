"""Pages of a running study: what it does, and what a user may change."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.studio.jobs import (
    CONFIG_FILE,
    experiment_directory,
    job_state,
    start_job,
    stop_job,
)
from nni_hpo_ext.studio.pages._context import Context, number_in
from nni_hpo_ext.studio.pages._forms import form_of, number_given
from nni_hpo_ext.study import RestClient, known_url, seconds_of
from nni_hpo_ext.web import is_ending

__all__ = ["live_routes"]

_BEAT_SECONDS = 1.5
_SILENT_BEATS = 10


def live_routes(context: Context) -> list[Route]:
    """Return the routes of running studies."""
    pages = _LivePages(context)
    return [
        Route("/study/{id:int}/live", pages.live),
        Route("/study/{id:int}/state", pages.state),
        Route("/study/{id:int}/events", pages.events),
        Route("/study/{id:int}/stop", pages.stop, methods=["POST"]),
        Route("/study/{id:int}/pause", pages.pause, methods=["POST"]),
        Route("/study/{id:int}/continue", pages.go_on, methods=["POST"]),
        Route("/study/{id:int}/time", pages.add_time, methods=["POST"]),
        Route("/study/{id:int}/trial/{job:str}/stop", pages.stop_trial, methods=["POST"]),
    ]


class _LivePages:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    def live(self, request: Request) -> Response:
        """Show a study while it runs, and its trials afterwards."""
        number = number_in(request)
        record = self._store.study(number)
        values = {
            "record": record,
            "set": self._store.one_set(record.set_id),
            "state": self._context.live(number).state(),
            "config": (self._store.study_folder(number) / CONFIG_FILE).read_text(encoding="utf-8"),
        }
        return self._context.page("live.html", values)

    def state(self, request: Request) -> Response:
        """Return the state of a study."""
        return JSONResponse(self._context.live(number_in(request)).state())

    async def events(self, request: Request) -> Response:
        """Send the state of a study whenever it changes, until it has ended."""
        view = self._context.live(number_in(request))

        async def beats() -> AsyncIterator[str]:
            last, silent = "", 0
            while not (is_ending(request.app) or await request.is_disconnected()):
                state = await run_in_threadpool(view.state)
                text = json.dumps(state)
                silent += 1
                if text != last:
                    last, silent = text, 0
                    yield f"data: {text}\n\n"
                elif silent >= _SILENT_BEATS:
                    silent = 0
                    yield ": still here\n\n"
                if state["phase"] in ("done", "failed"):
                    yield "event: end\ndata: {}\n\n"
                    return
                await asyncio.sleep(_BEAT_SECONDS)

        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(beats(), media_type="text/event-stream", headers=headers)

    def stop(self, request: Request) -> Response:
        """End the search; the best model so far is kept."""
        number = number_in(request)
        self._store.study(number)
        stop_job(self._store.study_folder(number))
        return RedirectResponse(f"/study/{number}/live", 303)

    def pause(self, request: Request) -> Response:
        """End the search for now; trials that run are run again when it continues."""
        number = number_in(request)
        self._store.study(number)
        folder = self._store.study_folder(number)
        if experiment_directory(folder) is None:
            raise ExperimentError("this study is still starting")
        stop_job(folder, pause=True)
        return RedirectResponse(f"/study/{number}/live", 303)

    def go_on(self, request: Request) -> Response:
        """Continue a search that was paused, with the rest of its budget."""
        number = number_in(request)
        record, folder = self._store.study(number), self._store.study_folder(number)
        if job_state(folder).phase != "paused":
            raise ExperimentError("this study is not paused")
        start_job(folder, float(record.plan.get("goal", 0.0)))
        return RedirectResponse(f"/study/{number}/live", 303)

    async def add_time(self, request: Request) -> Response:
        """Give the search more minutes."""
        number = number_in(request)
        minutes = number_given(await form_of(request), "minutes", 5.0, 0.5, 10_000)
        await run_in_threadpool(self._add_time, number, minutes)
        return RedirectResponse(f"/study/{number}/live", 303)

    def _add_time(self, number: int, minutes: float) -> None:
        study = self._context.live(number).study()
        limit = seconds_of(study.config.get("maxExperimentDuration")) if study else None
        phase = job_state(self._store.study_folder(number)).phase
        if limit is None or phase != "searching":
            raise ExperimentError("this study is not searching, or has no time limit")
        self._manager(number).set_duration(round(limit + 60 * minutes))

    def _manager(self, number: int) -> RestClient:
        """Return the manager of a study that is searching."""
        directory = experiment_directory(self._store.study_folder(number))
        url = known_url(directory.name) if directory else None
        if url is None or not job_state(self._store.study_folder(number)).running:
            raise ExperimentError("this study is not searching any more")
        return RestClient(url)

    def stop_trial(self, request: Request) -> Response:
        """End one trial."""
        number = number_in(request)
        job = str(request.path_params["job"])
        state = self._context.live(number).state()
        if job not in {row["job"] for row in state.get("running", ())}:
            raise ExperimentError("this trial does not run any more")
        self._manager(number).cancel(job)
        return RedirectResponse(f"/study/{number}/live", 303)
