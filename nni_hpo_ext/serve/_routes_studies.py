"""Calls about studies."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from nni_hpo_ext.asktell import conflict, missing
from nni_hpo_ext.errors import DataError
from nni_hpo_ext.report import make_report
from nni_hpo_ext.serve._models import StudyAnswer, StudyDefinition, TrialState
from nni_hpo_ext.serve._service import Service
from nni_hpo_ext.serve._views import records, states, study_answer, study_of

__all__ = ["study_routes"]


def study_routes(service: Service) -> APIRouter:
    """Return the calls about studies."""
    routes = APIRouter(prefix="/v1/studies", tags=["studies"])

    @routes.get("", summary="List the studies")
    async def names() -> list[str]:
        return await run_in_threadpool(service.store.names)

    @routes.put("/{name}", summary="Create a study; return its token")
    async def create(name: str, definition: StudyDefinition) -> StudyAnswer:
        study = await service.create(name, definition.model_dump())
        return study_answer(study, service.tokens.of(name))

    @routes.get("/{name}", summary="Definition and number of trials")
    async def show(name: str) -> StudyAnswer:
        return await service.call(name, study_answer)

    @routes.get("/{name}/best", summary="The best trial by the first objective")
    async def best(name: str) -> TrialState:
        def action(hosted: Any) -> TrialState:
            found = study_of(hosted).best
            if found is None:
                raise missing("no trial has succeeded yet")
            return states(hosted, [found])[0]

        return await service.call(name, action)

    @routes.get("/{name}/front", summary="The trials on the Pareto front")
    async def front(name: str) -> list[TrialState]:
        return await service.call(name, lambda hosted: states(hosted, study_of(hosted).front))

    @routes.get("/{name}/report", summary="Report as an HTML page")
    async def report(name: str) -> HTMLResponse:
        study = await service.call(name, lambda hosted: study_of(hosted, journals=True))
        try:
            return HTMLResponse(await run_in_threadpool(make_report, study, "html"))
        except DataError as error:
            raise conflict(str(error)) from error

    @routes.get("/{name}/log", summary="Every event, for nni-hpo watch, report and export")
    async def log(name: str) -> dict[str, Any]:
        return await service.call(name, records)

    return routes
