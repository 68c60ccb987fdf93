"""Why a call is refused."""

from __future__ import annotations

from nni_hpo_ext.errors import HpoExtError

__all__ = ["Refusal", "conflict", "invalid", "missing"]


class Refusal(HpoExtError):
    """A call that the service refuses.

    Parameters
    ----------
    status
        Status of the HTTP answer.
    detail
        The reason, one line.
    retry_after
        Seconds after which the call may succeed, None if it will not.
    """

    def __init__(self, status: int, detail: str, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.retry_after = retry_after


def missing(detail: str) -> Refusal:
    """Return the refusal of a call about something that does not exist."""
    return Refusal(404, detail)


def conflict(detail: str) -> Refusal:
    """Return the refusal of a call that contradicts an earlier one."""
    return Refusal(409, detail)


def invalid(detail: str) -> Refusal:
    """Return the refusal of a call with unusable content."""
    return Refusal(422, detail)
