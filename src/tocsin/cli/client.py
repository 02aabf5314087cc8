"""A small client of a running Tocsin; its failures say what to mend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from tocsin.cli.shell import Failed, settings
from tocsin.kit.errors import BadInput, Forbidden, NotFound, TocsinError, Unauthenticated
from tocsin.settings import Settings

TIMEOUT_SECONDS = 30.0
PAGE = 50
_AGENT = {"user-agent": "tocsin-cli", "accept": "application/json"}


class Client:
    """Speaks to one server with one key."""

    def __init__(self, http: httpx2.Client, url: str) -> None:
        self._http = http
        self.url = url

    def get(self, path: str, **query: Any) -> Any:
        """The JSON at a path; None in the query is left out, `_` in names is `-`."""
        wanted = {name.replace("_", "-"): value for name, value in query.items() if value is not None}
        return self._call("GET", path, params=wanted)

    def post(self, path: str, body: object) -> Any:
        """Post JSON; the JSON answer."""
        return self._call("POST", path, json=body)

    def every(self, path: str, size: int = PAGE) -> Iterator[dict[str, Any]]:
        """Every item of a list, page by page."""
        seen: set[Any] = set()
        while True:
            page = self.get(path, start_index=len(seen), max_results=size)
            fresh = [item for item in page if item["id"] not in seen]
            yield from fresh
            seen.update(item["id"] for item in fresh)
            if len(page) < size or not fresh:
                return

    def find(self, path: str, noun: str, wanted: str, size: int = PAGE) -> dict[str, Any]:
        """The item whose id or name is `wanted`. Raises NotFound with the names there are."""
        items = list(self.every(path, size))
        fold = wanted.strip().casefold()
        for item in items:
            if str(item["id"]) == fold or str(item.get("name", "")).casefold() == fold:
                return item
        names = ", ".join(sorted(str(item.get("name")) for item in items)[:10]) or "none"
        raise NotFound(f"there is no {noun} {wanted!r}; there are: {names}")

    def _call(self, method: str, path: str, **options: Any) -> Any:
        try:
            answer = self._http.request(method, path, **options)
        except httpx2.TimeoutException:
            raise Failed(f"{self.url} does not answer within {TIMEOUT_SECONDS:g} s") from None
        except httpx2.HTTPError as fault:
            raise Failed(
                f"cannot reach {self.url} ({fault}): is `tocsin serve` running, is TOCSIN_URL right?"
            ) from None
        if answer.is_success:
            return _json(answer, self.url)
        raise _refusal(answer, path, self.url)


@contextmanager
def client(*, key: bool = True) -> Iterator[Client]:
    """A client by the settings; `key` says that an API key is needed."""
    known = settings()
    headers = dict(_AGENT)
    if key:
        headers["authorization"] = f"Bearer {_key(known)}"
    with httpx2.Client(base_url=known.url, headers=headers, timeout=TIMEOUT_SECONDS) as http:
        yield Client(http, known.url)


def _key(known: Settings) -> str:
    if not known.api_key:
        raise Unauthenticated(
            "set TOCSIN_API_KEY to an API key: `tocsin init` prints one, your profile makes more"
        )
    if not (known.api_key.isascii() and known.api_key.isprintable()):
        raise Unauthenticated("TOCSIN_API_KEY is no API key: it has strange characters")
    return known.api_key


def _json(answer: httpx2.Response, url: str) -> Any:
    if not answer.content:
        return {}
    try:
        return answer.json()
    except ValueError:
        raise Failed(f"{url} does not answer as Tocsin does: is TOCSIN_URL right?") from None


def _refusal(answer: httpx2.Response, path: str, url: str) -> TocsinError:
    words = _words(answer)
    match answer.status_code:
        case 401:
            return Unauthenticated(f"{url} does not know this API key{words}: check TOCSIN_API_KEY")
        case 403:
            return Forbidden(f"the holder of this API key may not do this{words}")
        case 404:
            hint = "" if words else ": check that TOCSIN_URL is a Tocsin"
            return NotFound(f"{url} finds nothing at {path}{words}{hint}")
        case 400 | 409 | 422:
            return BadInput.at("", f"{url} refuses this{words}")
        case 429:
            return Failed(f"{url} has too many requests of yours{words}: try again later")
        case status:
            return Failed(f"{url} answers {status}{words}")


def _words(answer: httpx2.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return ""
    message = body.get("message") if isinstance(body, dict) else None
    return f" ({message})" if message else ""
