"""The server: run it, set it up, bring its database up to date."""

from __future__ import annotations

import click

from tocsin.auth import api_keys, passwords, setup
from tocsin.cli.opening import database, owned
from tocsin.cli.shell import as_json, loading, say, say_json, settings
from tocsin.core.people import User
from tocsin.kit.chance import SystemChance
from tocsin.kit.errors import BadInput
from tocsin.store import schema
from tocsin.telemetry import configure_logging


@click.command()
@click.option("--no-migrate", is_flag=True, help="Refuse to start instead of migrating the database.")
@as_json
@click.pass_context
def serve(ctx: click.Context, *, no_migrate: bool, as_json: bool) -> None:
    """Run the server until it is told to stop. --json makes its log JSON lines."""
    with loading():
        from tocsin import app  # noqa: PLC0415 - no other command needs all of it

    known = settings()
    configure_logging(json=as_json)
    ctx.exit(app.serve(known, migrate=not no_migrate))


@click.command()
@click.option("--email", required=True, help="The owner's address; also the login.")
@click.option("--password", required=True, prompt=True, hide_input=True, confirmation_prompt=True)
@click.option("--first-name", required=True)
@click.option("--last-name", required=True)
@click.option("--account", help="The account's name.  [default: Tocsin]")
@as_json
def init(
    *, email: str, password: str, first_name: str, last_name: str, account: str | None, as_json: bool
) -> None:
    """Set up an empty database: its owner, a default policy, an API key.

    Prints one line of JSON, with or without --json: the API key is shown this once.
    """
    del as_json
    if "@" not in email.strip("@"):
        raise BadInput.at("--email", "write an address: ann@example.com")
    known = settings()
    chance = SystemChance()
    with owned(known), database(known, new=True) as db:
        schema.migrate(db)
        hashed = passwords.hash_password(password)
        owner = User(username=email, email=email, first_name=first_name, last_name=last_name, role="OWNER")
        with db.write() as tx:
            person = setup.create_owner(tx, owner, hashed, account)
            _, key = api_keys.create(tx, chance, person.id, "tocsin init")
    say_json({"apiKey": key, "userId": person.id})


@click.command()
@as_json
def migrate(*, as_json: bool) -> None:
    """Bring the database to this release's schema."""
    known = settings()
    with owned(known), database(known, new=True) as db:
        before = schema.current(db)
        schema.migrate(db)
    now = schema.head()
    if as_json:
        say_json({"before": before, "schema": now, "migrated": before != now})
    else:
        say(f"migrated from {before or 'nothing'} to {now}" if before != now else f"up to date: schema {now}")
