"""Pages of image sets: home, upload, overview, pictures."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from PIL import Image, ImageOps
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.studio.data import describe, examples, leave_out_duplicates, use_all
from nni_hpo_ext.studio.jobs import job_state
from nni_hpo_ext.studio.pages._context import Context, number_in
from nni_hpo_ext.studio.pages._imports import ARCHIVE
from nni_hpo_ext.trial.checkpoint import write_whole

__all__ = ["data_routes"]

_MOST_UPLOAD = 20 * 2**30
_THUMBNAIL = 96
_LARGE = 512
_PER_CLASS = 8
_GROUPS = 12


def data_routes(context: Context) -> list[Route]:
    """Return the routes of image sets."""
    pages = _DataPages(context)
    return [
        Route("/", pages.home),
        Route("/data/upload", pages.upload, methods=["POST"]),
        Route("/data/add", pages.add, methods=["POST"]),
        Route("/data/{id:int}", pages.overview),
        Route("/data/{id:int}/state", pages.state),
        Route("/data/{id:int}/duplicates", pages.duplicates, methods=["POST"]),
        Route("/data/{id:int}/picture/{picture:int}", pages.picture),
    ]


class _DataPages:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    def home(self, request: Request) -> Response:
        """Show studies and image sets, and how to add one."""
        sets = self._store.sets()
        names = {record.id: record.name for record in sets}
        studies = [
            {
                "record": record,
                "set": names.get(record.set_id, ""),
                "phase": job_state(self._store.study_folder(record.id)).phase,
                "best": self._best(record.id),
            }
            for record in self._store.studies()
        ]
        return self._context.page(
            "home.html", {"sets": sets, "studies": studies, "examples": examples()}
        )

    def _best(self, number: int) -> str:
        best = self._context.live(number).state().get("best")
        return f"{best['shown']} ({best['model']})" if best else ""

    async def upload(self, request: Request) -> Response:
        """Write the body of a request, a zip file, to a file, block by block."""
        name = unquote(request.headers.get("x-name", "")) or "images"
        number = await run_in_threadpool(
            self._store.add_set, Path(name.replace("\\", "/")).name.removesuffix(".zip"), "upload"
        )
        part = self._store.set_folder(number) / f"{ARCHIVE}.part"
        try:
            await self._receive(request, part)
        except BaseException:
            part.unlink(missing_ok=True)
            self._store.mark_set(number, "failed", "the upload was interrupted")
            raise
        part.rename(part.with_name(ARCHIVE))
        self._context.importer.start(number)
        return JSONResponse({"url": f"/data/{number}"})

    @staticmethod
    async def _receive(request: Request, file: Path) -> None:
        size = 0
        with file.open("wb") as out:
            async for block in request.stream():
                size += len(block)
                if size > _MOST_UPLOAD:
                    raise DataError(f"an upload must not exceed {_MOST_UPLOAD // 2**30} GiB")
                await run_in_threadpool(out.write, block)

    async def add(self, request: Request) -> Response:
        """Add a folder of this machine, or an example."""
        async with request.form() as form:
            folder, example = str(form.get("folder") or ""), str(form.get("example") or "")
        if example:
            if example not in examples():
                raise DataError(f"there is no example {example!r}")
            number = self._store.add_set(example, "example")
        else:
            path = Path(folder).expanduser()
            if not path.is_absolute() or not path.is_dir():
                raise DataError(f"{folder!r} is not a folder on this machine; give its full path")
            number = self._store.add_set(path.name, str(path))
        self._context.importer.start(number)
        return RedirectResponse(f"/data/{number}", 303)

    def state(self, request: Request) -> Response:
        """Return how far the reading of a set is."""
        record = self._store.one_set(number_in(request))
        share = self._context.importer.progress(record.id)
        return JSONResponse({"state": record.state, "message": record.message, "share": share})

    def overview(self, request: Request) -> Response:
        """Show what is in an image set, and what may be wrong with it."""
        record = self._store.one_set(number_in(request))
        if record.state != "ready":
            return self._context.page("reading.html", {"record": record})
        images = self._context.images(record.id)
        found = describe(images)
        shown: dict[str, list[int]] = {label: [] for label in images.labels}
        for number, picture in enumerate(images.pictures):
            if not picture.out and len(shown[picture.label]) < _PER_CLASS:
                shown[picture.label].append(number)
        values: dict[str, Any] = {
            "record": record,
            "images": images,
            "found": found,
            "shown": shown,
            "groups": (found.leaks or found.near)[:_GROUPS],
            "left_out": [p for p in images.pictures if p.out],
        }
        return self._context.page("data.html", values)

    async def duplicates(self, request: Request) -> Response:
        """Leave duplicates out, or use them again."""
        number = number_in(request)
        async with request.form() as form:
            out = form.get("action") == "out"
        await run_in_threadpool(self._change, number, out)
        return RedirectResponse(f"/data/{number}", 303)

    def _change(self, number: int, out: bool) -> None:
        images = self._context.images(number)
        if out:
            leave_out_duplicates(images)
        else:
            use_all(images)
        images.save()

    def picture(self, request: Request) -> Response:
        """Return a picture, small or large; only its number comes from outside."""
        number = number_in(request)
        images = self._context.images(number)
        which = number_in(request, "picture")
        if which >= len(images.pictures) or images.pictures[which].out.startswith("too large"):
            raise DataError(f"there is no picture {which}")
        side = _LARGE if "large" in request.query_params else _THUMBNAIL
        folder = self._store.set_folder(number) / "thumbnails"
        kept = folder / f"{images.pictures[which].digest[:32]}-{side}.png"
        if not kept.is_file():
            try:
                content = _thumbnail(images.path(which), side)
            except (OSError, ValueError) as error:
                raise DataError(f"picture {which} cannot be read: {error}") from None
            write_whole(kept, lambda path: path.write_bytes(content))
        headers = {"Cache-Control": "private, max-age=86400"}
        return Response(kept.read_bytes(), media_type="image/png", headers=headers)


def _thumbnail(path: Path, side: int) -> bytes:
    with Image.open(path) as image:
        image.draft("RGB", (side, side))
        plain = image.convert("RGB")
    # Small pictures are enlarged: digits of 8 x 8 pixels would be dots.
    sharp = max(plain.size) < side // 2
    method = Image.Resampling.NEAREST if sharp else Image.Resampling.BICUBIC
    out = io.BytesIO()
    ImageOps.contain(plain, (side, side), method).save(out, "png")
    return out.getvalue()
