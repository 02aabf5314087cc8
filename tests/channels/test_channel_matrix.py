"""The table of the channels in the documentation is what the providers do."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_plus

import pytest

from tests.channels.examples import ANSWERS
from tests.channels.providers import TOKEN, asked, key_of
from tests.channels.test_web_push_crypto import decrypted
from tocsin.plugins import Provider, ProviderDefaults, providers
from tools.channels import WAYS, channels_page

PROVIDERS = [plugin for _, plugin in sorted(providers().items())]
KEYS = {"accept": "1", "resolve": "2", "escalate": "3"}
every = pytest.mark.parametrize("provider", PROVIDERS, ids=lambda p: "-".join(key_of(p)))


def sent(provider: Provider) -> str:
    """All that a page says by this provider, in the clear."""
    request = asked(provider)
    web = key_of(provider) == ("PUSH", "web")
    body = decrypted(request.body) if web else request.body
    return unquote_plus(f"{body.decode()} {request.url}")


def hears(provider: Any) -> bool:
    """Whether it reads what comes back."""
    return type(provider).hear is not ProviderDefaults.hear


def test_every_provider_has_a_row() -> None:
    assert set(WAYS) == {key_of(provider) for provider in PROVIDERS}
    page = channels_page()
    assert all(f"| {p.method} | {p.name} |" in page for p in PROVIDERS)


@every
def test_receipts_are_promised_by_those_who_report(provider: Provider) -> None:
    assert hears(provider) or not provider.reports


@every
@pytest.mark.parametrize("action", ["accept", "resolve", "escalate"])
def test_an_answer_is_possible_as_the_table_says(provider: Provider, action: str) -> None:
    way, text = getattr(WAYS[key_of(provider)], action), sent(provider)
    page = getattr(ANSWERS, action).partition("?")[0]
    if "by reply" in way or "(keys)" in way:
        assert hears(provider)
    if "(keys)" in way:
        assert f"press {KEYS[action]}" in text
    elif "in the message" in way:
        assert page in text or TOKEN in text
    elif way == "by link":
        assert page in text
