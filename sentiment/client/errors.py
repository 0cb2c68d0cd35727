"""What can go wrong with a request, as types that a caller can tell apart."""

from __future__ import annotations

from sentiment.api.schemas import Problem


class ClientError(Exception):
    """A request failed; no message quotes a text or a key."""


class NoAnswerError(ClientError):
    """The app could not be reached, or broke off, as often as it was tried."""


class UnexpectedAnswerError(ClientError):
    """What came back is not what the API answers: the address may be that of something else."""


class RequestError(ClientError):
    """The app answered with a problem (RFC 9457).

    Attributes:
        problem: The problem; where the platform answers without one, made from the status.
    """

    def __init__(self, problem: Problem) -> None:
        at = f" (at {problem.field})" if problem.field else ""
        super().__init__(f"{problem.status} {problem.title}: {problem.detail}{at}")
        self.problem = problem

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status


class InvalidRequestError(RequestError):
    """What was sent is wrong and would be wrong again; ``field`` tells where."""

    @property
    def field(self) -> str | None:
        """The path of the field, such as ``$.texts[3]``; the number is that among all texts."""
        return self.problem.field


class RefusedKeyError(RequestError):
    """The key is missing or wrong."""


class UnavailableError(RequestError):
    """The app was busy or not ready, as often as it was tried.

    Attributes:
        retry_after: Seconds after which it asks to be tried again, or None.
    """

    def __init__(self, problem: Problem, retry_after: float | None) -> None:
        super().__init__(problem)
        self.retry_after = retry_after
