"""Calls about trials."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header

from nni_hpo_ext.asktell import HostedStudy
from nni_hpo_ext.serve._models import (
    Asking,
    Attempt,
    IntermediateReport,
    ReportAnswer,
    Result,
    TrialAnswer,
    TrialState,
)
from nni_hpo_ext.serve._service import Service
from nni_hpo_ext.serve._views import state, states, study_of, trial_answer

__all__ = ["trial_routes"]

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


def trial_routes(service: Service) -> APIRouter:
    """Return the calls about trials."""
    routes = APIRouter(prefix="/v1/studies/{name}/trials", tags=["trials"])

    @routes.get("", summary="List the trials")
    async def trials(name: str, status: str | None = None) -> list[TrialState]:
        def action(hosted: HostedStudy) -> list[TrialState]:
            found = states(hosted, study_of(hosted).trials)
            return [t for t in found if status in (None, t.status)]

        return await service.call(name, action)

    @routes.post("", summary="Ask for a trial to run")
    async def ask(name: str, asking: Asking | None = None, key: Key = None) -> TrialAnswer:
        request = asking or Asking()
        return await service.call(
            name, lambda s: trial_answer(s, s.ask(request.params, request.worker, key))
        )

    @routes.get("/{number}", summary="A trial with its results")
    async def trial(name: str, number: int) -> TrialState:
        return await service.call(name, lambda s: state(s, number))

    @routes.post("/{number}/reports", summary="Report an intermediate result")
    async def report(
        name: str, number: int, given: IntermediateReport, key: Key = None
    ) -> ReportAnswer:
        step, stop = await service.call(
            name, lambda s: s.report(number, given.value, given.step, given.attempt, key)
        )
        return ReportAnswer(decision="stop" if stop else "continue", step=step)

    @routes.put("/{number}/result", summary="Tell the result, the failure or the stop")
    async def tell(name: str, number: int, result: Result) -> TrialState:
        def action(hosted: HostedStudy) -> TrialState:
            hosted.tell(number, result.content(), result.attempt)
            return state(hosted, number)

        return await service.call(name, action)

    @routes.put("/{number}/lease", summary="Keep a trial, without a report")
    async def renew(name: str, number: int, given: Attempt | None = None) -> ReportAnswer:
        attempt = None if given is None else given.attempt
        stop = await service.call(name, lambda s: s.renew(number, attempt))
        return ReportAnswer(decision="stop" if stop else "continue")

    @routes.delete("/{number}/lease", summary="Give a trial back, for another worker")
    async def give_back(name: str, number: int, attempt: int | None = None) -> ReportAnswer:
        await service.call(name, lambda s: s.give_back(number, attempt))
        return ReportAnswer(decision="stop")

    return routes
