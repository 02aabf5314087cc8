"""The address of a calendar that lies elsewhere: how it is entered, and how much of it is shown."""

from __future__ import annotations

from urllib.parse import urlsplit

from tocsin.kit.errors import BadInput


def calendar_url(text: str) -> str:
    """The address to read; webcal is https. Raises BadInput."""
    if text.startswith("webcal://"):
        text = "https://" + text.removeprefix("webcal://")
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or not text.isprintable():
        raise BadInput.at("url", "write the address of a calendar: https://...")
    return text


def server_of(url: str) -> str:
    """Only the server's name: the address itself is often a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}/…"
