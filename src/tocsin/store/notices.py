"""Wake-ups between processes, on PostgreSQL. A hint, never the truth: losing one only delays."""

from __future__ import annotations

import threading

import structlog

from tocsin.store.database import NOTICE_CHANNEL, Database

POLL_SECONDS = 1.0

log = structlog.get_logger()


class Listener:
    """A thread that passes on what other processes announce."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End within a second or two."""
        self._stop.set()
        self._thread.join(timeout=2 * POLL_SECONDS)

    def _run(self) -> None:
        import psycopg  # noqa: PLC0415 - only PostgreSQL has its driver loaded

        url = self.db.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while not self._stop.is_set():
            try:
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute(f"LISTEN {NOTICE_CHANNEL}")
                    while not self._stop.is_set():
                        for notice in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                            name, *topics = notice.payload.split(",")
                            if name != self.db.name:
                                self.db.announce(set(topics))
            except psycopg.Error as away:
                log.warning("not listening for other processes", reason=str(away))
                self._stop.wait(POLL_SECONDS)
