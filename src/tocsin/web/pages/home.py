"""The door: leads to the incidents."""

from __future__ import annotations

from starlette.responses import Response

from tocsin.web.declare import Page
from tocsin.web.visit import Visit, see_other


def show(visit: Visit) -> Response:
    """Everybody starts at the incidents."""
    del visit
    return see_other("/incidents")


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/", action="PUBLIC", get=show)]
