"""A channel of its own for an incident: opened, named, filled with those asked, told, and archived with it.

Wire: `conversations.create`, `.setTopic`, `.invite` and `.archive`. What was done is kept in the state of the
remote after each step, so that a try after a failure goes on where the last one stopped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.connections.answers import done, title
from tocsin.connections.slack_calls import call, refusal, text_of
from tocsin.connections.tickets import Steps, happened
from tocsin.core.connections import CHANNEL, Remote
from tocsin.kit.value import field, replace, value
from tocsin.plugins import Answer, Errand

_LONGEST_NAME, _LONGEST_TOPIC = 80, 250
_NO_WORD = re.compile(r"[^a-z0-9]+")

Draw = Callable[[str], dict[str, Any]]
"""The incident's message, given the id of its own channel."""


@value
class Step:
    """One call, and what is known when it worked."""

    method: str
    body: dict[str, Any]
    known: Mapping[str, str] = field(default_factory=dict)
    learnt: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Parts of the answer to be kept: name and path."""
    fine: tuple[str, ...] = ()
    """Errors that are none here."""


def steps(errand: Errand, there: Remote, answer: Answer, draw: Draw) -> Steps:
    """Bring the incident's own channel to where the incident is. `answer` was the last one so far."""
    at = _Channel(errand, there, draw, dict(there.state))
    for plan in (at.open, at.open_beside, at.topic, at.invite, at.link, at.redraw, at.say, at.archive):
        step = plan()
        if step is None:
            continue
        answer = yield call(errand.connector.bot_token, step.method, step.body)
        if wrong := refusal(answer, step.fine):
            return replace(wrong, remote=replace(there, state=at.state))
        learnt = {name: text for name, path in step.learnt if (text := text_of(answer, *path))}
        at.state |= {**step.known, **learnt}
    return done(answer, replace(there, state=at.state))


@dataclass
class _Channel:
    """What is next for the channel: each method is one step, None where it is not needed."""

    errand: Errand
    there: Remote
    draw: Draw
    state: dict[str, str]

    def open(self) -> Step | None:
        return self._create("", fine=("name_taken",))

    def open_beside(self) -> Step | None:
        """The name is taken: by a try that was cut off, or by another Tocsin in the same workspace."""
        return self._create(f"{self.errand.now:%H%M%S}-")

    def topic(self) -> Step | None:
        o = self.errand.occasion
        if not self._live() or self.state.get("topic") == o.status:
            return None
        topic = f"{title(o)[: _LONGEST_TOPIC - len(o.url) - 1]} {o.url}"
        body = {"channel": self.state[CHANNEL], "topic": topic[:_LONGEST_TOPIC]}
        return Step(method="conversations.setTopic", body=body, known={"topic": o.status})

    def invite(self) -> Step | None:
        """Those asked whom we know in Slack, each once: who left is not fetched back."""
        linked = self.errand.identities
        known = set(filter(None, self.state.get("invited", "").split(",")))
        asked = {linked[p.id] for p, _ in self.errand.occasion.responders if p.id in linked}
        new = sorted(asked - known)
        if not self._live() or not new:
            return None
        return Step(
            method="conversations.invite",
            body={"channel": self.state[CHANNEL], "users": ",".join(new), "force": True},
            known={"invited": ",".join(sorted(asked | known))},
            # Whoever cannot be invited stops nobody's message.
            fine=("already_in_channel", "cant_invite", "cant_invite_self", "user_not_found"),
        )

    def link(self) -> Step | None:
        """The message elsewhere names the channel as soon as it is there."""
        if not self._live() or "linked" in self.state:
            return None
        body = {"channel": self.state["channel"], "ts": self.there.id, **self.draw(self.state[CHANNEL])}
        return Step(method="chat.update", body=body, known={"linked": "1"})

    def redraw(self) -> Step | None:
        if not self._live():
            return None
        body = {"channel": self.state[CHANNEL], **self.draw("")}
        if "own_ts" not in self.state:
            return Step(method="chat.postMessage", body=body, learnt=(("own_ts", ("ts",)),))
        return Step(method="chat.update", body={**body, "ts": self.state["own_ts"]})

    def say(self) -> Step | None:
        """What happened since the channel was opened, as a message of its own."""
        if not self._live() or "own_ts" not in self.there.state:
            return None
        body = {"channel": self.state[CHANNEL], "text": happened(self.errand.occasion)[:3_000]}
        return Step(method="chat.postMessage", body=body)

    def archive(self) -> Step | None:
        wanted = self.errand.occasion.over and self.errand.params.archive_on_resolve
        if not self._live() or not wanted:
            return None
        body = {"channel": self.state[CHANNEL]}
        known = {"archived": "1"}
        return Step(method="conversations.archive", body=body, known=known, fine=("already_archived",))

    def _create(self, before: str, fine: tuple[str, ...] = ()) -> Step | None:
        o = self.errand.occasion
        if CHANNEL in self.state or o.over or not o.incident_id:
            return None
        name = f"inc-{o.incident_id}-{before}{_NO_WORD.sub('-', o.summary.lower()).strip('-')}"
        private = self.errand.params.dedicated_channel == "PRIVATE"
        body = {"name": name[:_LONGEST_NAME].rstrip("-"), "is_private": private}
        learnt = ((CHANNEL, ("channel", "id")),)
        return Step(method="conversations.create", body=body, learnt=learnt, fine=fine)

    def _live(self) -> bool:
        return CHANNEL in self.state and "archived" not in self.state
