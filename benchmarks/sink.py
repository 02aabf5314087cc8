"""A mail server that takes everything: `python -m benchmarks.sink PORT`.

For each mail it prints one line: when its last byte came (the machine's monotonic clock) and the
first `bench-NUMBER` in it.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from typing import Any

import uvloop

_MARK = re.compile(rb"bench-(\d+)")
_END = b"\r\n.\r\n"


class Sink(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        """Wait for the client."""
        self.buffer = b""
        self.in_data = False
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self.transport = transport
        self.transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Take commands and mails as they come."""
        self.buffer += data
        while True:
            mark = _END if self.in_data else b"\r\n"
            part, found, rest = self.buffer.partition(mark)
            if not found:
                return
            self.buffer = rest
            if self.in_data:
                self._mail(part)
            else:
                self._command(part.upper())

    def _mail(self, raw: bytes) -> None:
        mark = _MARK.search(raw)
        print(f"{time.monotonic():.6f} {int(mark[1]) if mark else -1}", flush=True)
        self.in_data = False
        self.transport.write(b"250 2.0.0 taken\r\n")

    def _command(self, line: bytes) -> None:
        if line.startswith(b"EHLO"):
            self.transport.write(b"250-sink\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n")
        elif line == b"DATA":
            self.in_data = True
            self.transport.write(b"354 go on\r\n")
        elif line == b"QUIT":
            self.transport.write(b"221 2.0.0 bye\r\n")
            self.transport.close()
        else:
            self.transport.write(b"250 2.0.0 fine\r\n")


async def serve(port: int) -> None:
    """Listen until the process is told to end."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
