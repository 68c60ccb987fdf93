"""Pages of a study that has ended: result, pictures of a cell, downloads, trying it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from nni_hpo_ext.errors import DataError, ExperimentError
from nni_hpo_ext.report import make_report
from nni_hpo_ext.studio.jobs import CONFIG_FILE, MODEL_FILE, ONNX_FILE, job_state
from nni_hpo_ext.studio.models import FEATURES, FeatureTable, Scored
from nni_hpo_ext.studio.pages._context import Context, number_in
from nni_hpo_ext.studio.pages._importance import what_mattered
from nni_hpo_ext.studio.pages._published import known_set
from nni_hpo_ext.studio.pages._result import figures, mistakes_between, model_rows, searched
from nni_hpo_ext.studio.predict import features, read_image
from nni_hpo_ext.study import Study

__all__ = ["result_routes"]

_NEAREST = 6
_MOST_IMAGE = 50 * 2**20
_FEATURES = FEATURES["histograms"]


def result_routes(context: Context) -> list[Route]:
    """Return the routes of studies that have ended."""
    pages = _ResultPages(context)
    return [
        Route("/study/{id:int}", pages.result),
        Route("/study/{id:int}/cell/{true:int}/{said:int}", pages.cell),
        Route("/study/{id:int}/report", pages.opened_report),
        Route("/study/{id:int}/report.html", pages.report),
        Route(f"/study/{{id:int}}/{MODEL_FILE}", pages.model),
        Route(f"/study/{{id:int}}/{ONNX_FILE}", pages.onnx),
        Route("/study/{id:int}/config.yml", pages.config),
        Route("/study/{id:int}/try", pages.attempt),
        Route("/study/{id:int}/try", pages.answer, methods=["POST"]),
    ]


class _ResultPages:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    def result(self, request: Request) -> Response:
        """Show the result; a study that still runs has its live page."""
        number = number_in(request)
        record = self._store.study(number)
        found = self._context.finished(number)
        if found is None:
            return RedirectResponse(f"/study/{number}/live", 303)
        study, scored, _ = found
        values: dict[str, Any] = {
            "record": record,
            "set": self._store.one_set(record.set_id),
            "card": scored.card,
            "onnx": scored.card.get("onnx", {}),
            "figures": figures(scored),
            "known": known_set(scored.card["labels"]),
            "models": model_rows(study),
            "mattered": what_mattered(study),
            "searched": searched(study),
            "validation": study.score.validation if study.score else 0.0,
            "trial": study.score.trial if study.score else 0,
            "points": _points(study),
            "message": job_state(self._store.study_folder(number)).message,
        }
        return self._context.page("result.html", values)

    def _finished(self, number: int) -> tuple[Study, Scored, Path]:
        found = self._context.finished(number)
        if found is None:
            raise ExperimentError("this study has no result yet")
        return found

    def cell(self, request: Request) -> Response:
        """Show the pictures of a cell of the confusion matrix."""
        number = number_in(request)
        _, scored, _ = self._finished(number)
        labels = scored.card["labels"]
        true, said = number_in(request, "true"), number_in(request, "said")
        if max(true, said) >= len(labels):
            raise DataError("there is no such cell")
        record = self._store.study(number)
        values = {
            "record": record,
            "true": labels[true],
            "said": labels[said],
            "pictures": mistakes_between(scored, true, said),
        }
        return self._context.page("cell.html", values)

    def report(self, request: Request) -> Response:
        """Return the report on the search as a file."""
        number = number_in(request)
        headers = {"Content-Disposition": f'attachment; filename="study-{number}.html"'}
        return self._report(number, headers)

    def opened_report(self, request: Request) -> Response:
        """Show the report on the search, for printing."""
        # Its own policy allows the scripts inside it; the sandbox keeps them away from the studio.
        policy = "sandbox allow-scripts allow-modals allow-downloads; frame-ancestors 'none'"
        return self._report(number_in(request), {"Content-Security-Policy": policy})

    def _report(self, number: int, headers: Mapping[str, str]) -> Response:
        study = self._context.live(number).study()
        if study is None:
            raise ExperimentError("this study has no trial yet")
        return Response(make_report(study), media_type="text/html", headers=headers)

    def model(self, request: Request) -> Response:
        """Return the model as a file."""
        return self._packed(number_in(request), MODEL_FILE, "model")

    def onnx(self, request: Request) -> Response:
        """Return the model as a file, in the ONNX format."""
        return self._packed(number_in(request), ONNX_FILE, "model-onnx")

    def _packed(self, number: int, name: str, title: str) -> Response:
        file = self._store.study_folder(number) / name
        if not file.is_file():
            raise ExperimentError("this study has no such model")
        return FileResponse(file, filename=f"{title}-{number}.zip")

    def config(self, request: Request) -> Response:
        """Return the config as a file."""
        number = number_in(request)
        self._store.study(number)
        file = self._store.study_folder(number) / CONFIG_FILE
        return FileResponse(file, filename=f"study-{number}.yml")

    def attempt(self, request: Request) -> Response:
        """Show the page on which a model can be tried."""
        number = number_in(request)
        _, scored, _ = self._finished(number)
        values = {"record": self._store.study(number), "card": scored.card}
        return self._context.page("try.html", values)

    async def answer(self, request: Request) -> Response:
        """Classify the image that is the body of a request."""
        number = number_in(request)
        content = bytearray()
        async for block in request.stream():
            content += block
            if len(content) > _MOST_IMAGE:
                raise DataError(f"an image must not exceed {_MOST_IMAGE // 2**20} MiB")
        return JSONResponse(await run_in_threadpool(self._answer, number, bytes(content)))

    def _answer(self, number: int, content: bytes) -> dict[str, Any]:
        _, scored, kept = self._finished(number)
        set_id = self._store.study(number).set_id
        images = self._context.images(set_id)
        try:
            image, plain = (
                read_image(io.BytesIO(content), size, channels)
                for size, channels in (
                    (scored.card["size"], scored.card["channels"]),
                    (images.size, images.channels),
                )
            )
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise DataError(f"this is not a readable image ({error})") from None
        with self._context.classifier(kept) as model:
            row = model.probabilities(image[None])[0]
        order = np.argsort(-row)
        return {
            "answers": [[scored.card["labels"][i], float(row[i])] for i in order],
            "nearest": self._nearest(set_id, plain),
        }

    def _nearest(self, set_id: int, image: Any) -> list[dict[str, Any]]:
        """Return the most similar training images, by histograms of gradients and colours."""
        images = self._context.images(set_id)
        known = FeatureTable(images, images.size).of("train", _FEATURES)
        spread = known.std(axis=0) + 1e-6
        distance = np.linalg.norm((known - features(image[None], _FEATURES)) / spread, axis=1)
        rows = images.rows("train")
        nearest = [rows[i] for i in np.argsort(distance)[:_NEAREST]]
        base = f"/data/{set_id}/picture"
        return [{"url": f"{base}/{row}", "label": images.pictures[row].label} for row in nearest]


def _points(study: Study) -> list[list[Any]]:
    """Return seconds, accuracy and number of each successful trial."""
    goal = study.objectives[0].name
    return [[t.seconds or 0.0, t.values[goal], t.number] for t in study.ranking]
