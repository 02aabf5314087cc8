"""Asking web servers: one client, guarded against being sent to where it must not go.

Rule: a name is resolved once, every address it has is checked, and the connection goes to one of the
checked addresses. So a name that answers differently the second time (rebinding) gains nothing.
Redirects are not followed: they would be a second, unchecked target. Nothing that a network can do
raises here; it becomes a value that says whether the request may have been received.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence

import httpx2

from tocsin.net.by_name import ByName
from tocsin.plugins import HttpAnswer, HttpRequest, NetworkFailure
from tocsin.plugins.network import HeaderName, HeaderText

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class NotAllowedError(ValueError):
    """The target may not be asked; the message says why and what to mend."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Every address of a host. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def check_address(text: str, allowed: Sequence[Network]) -> str:
    """The address, if requests may go there. Raises NotAllowedError for private, local and metadata ones."""
    address: Address = ipaddress.ip_address(text.partition("%")[0])
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    real: Address = inner or address
    if any(real.version == network.version and real in network for network in allowed):
        return text
    if not real.is_global or real.is_multicast or real.is_reserved:
        raise NotAllowedError(
            f"{real} is no public address: to allow it, name its network in TOCSIN_ALLOW_PRIVATE_TARGETS"
            " (for one connector alone, in its private networks)"
        )
    return text


class HttpClient:
    """Performs requests; connections are kept and used again."""

    def __init__(
        self,
        allowed: Sequence[Network] = (),
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = tuple(allowed)
        self._resolve = resolve
        # Whom to trust: without another word, the authorities that everybody trusts.
        tls = tls or httpx2.create_ssl_context(trust_env=False)
        self._client = _client(tls)
        self._http2 = _client(tls, http2=True)

    async def perform(self, request: HttpRequest) -> HttpAnswer | NetworkFailure:
        """The answer, or why there is none."""
        try:
            async with asyncio.timeout(request.timeout_seconds):
                prepared = await self._prepare(request)
        except (NotAllowedError, httpx2.InvalidURL, UnicodeError) as wrong:
            return NetworkFailure(reason=str(wrong) or type(wrong).__name__, sent="NO", refused=True)
        except OSError as wrong:
            return NetworkFailure(
                reason=f"{_host(request.url)}: {wrong.strerror or _words(wrong)}", sent="NO"
            )
        try:
            async with asyncio.timeout(request.timeout_seconds):
                return await self._exchange(prepared, request)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as wrong:
            return NetworkFailure(reason=_words(wrong), sent="NO")
        except (httpx2.HTTPError, TimeoutError) as wrong:
            return NetworkFailure(reason=_words(wrong), sent="MAYBE")

    async def close(self) -> None:
        """Close the kept connections."""
        await self._client.aclose()
        await self._http2.aclose()

    async def _prepare(self, request: HttpRequest) -> httpx2.Request:
        url = httpx2.URL(request.url)
        if url.scheme not in {"http", "https"} or not url.host:
            raise NotAllowedError("the target is no http or https URL")
        port = url.port or (443 if url.scheme == "https" else 80)
        allowed = (*self._allowed, *(ipaddress.ip_network(text) for text in request.private_targets))
        addresses = [check_address(found, allowed) for found in await self._resolve(url.host, port)]
        if not addresses:
            raise OSError("has no address")
        headers = [_header(name, text) for name, text in request.headers]
        made = self._client.build_request(request.method, url, headers=headers, content=request.body)
        made.extensions = {**made.extensions, "sni_hostname": url.host}
        made.url = url.copy_with(host=addresses[0])
        return made

    async def _exchange(self, prepared: httpx2.Request, request: HttpRequest) -> HttpAnswer:
        client, most = self._http2 if request.http2 else self._client, request.answer_bytes_max
        answer = await client.send(prepared, stream=True)
        try:
            body = bytearray()
            async for part in answer.aiter_bytes():
                body += part
                if len(body) >= most:
                    break
        finally:
            await answer.aclose()
        headers = {name.lower(): text for name, text in answer.headers.items()}
        return HttpAnswer(status=answer.status_code, headers=headers, body=bytes(body[:most]))


def _client(tls: ssl.SSLContext, *, http2: bool = False) -> httpx2.AsyncClient:
    """One of the two: connections of HTTP/2 are shared by requests, so only who asks for them gets them."""
    return httpx2.AsyncClient(
        transport=ByName(tls, http2=http2),
        trust_env=False,
        follow_redirects=False,
        headers={"user-agent": "Tocsin"},
    )


def _header(name: str, text: str) -> tuple[bytes, bytes]:
    """As it goes over the wire. Raises NotAllowedError for one that cannot; it may be a secret, so it is not shown."""
    if not (HeaderName().fits(name) and HeaderText().fits(text)):
        raise NotAllowedError(
            f"the header {name!r} is none, or has more than one line: mend what it is made of"
        )
    return name.encode(), text.strip().encode()


def _host(url: str) -> str:
    """Whom an address names; the rest of it may be a secret."""
    return httpx2.URL(url).host


def _words(wrong: Exception) -> str:
    return str(wrong) or {"TimeoutError": "no answer in time"}.get(type(wrong).__name__, type(wrong).__name__)
