"""Parameters of every connection type, as an administrator would enter them."""

from __future__ import annotations

from typing import Any

SAMPLES: dict[str, dict[str, dict[str, Any]]] = {
    "jira": {
        "connector": {
            "url": "https://example.atlassian.net",
            "email": "a@example.com",
            "password": "api-token",
        },
        "params": {"project": "OPS", "issueType": "Bug"},
    },
    "slack": {
        "connector": {"botToken": "xoxb-1234", "signingSecret": "shh-shh"},
        "params": {"channelId": "C1", "channelName": "#ops"},
    },
    "webhook": {
        "connector": {},
        "params": {"webhookUrl": "https://hooks.example/in", "signingSecret": "s3cret"},
    },
}
