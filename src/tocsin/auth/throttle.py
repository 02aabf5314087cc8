"""Fixed windows of a minute, per key, in this process."""

from __future__ import annotations

import threading
from datetime import datetime


class Windows:
    """Counts requests per key and minute."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._minute = 0
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def allow(self, key: str, now: datetime) -> bool:
        """Count one request; False when the key has used its minute up. 0 a minute means no limit."""
        if not self.per_minute:
            return True
        minute = int(now.timestamp() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            self._counts[key] = self._counts.get(key, 0) + 1
            return self._counts[key] <= self.per_minute
