"""Pages of a new study: its choices, the config that they give, its start."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from nni_hpo_ext.check import check_config
from nni_hpo_ext.errors import ConfigError, DataError, MissingDependencyError
from nni_hpo_ext.studio.jobs import experiment_directory, start_job, write_config
from nni_hpo_ext.studio.models import MODELS, SEARCHES, SIDE, StudyPlan, study_config
from nni_hpo_ext.studio.pages._context import Context, number_in
from nni_hpo_ext.studio.pages._forms import form_of, number_given, one
from nni_hpo_ext.trial.pretrained import cache_folders, cached_weights, pretrained

__all__ = ["new_routes"]

_PRESELECTED = ("svm", "forest", "logistic", "small_cnn")


def new_routes(context: Context) -> list[Route]:
    """Return the routes of new studies."""
    pages = _NewPages(context)
    return [
        Route("/models", pages.models),
        Route("/data/{id:int}/new", pages.new),
        Route("/data/{id:int}/new", pages.start, methods=["POST"]),
        Route("/data/{id:int}/check", pages.check, methods=["POST"]),
    ]


class _NewPages:
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
            usable = [m for m in usable if m.kind == "shallow" or m.is_pretrained]
        earlier = [s for s in self._store.studies() if s.set_id == number]
        values = {
            "record": self._store.one_set(number),
            "images": images,
            "folder": self._store.set_folder(number),
            "models": usable,
            "chosen": _PRESELECTED,
            "searches": SEARCHES,
            "earlier": [s for s in earlier if self._experiment(s.id)],
            "weights": cached_weights(),
            "caches": [*cache_folders("keras"), *cache_folders("torch")],
            "network_size": SIDE,
            "parallel": max(1, min(4, os.cpu_count() or 1)),
        }
        return self._context.page("new.html", values)

    def _experiment(self, number: int) -> Path | None:
        return experiment_directory(self._store.study_folder(number))

    async def check(self, request: Request) -> Response:
        """Return the config of the choices as YAML, with what `nni-hpo check` finds."""
        number = number_in(request)
        given = await form_of(request)
        text, problems = await run_in_threadpool(self._checked, number, given)
        return JSONResponse({"yaml": text, "findings": problems})

    def _checked(self, number: int, given: Mapping[str, Any]) -> tuple[str, list[str]]:
        try:
            config = self._config(number, given)
        except (ConfigError, DataError, MissingDependencyError) as error:
            return one(given, "yaml"), [str(error)]
        text = yaml.safe_dump(config, sort_keys=False)
        with tempfile.TemporaryDirectory(prefix="nni-hpo-studio-") as scratch:
            found = check_config(write_config(Path(scratch), config))
        return text, [str(each.finding) for each in found]

    def _config(self, number: int, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the config: the expert's own, or that of the choices."""
        if own := one(given, "yaml"):
            try:
                config = yaml.safe_load(own)
            except yaml.YAMLError as error:
                raise ConfigError(f"the YAML cannot be read: {error}") from None
            if not isinstance(config, dict):
                raise ConfigError("the YAML must be a mapping, key: value")
            return config
        return study_config(self._plan(number, given), self._context.images(number).size)

    def _plan(self, number: int, given: Mapping[str, Any]) -> StudyPlan:
        earlier = one(given, "start_from")
        directory = self._experiment(int(earlier)) if earlier else None
        return StudyPlan(
            name=one(given, "name") or self._store.one_set(number).name,
            data=self._store.set_folder(number),
            models=[str(name) for name in given.get("models", [])],
            search=one(given, "search") or "Diversified",
            minutes=number_given(given, "minutes", 5.0, 0.5, 10_000),
            trials=int(number_given(given, "trials", 100, 1, 100_000)),
            parallel=int(number_given(given, "parallel", 2, 1, 64)),
            goal=number_given(given, "goal", 0.0, 0.0, 100.0) / 100,
            epochs=int(number_given(given, "epochs", 15, 1, 1000)),
            seed=int(number_given(given, "seed", 0, 0, 2**31)),
            start_from=str(directory or ""),
            hardware=bool(one(given, "hardware")),
            workers=one(given, "workers"),
            ssh_key=one(given, "ssh_key"),
            address=one(given, "address"),
            weights=_weights(given),
            network_size=int(number_given(given, "network_size", SIDE, 32, 512)),
        )

    async def start(self, request: Request) -> Response:
        """Start a study in a process of its own."""
        number = number_in(request)
        given = await form_of(request)
        study = await run_in_threadpool(self._start, number, given)
        return RedirectResponse(f"/study/{study}/live", 303)

    def _start(self, number: int, given: Mapping[str, Any]) -> int:
        config = self._config(number, given)
        plan = self._plan(number, given)
        told = {**asdict(plan), "data": str(plan.data), "models": list(plan.models)}
        study = self._store.add_study(number, str(config.get("experimentName") or plan.name), told)
        folder = self._store.study_folder(study)
        write_config(folder, config)
        start_job(folder, plan.goal)
        return study


def _weights(given: Mapping[str, Any]) -> str:
    """Return the pretrained network of a form, which is on this machine; empty for none."""
    file, network = one(given, "weights_file"), one(given, "network")
    text = file or one(given, "weights")
    if not text:
        return ""
    chosen = pretrained(text)
    if chosen.file:
        chosen = replace(chosen, file=chosen.file.absolute())
    if file and network:
        chosen = replace(chosen, network=network)
    chosen.require()
    return str(chosen)
