"""Connections are kept for the name they were made for, not for the address behind it.

Requests go to checked addresses (see `net.http`), and many names live behind one address. A connection
proves by its certificate that it is for one name: used for another, servers answer 421, and nobody
would have looked at a certificate. So every name has connections of its own.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

import httpx2

MOST_CONNECTIONS = 200
"""To one name."""
KEPT_SECONDS = 300.0
"""How long nothing is asked of a name before its connections are given up; longer than any exchange takes."""


@dataclass
class _Kept:
    transport: httpx2.AsyncHTTPTransport
    used_at: float


class ByName(httpx2.AsyncBaseTransport):
    """A transport for each name; which one, the request's `sni_hostname` says."""

    def __init__(self, tls: ssl.SSLContext, *, http2: bool = False) -> None:
        self._tls = tls
        self._http2 = http2
        self._kept: dict[str, _Kept] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send it over a connection to its name."""
        now = asyncio.get_running_loop().time()
        name = str(request.extensions["sni_hostname"])
        mine = self._kept.get(name)
        if mine is None:
            mine = self._kept[name] = _Kept(self._transport(), now)
        mine.used_at = now
        await self._give_up(now - KEPT_SECONDS)
        return await mine.transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._give_up(float("inf"))

    def _transport(self) -> httpx2.AsyncHTTPTransport:
        return httpx2.AsyncHTTPTransport(
            verify=self._tls,
            trust_env=False,
            http1=not self._http2,
            http2=self._http2,
            limits=httpx2.Limits(max_connections=MOST_CONNECTIONS),
        )

    async def _give_up(self, before: float) -> None:
        """Close what was last used before then."""
        for name in list(self._kept):
            # Others run while one is closed: what they closed or used again is looked at anew.
            kept = self._kept.get(name)
            if kept is not None and kept.used_at < before:
                del self._kept[name]
                await kept.transport.aclose()
