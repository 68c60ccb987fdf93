"""Pages of studies: a new one, and a running one."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from nni_hpo_ext.check import check_config
from nni_hpo_ext.errors import ConfigError, ExperimentError
from nni_hpo_ext.studio.jobs import (
    CONFIG_FILE,
    experiment_directory,
    job_state,
    start_job,
    stop_job,
    write_config,
)
from nni_hpo_ext.studio.models import MODELS, SEARCHES, StudyPlan, study_config
from nni_hpo_ext.studio.pages._context import Context, number_in
from nni_hpo_ext.study import RestClient, known_url, seconds_of

__all__ = ["study_routes"]

_PRESELECTED = ("svm", "forest", "logistic", "small_cnn")
_BEAT_SECONDS = 1.5
_SILENT_BEATS = 10


def study_routes(context: Context) -> list[Route]:
    """Return the routes of new and running studies."""
    pages = _StudyPages(context)
    return [
        Route("/models", pages.models),
        Route("/data/{id:int}/new", pages.new),
        Route("/data/{id:int}/new", pages.start, methods=["POST"]),
        Route("/data/{id:int}/check", pages.check, methods=["POST"]),
        Route("/study/{id:int}/live", pages.live),
        Route("/study/{id:int}/state", pages.state),
        Route("/study/{id:int}/events", pages.events),
        Route("/study/{id:int}/stop", pages.stop, methods=["POST"]),
        Route("/study/{id:int}/time", pages.add_time, methods=["POST"]),
        Route("/study/{id:int}/trial/{job:str}/stop", pages.stop_trial, methods=["POST"]),
    ]


class _StudyPages:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    def models(self, request: Request) -> Response:
        """Show what each model is good for and what it costs."""
        return self._context.page("models.html", {"models": MODELS.values()})

    def new(self, request: Request) -> Response:
        """Show the choices of a new study, with defaults that are good enough to start."""
        number = number_in(request)
        images = self._context.images(number)
        usable = [m for m in MODELS.values() if m.least <= images.size]
        if find_spec("tensorflow") is None:
            usable = [m for m in usable if m.kind == "shallow"]
        earlier = [s for s in self._store.studies() if s.set_id == number]
        values = {
            "record": self._store.one_set(number),
            "images": images,
            "models": usable,
            "chosen": _PRESELECTED,
            "searches": SEARCHES,
            "earlier": [s for s in earlier if experiment_directory(self._folder(s.id))],
            "parallel": max(1, min(4, os.cpu_count() or 1)),
        }
        return self._context.page("new.html", values)

    def _folder(self, number: int) -> Path:
        return self._store.study_folder(number)

    async def check(self, request: Request) -> Response:
        """Return the config of the choices as YAML, with what `nni-hpo check` finds."""
        number = number_in(request)
        async with request.form() as form:
            given = {key: form.getlist(key) for key in form}
        text, problems = await run_in_threadpool(self._checked, number, given)
        return JSONResponse({"yaml": text, "findings": problems})

    def _checked(self, number: int, given: Mapping[str, Any]) -> tuple[str, list[str]]:
        try:
            config = self._config(number, given)
        except ConfigError as error:
            return _one(given, "yaml"), [str(error)]
        text = yaml.safe_dump(config, sort_keys=False)
        with tempfile.TemporaryDirectory(prefix="nni-hpo-studio-") as scratch:
            found = check_config(write_config(Path(scratch), config))
        return text, [str(each.finding) for each in found]

    def _config(self, number: int, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the config: the expert's own, or that of the choices."""
        if own := _one(given, "yaml"):
            try:
                config = yaml.safe_load(own)
            except yaml.YAMLError as error:
                raise ConfigError(f"the YAML cannot be read: {error}") from None
            if not isinstance(config, dict):
                raise ConfigError("the YAML must be a mapping, key: value")
            return config
        return study_config(self._plan(number, given), self._context.images(number).size)

    def _plan(self, number: int, given: Mapping[str, Any]) -> StudyPlan:
        earlier = _one(given, "start_from")
        directory = experiment_directory(self._folder(int(earlier))) if earlier else None
        return StudyPlan(
            name=_one(given, "name") or self._store.one_set(number).name,
            data=self._store.set_folder(number),
            models=[str(name) for name in given.get("models", [])],
            search=_one(given, "search") or "Diversified",
            minutes=_number(given, "minutes", 5.0, 0.5, 10_000),
            trials=int(_number(given, "trials", 100, 1, 100_000)),
            parallel=int(_number(given, "parallel", 2, 1, 64)),
            goal=_number(given, "goal", 0.0, 0.0, 100.0) / 100,
            epochs=int(_number(given, "epochs", 15, 1, 1000)),
            seed=int(_number(given, "seed", 0, 0, 2**31)),
            start_from=str(directory or ""),
        )

    async def start(self, request: Request) -> Response:
        """Start a study in a process of its own."""
        number = number_in(request)
        async with request.form() as form:
            given = {key: form.getlist(key) for key in form}
        study = await run_in_threadpool(self._start, number, given)
        return RedirectResponse(f"/study/{study}/live", 303)

    def _start(self, number: int, given: Mapping[str, Any]) -> int:
        config = self._config(number, given)
        plan = self._plan(number, given)
        told = {**asdict(plan), "data": str(plan.data), "models": list(plan.models)}
        study = self._store.add_study(number, str(config.get("experimentName") or plan.name), told)
        write_config(self._folder(study), config)
        start_job(self._folder(study), plan.goal)
        return study

    def live(self, request: Request) -> Response:
        """Show a study while it runs, and its trials afterwards."""
        number = number_in(request)
        record = self._store.study(number)
        values = {
            "record": record,
            "set": self._store.one_set(record.set_id),
            "state": self._context.live(number).state(),
            "config": (self._folder(number) / CONFIG_FILE).read_text(encoding="utf-8"),
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
            while not await request.is_disconnected():
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
        stop_job(self._folder(number))
        return RedirectResponse(f"/study/{number}/live", 303)

    async def add_time(self, request: Request) -> Response:
        """Give the search more minutes."""
        number = number_in(request)
        async with request.form() as form:
            minutes = _number({"minutes": form.getlist("minutes")}, "minutes", 5.0, 0.5, 10_000)
        await run_in_threadpool(self._add_time, number, minutes)
        return RedirectResponse(f"/study/{number}/live", 303)

    def _add_time(self, number: int, minutes: float) -> None:
        study = self._context.live(number).study()
        limit = seconds_of(study.config.get("maxExperimentDuration")) if study else None
        if study is None or limit is None or job_state(self._folder(number)).phase != "searching":
            raise ExperimentError("this study is not searching, or has no time limit")
        self._manager(number).set_duration(round(limit + 60 * minutes))

    def _manager(self, number: int) -> RestClient:
        """Return the manager of a study that is searching."""
        directory = experiment_directory(self._folder(number))
        url = known_url(directory.name) if directory else None
        if url is None or not job_state(self._folder(number)).running:
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


def _one(given: Mapping[str, Any], key: str) -> str:
    values = given.get(key) or [""]
    return str(values[0]).strip()


def _number(given: Mapping[str, Any], key: str, default: float, low: float, high: float) -> float:
    text = _one(given, key)
    if not text:
        return default
    try:
        found = float(text)
    except ValueError:
        raise ConfigError(f"{key} must be a number, got {text!r}") from None
    if not low <= found <= high:
        raise ConfigError(f"{key} must be from {low:g} to {high:g}, got {text}")
    return found
