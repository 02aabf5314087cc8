"""A small IMAP server: one mailbox, as much of the protocol as a client of ours uses."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Box:
    """Mails by their number, and which were seen."""

    mails: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    password: str = "secret"
    port: int = 0

    def put(self, raw: bytes) -> None:
        self.mails[len(self.mails) + 1] = raw


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        box: Box = self.server.box  # type: ignore[attr-defined]
        self.wfile.write(b"* OK ready\r\n")
        for line in self.rfile:
            tag, _, command = line.decode().strip().partition(" ")
            lines, done = _answer(box, command)
            for part in lines:
                self.wfile.write(part + b"\r\n")
            self.wfile.write(f"{tag} {done} done\r\n".encode())
            if command.upper().startswith("LOGOUT"):
                return


def _answer(box: Box, command: str) -> tuple[list[bytes], str]:
    words = command.split()
    match [word.upper() for word in words[:2]]:
        case ["CAPABILITY", *_]:
            return [b"* CAPABILITY IMAP4rev1"], "OK"
        case ["LOGIN", _]:
            return [], "OK" if words[2].strip('"') == box.password else "NO wrong password"
        case ["SELECT", folder]:
            if folder.strip('"') != "INBOX":
                return [], "NO no such folder"
            return [f"* {len(box.mails)} EXISTS".encode()], "OK"
        case ["UID", "SEARCH"]:
            new = " ".join(str(n) for n in sorted(set(box.mails) - box.seen))
            return [f"* SEARCH {new}".encode()], "OK"
        case ["UID", "FETCH"]:
            number = int(words[2])
            limit = int(re.findall(r"<0\.(\d+)>", command)[0])
            raw = box.mails[number][:limit]
            head = f"* {number} FETCH (UID {number} BODY[]<0> {{{len(raw)}}}\r\n".encode()
            return [head + raw + b")"], "OK"
        case ["UID", "STORE"]:
            box.seen.add(int(words[2]))
            return [], "OK"
        case _:
            return [], "OK"


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def imap_server() -> Iterator[Box]:
    """A mailbox that is served while the block runs."""
    box = Box()
    with _Server(("127.0.0.1", 0), _Session) as server:
        server.box = box  # type: ignore[attr-defined]
        address: Any = server.server_address
        box.port = address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
