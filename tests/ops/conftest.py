from __future__ import annotations

from tests.cli.conftest import free_port as free_port
from tests.cli.conftest import http_server as http_server
