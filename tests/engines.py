"""Engines that one test after the other uses, each for a database of its own.

An engine keeps what it compiled of every statement: with a new one a test spends a quarter of its time
on compiling again what the test before it compiled.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from tocsin.store.database import engine_of

_idle: defaultdict[str, list[sa.Engine]] = defaultdict(list)
"""By the name of their dialect; none has a connection."""
_targets: dict[sa.Engine, sa.URL] = {}
"""Where an engine of ours connects to."""


def lend(url: str) -> sa.Engine:
    """An engine without connections that connects to `url`."""
    target = sa.make_url(url)
    waiting = _idle[target.get_backend_name()]
    engine = waiting.pop() if waiting else _made(target)
    _targets[engine] = target
    return engine


def give_back(engine: sa.Engine) -> None:
    """To be lent again; its connections are closed."""
    _idle[engine.dialect.name].append(engine)


def _made(url: sa.URL) -> sa.Engine:
    engine = engine_of(url)

    @event.listens_for(engine, "do_connect")
    def _directed(dialect: sa.Dialect, _record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
        # As it would connect by itself, but to where it is lent for now.
        there, how = dialect.create_connect_args(_targets[engine])
        arguments[:] = there
        # A server behind a socket is named without one: the port of the URL that it was made for would stay.
        options.pop("port", None)
        options.update(how)

    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _connected(raw: Any, _record: Any) -> None:
            # The data need not outlive the test: nothing waits for the disk.
            raw.execute("PRAGMA synchronous=OFF")

    return engine
