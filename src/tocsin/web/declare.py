"""What a page is: a path, the action it needs, and what it answers. Access is checked in `serve`, once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response

from tocsin.core.access import Action
from tocsin.web.visit import Visit

Handler = Callable[[Visit], Response]
Stream = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, kw_only=True)
class Page:
    """One route of the pages. `get` shows and never changes anything; `post` acts."""

    path: str
    action: Action
    """What a visitor must be allowed to do (core.access)."""
    post_action: Action | None = None
    """What acting needs, when that is more than looking."""
    get: Handler | None = None
    post: Handler | None = None
    stream: Stream | None = None
    """An answer that goes on; runs on the event loop instead of in a worker thread."""
    fields: int = 60
    """How many fields a form may have."""
    files: int = 0
    """How many files a form may bring; they are read as text."""
    body: int = 300_000
    """How many bytes a form may have."""
    foreign_posts: bool = False
    """Whether a POST may come from another site: only where the path's token is the whole authority."""

    @property
    def methods(self) -> list[str]:
        """The HTTP methods it answers."""
        return ["GET"] * bool(self.get or self.stream) + ["POST"] * bool(self.post)

    def needs(self, method: str) -> Action:
        """The action that a request with this method asks for."""
        return self.post_action or self.action if method == "POST" else self.action
