"""Installing the Slack app from Tocsin: OAuth 2 (`oauth/v2/authorize`, `oauth.v2.access`) instead of a pasted token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from tocsin.connections.slack_calls import API, refusal, text_of
from tocsin.kit.errors import BadInput
from tocsin.plugins import Answer, HttpRequest

_AUTHORIZE = "https://slack.com/oauth/v2/authorize"


class SlackInstallation:
    """Slack's way to give a bot token."""

    scopes: tuple[str, ...] = (
        "chat:write",
        "chat:write.public",
        "channels:read",
        "groups:read",
        "channels:manage",
        "groups:write",
        "commands",
    )

    def address(self, connector: Any, back_to: str, state: str) -> str:
        """Slack's page on which an administrator of the workspace agrees; "" without a client."""
        if not connector.client_id or not connector.client_secret:
            return ""
        asked = {"client_id": connector.client_id, "scope": ",".join(self.scopes)}
        return f"{_AUTHORIZE}?{urlencode({**asked, 'redirect_uri': back_to, 'state': state})}"

    def exchange(self, connector: Any, back_to: str, code: str) -> HttpRequest:
        """The code for a token."""
        form = {"client_id": connector.client_id, "client_secret": connector.client_secret}
        return HttpRequest(
            url=f"{API}oauth.v2.access",
            headers=(("content-type", "application/x-www-form-urlencoded"),),
            body=urlencode({**form, "code": code, "redirect_uri": back_to}).encode(),
        )

    def granted(self, answer: Answer) -> Mapping[str, str]:
        """The bot's token and the name of its workspace. Raises BadInput with Slack's words."""
        wrong = refusal(answer)
        token = text_of(answer, "access_token")
        if wrong or not token:
            raise BadInput.at("code", wrong.answer if wrong else "Slack gave no token")
        return {"botToken": token, "workspace": text_of(answer, "team", "name")[:255]}
