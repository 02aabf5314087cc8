"""Headers on every answer, and no change of state on behalf of another site. Plain ASGI.

A POST is refused when the browser says that another site caused it: by Sec-Fetch-Site, or by an
Origin that is neither this request's host nor the public address. Clients that are no browsers
send neither, and carry no cookie that somebody else could borrow.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_DIRECTIVES = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
)
POLICY = "; ".join(_DIRECTIVES)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
    "Vary": "Cookie, HX-Request",
}
"""What an answer carries unless it says otherwise itself."""
SAFE = ("GET", "HEAD", "OPTIONS")


class WebMiddleware:
    """Wraps one page, or a whole application of pages."""

    def __init__(self, app: ASGIApp, public_url: str = "", *, foreign_posts: bool = False) -> None:
        self.app = app
        self.public_origin = origin_of(public_url)
        self.foreign_posts = foreign_posts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse other sites' requests; add the headers to the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, text in HEADERS.items():
                    headers.setdefault(name, text)
            await send(message)

        if self._foreign(scope):
            refusal = PlainTextResponse("This request came from another site, so nothing was done.\n", 403)
            await refusal(scope, receive, with_headers)
            return
        await self.app(scope, receive, with_headers)

    def _foreign(self, scope: Scope) -> bool:
        if scope["method"] in SAFE or self.foreign_posts:
            return False
        headers = Headers(scope=scope)
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site not in ("same-origin", "none")
        origin = headers.get("origin")
        if origin is None:
            return False
        own = f"{scope.get('scheme', 'http')}://{headers.get('host', '')}"
        return origin.lower() not in (own.lower(), self.public_origin)


def origin_of(url: str) -> str:
    """Scheme and host of an address, as browsers write an Origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else ""
