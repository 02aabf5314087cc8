"""Parameters of every connection type, as an administrator would enter them."""

from __future__ import annotations

from typing import Any

Sample = dict[str, dict[str, Any]]


def of(connector: dict[str, Any] | None = None, **params: Any) -> Sample:
    """A connector's and a connection's parameters."""
    return {"connector": connector or {}, "params": params}


HOOK = "https://hooks.example/in/secret-part"

SAMPLES: dict[str, Sample] = {
    "autotask": of(
        {"url": "https://webservices2.autotask.net", "email": "api@example.com", "password": "api-secret"},
        companyId="17",
        queueId=29683354,
    ),
    "aws_lambda": of({"authorization": "Bearer function-token"}, webhookUrl="https://x.lambda-url.example/"),
    "azure_faas": of({"authorization": "function-token"}, webhookUrl="https://x.azurewebsites.example/api/f"),
    "datadog": of({"apiKey": "datadog-key"}, tags=["env:prod"], site="EU"),
    "dingtalk": of(
        {"url": "https://oapi.dingtalk.example/robot/send?access_token=t", "secret": "SEC-1"}, isAtAll=True
    ),
    "discord": of({"url": "https://discord.example/api/webhooks/1/token"}),
    "email": of(recipients=["a@example.org", "b@example.org"]),
    "github": of(
        {"apiKey": "ghp_token", "webhookSecret": "hub-secret"},
        owner="acme",
        repository="ops",
        labels=["bell"],
    ),
    "gitlab": of({"apiKey": "glpat-token", "webhookSecret": "lab-secret"}, project="acme/ops"),
    "google_chat_webhook": of(url="https://chat.googleapis.example/v1/spaces/A/messages?key=k&token=t"),
    "google_faas": of({}, webhookUrl="https://f.cloudfunctions.example/f"),
    "jira": of(
        {"url": "https://example.atlassian.net", "email": "a@example.com", "password": "api-token"},
        project="OPS",
        issueType="Bug",
    ),
    "mattermost": of({"url": HOOK}),
    "microsoft_teams": of({"url": HOOK}),
    "microsoft_teams_bot": of(
        {"appId": "bot-1", "appPassword": "bot-secret", "tenantId": "tenant-1"},
        channelId="19:abc@thread.tacv2",
    ),
    "microsoft_teams_webhook": of(url=HOOK),
    "redmine": of({"url": "https://redmine.example", "apiKey": "redmine-key"}, project="ops"),
    "servicenow": of(
        {
            "url": "https://example.service-now.com",
            "username": "api",
            "password": "now-secret",
            "webhookSecret": "back-secret",
        },
        urgency=1,
        assignmentGroup="ops",
    ),
    "slack": of({"botToken": "xoxb-1234", "signingSecret": "shh-shh"}, channelId="C1", channelName="#ops"),
    "slack_webhook": of(url=HOOK),
    "status_page_io": of({"apiKey": "statuspage-key"}, pageId="p1"),
    "sysdig": of({"apiKey": "sysdig-key"}, tags=["team:ops"]),
    "telegram": of({"botToken": "12:telegram-token", "webhookSecret": "tg-secret"}, channelId="-100123"),
    "topdesk": of({"url": "https://acme.topdesk.example", "username": "api", "password": "top-secret"}),
    "webhook": of(webhookUrl="https://hooks.example/in", signingSecret="s3cret"),
    "zammad": of({"url": "https://zammad.example", "apiKey": "zammad-token"}, email="ops@example.org"),
    "zapier": of(webhookUrl="https://hooks.zapier.example/hooks/catch/1/2"),
    "zendesk": of(
        {
            "url": "https://acme.zendesk.com",
            "email": "a@example.com",
            "apiKey": "zen-token",
            "webhookSecret": "zen-secret",
        },
        priority="urgent",
    ),
    "zoom_chat": of({"url": HOOK, "authorization": "zoom-token"}),
}
