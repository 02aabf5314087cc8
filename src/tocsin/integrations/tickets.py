"""What the states of a ticket mean, in every tool that has tickets.

A ticket that is closed or waits while we have no open incident for it is refused (400 in v1): somebody
sends us tickets that we never heard of. One that is open and known changes nothing.
"""

from __future__ import annotations

from tocsin.core.events import EventType
from tocsin.kit.errors import BadInput
from tocsin.kit.value import value


@value
class States:
    """Words for states, lower case."""

    opens: tuple[str, ...]
    accepts: tuple[str, ...]
    resolves: tuple[str, ...]

    def kind(self, state: str) -> EventType:
        """What a state means. Raises BadInput for one that is not known."""
        word = state.lower()
        kinds: tuple[tuple[EventType, tuple[str, ...]], ...] = (
            ("RESOLVE", self.resolves),
            ("ACCEPT", self.accepts),
            ("ALERT", self.opens),
        )
        for kind, words in kinds:
            if word in words:
                return kind
        raise BadInput.at("", f"the state {state!r} is not one that is known")
