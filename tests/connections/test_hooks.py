"""What products report back, signed as it must be and of any shape: it is read or refused, never more."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connections import teams
from tests.connections.occasions import NOON, callback
from tests.connections.samples import SAMPLES
from tocsin.connections.slack import signature
from tocsin.kit.errors import BadInput, Forbidden
from tocsin.kit.value import decode, dumps
from tocsin.plugins import Answer, Callback, HookHeard, connection_types
from tocsin.plugins.said import hearing

TWO_WAY = sorted(name for name, kind in connection_types().items() if kind.two_way)
BODIES: dict[str, Any] = {
    "github": {
        "action": "created",
        "issue": {"number": 7},
        "sender": {"login": "ann"},
        "comment": {"body": "on it"},
    },
    "gitlab": {
        "object_kind": "issue",
        "user": {"name": "Ann"},
        "object_attributes": {"iid": 7, "action": "update", "note": "on it"},
        "changes": {"assignees": {}},
        "issue": {"iid": 7},
    },
    "jira": {
        "webhookEvent": "comment_created",
        "user": {"displayName": "Ann"},
        "issue": {"key": "OPS-1", "fields": {"status": {"statusCategory": {"key": "done"}}}},
        "comment": {"body": "on it", "author": {"displayName": "Ann"}},
        "changelog": {"items": [{"field": "status"}]},
    },
    "microsoft_teams_bot": teams.pressed(),
    "servicenow": {"sys_id": "a1", "state": "6", "by": "ann"},
    "slack": {
        "type": "block_actions",
        "user": {"id": "U1", "name": "ann"},
        "actions": [{"action_id": "accept", "value": "42"}],
    },
    "telegram": {
        "callback_query": {"id": "9", "data": "accept:42", "from": {"id": 5, "first_name": "Ann"}},
    },
    "zendesk": {"ticket_id": "7", "status": "solved", "by": "ann"},
}
ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def _mac(secret: str, text: bytes) -> Any:
    return hmac.new(secret.encode(), text, hashlib.sha256)


def _slack(said: bytes) -> Callback:
    body, stamp = urlencode({"payload": said}).encode(), str(int(NOON.timestamp()))
    signed = signature("shh-shh", stamp, body)
    return callback(body, **{"x-slack-request-timestamp": stamp, "x-slack-signature": signed})


def _zendesk(body: bytes) -> Callback:
    signed = base64.b64encode(_mac("zen-secret", body).digest()).decode()
    return callback(body, **{"x-zendesk-webhook-signature": signed})


def _github(body: bytes) -> Callback:
    signed = f"sha256={_mac('hub-secret', body).hexdigest()}"
    return callback(body, **{"x-hub-signature-256": signed, "x-github-event": "issue_comment"})


Path = tuple[str | int, ...]
_TOKEN = teams.token(NOON)

GENUINE: dict[str, Callable[[bytes], Callback]] = {
    "github": _github,
    "gitlab": lambda body: callback(body, **{"x-gitlab-token": "lab-secret"}),
    "jira": callback,
    "microsoft_teams_bot": lambda body: callback(body, authorization=f"Bearer {_TOKEN}"),
    "servicenow": lambda body: callback(body, **{"x-tocsin-secret": "back-secret"}),
    "slack": _slack,
    "telegram": lambda body: callback(body, **{"x-telegram-bot-api-secret-token": "tg-secret"}),
    "zendesk": _zendesk,
}


def hear(name: str, said: Any) -> Any:
    """What a genuine web request with this JSON says, and what is wrong with it otherwise."""
    kind = connection_types()[name]
    connector = decode(kind.connector, SAMPLES[name]["connector"]) if kind.connector else None
    params = decode(kind.params, SAMPLES[name]["params"])
    asked = GENUINE[name](dumps(said).encode())
    answers: tuple[Answer, ...] = ()
    while not isinstance(step := kind.listen(asked, connector, params, answers), HookHeard):
        answers = (*answers, teams.Microsoft().ask(step))
    return step


def paths(said: Any, here: Path = ()) -> Iterator[Path]:
    """Every place in a JSON value."""
    yield here
    steps = said.items() if isinstance(said, dict) else enumerate(said) if isinstance(said, list) else ()
    for step, inner in steps:
        yield from paths(inner, (*here, step))


def changed(said: Any, path: Path, to: Any) -> Any:
    """A JSON value with another one at a place in it."""
    if not path:
        return to
    step, rest = path[0], path[1:]
    if isinstance(said, list):
        return [changed(each, rest, to) if at == step else each for at, each in enumerate(said)]
    return said | {step: changed(said[step], rest, to)}


PLACES = [(name, path) for name, said in BODIES.items() for path in paths(said)]


def test_every_product_that_reports_back_is_tried_here() -> None:
    assert sorted(BODIES) == TWO_WAY


@pytest.mark.parametrize("name", TWO_WAY)
def test_what_the_product_sends_is_understood(name: str) -> None:
    told = hear(name, BODIES[name]).told
    assert len(told) == 1


@pytest.mark.parametrize(
    "odd", [None, True, 7, 1.5, "", "on it", "²", "9" * 30, "\0", "accept:²", [], [[]], [7], {}, {"a": {}}]
)
def test_a_value_of_the_wrong_type_in_any_place_is_read_or_refused(odd: Any) -> None:
    for name, path in PLACES:
        read_or_refused(name, changed(BODIES[name], path, odd))


@given(place=st.sampled_from(PLACES), odd=ANY)
@settings(max_examples=100)
def test_any_json_in_any_place_is_read_or_refused(place: tuple[str, Path], odd: Any) -> None:
    name, path = place
    read_or_refused(name, changed(BODIES[name], path, odd))


def read_or_refused(name: str, said: Any) -> None:
    """Nothing but BadInput is raised, and what is read can be stored."""
    try:
        heard = hear(name, said)
    except BadInput:
        return
    except Forbidden:
        # Its body says from whose directory and by which service it comes, and that must fit the token.
        assert name == "microsoft_teams_bot"
        return
    for told in heard.told:
        assert told.incident_id is None or 0 <= told.incident_id < 2**63
        assert all(
            "\0" not in text for text in (told.by, told.text, told.identity, told.email, told.remote_id)
        )


@pytest.mark.parametrize("wrong", [AttributeError, OverflowError, KeyError, ValueError, TypeError])
def test_what_another_plugin_stumbles_over_is_refused(wrong: type[Exception]) -> None:
    with pytest.raises(BadInput, match="not what Acme sends"), hearing("Acme"):
        raise wrong("odd")
