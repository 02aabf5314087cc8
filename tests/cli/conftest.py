"""A tiny real HTTP server, and the command with its surroundings."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result

from tocsin.cli import main

Answer = tuple[int, Any]
Run = Callable[..., Result]


class HttpServer:
    """Answers by path with (status, JSON), or what a function of the query says; keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Callable[[dict[str, list[str]]], Answer]] = {}
        self.asked: list[dict[str, Any]] = []
        self.url = ""

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> Answer:
        split = urlsplit(handler.path)
        query = parse_qs(split.query)
        self.asked.append(
            {
                "method": handler.command,
                "path": split.path,
                "query": query,
                "key": handler.headers.get("authorization"),
                "body": json.loads(body) if body else None,
            }
        )
        found = self.answers.get(split.path, (404, {"message": "no such thing"}))
        return found(query) if callable(found) else found


@pytest.fixture
def http_server() -> Iterator[HttpServer]:
    state = HttpServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, data = state.answer(self, self.rfile.read(int(self.headers.get("content-length", 0))))
            text = data if isinstance(data, bytes) else json.dumps(data).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free_port: int) -> dict[str, str]:
    """The environment of `run`; tests add to it."""
    return {
        "TOCSIN_DATA_DIR": str(tmp_path / "data"),
        "TOCSIN_LISTEN": f"127.0.0.1:{free_port}",
        "COLUMNS": "200",
    }


@pytest.fixture
def run(environ: dict[str, str]) -> Callable[..., Result]:
    """Run the command; anything but an exit is an error of the test."""

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(main, arguments, env=environ, catch_exceptions=False)
        assert "Traceback" not in result.output
        return result

    return run
