"""The real Alertmanager as a process."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2

from tests.e2e.harness import free_port
from tests.e2e.mailserver import until


@dataclass
class Alertmanager:
    """Sends every alert, and its end, to one webhook (or to other receivers) at once."""

    program: str
    folder: Path
    webhook: str
    receivers: dict[str, list[dict[str, object]]] | None = None
    """Of one receiver, in place of the webhook."""
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=10, trust_env=False))

    def start(self) -> None:
        """Run it until `stop`."""
        self.folder.mkdir(parents=True)
        route = {"receiver": "tocsin", "group_by": ["alertname"], "group_wait": "0s"}
        webhook = {"webhook_configs": [{"url": self.webhook, "send_resolved": True}]}
        config = {
            "route": {**route, "group_interval": "1s", "repeat_interval": "1h"},
            "receivers": [{"name": "tocsin", **(self.receivers or webhook)}],
        }
        (self.folder / "alertmanager.yml").write_text(json.dumps(config))  # JSON is YAML
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    self.program,
                    f"--config.file={self.folder / 'alertmanager.yml'}",
                    f"--storage.path={self.folder / 'storage'}",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                    "--cluster.listen-address=",
                ],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until(self._ready, f"Alertmanager, see {self.folder / 'log'}")

    def stop(self) -> None:
        """End it."""
        assert self.process
        self.process.kill()
        self.process.wait()
        self.client.close()

    def fire(self, name: str, **labels: str) -> None:
        """What Prometheus sends while a rule is true."""
        self._post(name, labels, {})

    def resolve(self, name: str, **labels: str) -> None:
        """What Prometheus sends once it no longer is."""
        self._post(name, labels, {"endsAt": datetime.now(UTC).isoformat()})

    def _post(self, name: str, labels: dict[str, str], more: dict[str, str]) -> None:
        alert = {
            "labels": {"alertname": name, **labels},
            "annotations": {"summary": f"{name} on {labels.get('instance', 'nowhere')}"},
            "startsAt": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(),
            "generatorURL": "http://prometheus.test/graph",
            **more,
        }
        response = self.client.post(f"http://127.0.0.1:{self.port}/api/v2/alerts", json=[alert])
        assert response.is_success, response.text

    def _ready(self) -> bool:
        assert self.process
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            return self.client.get(f"http://127.0.0.1:{self.port}/-/ready").is_success
        except httpx2.TransportError:
            return False
