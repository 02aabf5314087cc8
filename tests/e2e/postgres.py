"""A PostgreSQL of a test's own, which may be stopped, frozen and brought back."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from pathlib import Path

from tests import databases
from tests.databases import PostgresServer
from tests.e2e.mailserver import until


class MortalPostgres(PostgresServer):
    """Starts at once; its files go when the test run does."""

    def __init__(self) -> None:
        super().__init__(databases._start(os.getpid(), databases.SERVER_OPTIONS))

    def stop(self) -> None:
        """Shut it down: every client is cut off."""
        postmaster = self._postmaster
        os.kill(postmaster, signal.SIGINT)
        until(lambda: not Path(f"/proc/{postmaster}").exists(), "end of PostgreSQL", seconds=30)

    def start(self) -> None:
        """Bring it back, with its data."""
        command: list[str | Path] = [*shlex.split((self.folder / "data" / "postmaster.opts").read_text())]
        user = databases.UNPRIVILEGED if os.geteuid() == 0 else None
        databases._spawn(command, user, subprocess.DEVNULL)
        databases._wait(self.folder)

    def freeze(self) -> None:
        """It is there and answers nothing: as behind a broken switch."""
        for process in self._processes:
            os.kill(process, signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on as if nothing had been."""
        for process in self._processes:
            os.kill(process, signal.SIGCONT)

    def close(self) -> None:
        """End for good, in whatever state it is."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self.thaw()
            self.stop()

    @property
    def _postmaster(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    @property
    def _processes(self) -> list[int]:
        first = self._postmaster
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]
