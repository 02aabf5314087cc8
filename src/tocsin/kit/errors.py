"""Refusals that a caller can act on. Each names a stable code and says what to mend."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input: the field's path ("" is the whole) and what to mend."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class TocsinError(Exception):
    """The root of our refusals; `code` is stable and for machines."""

    code = "ERROR"
    refuses = False
    """Whether something was asked for that must not be done as it was asked; otherwise it could not be done."""

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code:
            self.code = code


class BadInput(TocsinError):
    """The input cannot be used as it is; `problems` says where and why."""

    code = "BAD_REQUEST"
    refuses = True

    def __init__(self, *problems: Problem, code: str | None = None) -> None:
        super().__init__("; ".join(map(str, problems)), code=code)
        self.problems = problems

    @classmethod
    def at(cls, path: str, message: str, *, code: str | None = None) -> BadInput:
        """One problem at one path."""
        return cls(Problem(path, message), code=code)


class NotFound(TocsinError):
    """There is no such thing, or the caller may not know of it."""

    code = "NOT_FOUND"
    refuses = True


class Unauthenticated(TocsinError):
    """Nobody said who they are."""

    code = "UNAUTHORIZED"
    refuses = True


class Forbidden(TocsinError):
    """The caller is known and may not do this."""

    code = "FORBIDDEN"
    refuses = True


class Conflict(TocsinError):
    """The state of things does not allow it: a name taken, a stale version, a thing in use."""

    code = "CONFLICT"
    refuses = True


class Refused(TocsinError):
    """An incident cannot take this step; its state is untouched. Codes: see core.incidents."""

    code = "REFUSED"


class Overloaded(TocsinError):
    """A limit was reached; try again later."""

    code = "OVERLOADED"
