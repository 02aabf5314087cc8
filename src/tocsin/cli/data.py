"""The data: look after it, copy it, bring it back."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from tocsin.cli.opening import database, existing_database, is_sqlite, owned
from tocsin.cli.shell import FAILED, as_json, say, say_json, settings, table
from tocsin.kit.clock import rfc3339
from tocsin.kit.value import encode
from tocsin.ops import backup as backups
from tocsin.ops import doctor as doctors
from tocsin.ops import outbox as outboxes
from tocsin.ops import restore as restores
from tocsin.ops.archive import Manifest
from tocsin.ops.findings import Finding
from tocsin.ops.outbox import KeptMail
from tocsin.settings import Settings, SettingsError, secret_key


@click.command()
@click.argument("show_id", required=False, type=int)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@as_json
def outbox(show_id: int | None, *, limit: int, as_json: bool) -> None:
    """List the mails kept because no mail server is configured, or show one."""
    with database(settings()) as db, db.read() as tx:
        if show_id is not None:
            _show(outboxes.one(tx, show_id), as_json=as_json)
            return
        mails = outboxes.kept(tx, limit)
    if as_json:
        say_json([encode(KeptMail, mail) for mail in mails])
    elif mails:
        table(("id", "at", "to", "subject"), [(m.id, rfc3339(m.at), m.recipient, m.subject) for m in mails])
    else:
        say("the outbox is empty")


def _show(mail: KeptMail, *, as_json: bool) -> None:
    if as_json:
        say_json(encode(KeptMail, mail))
        return
    say(f"At:      {rfc3339(mail.at)}\nFrom:    {mail.sender}\nTo:      {mail.recipient}")
    say(f"Subject: {mail.subject}\n\n{mail.text}")


@click.command()
@as_json
@click.pass_context
def doctor(ctx: click.Context, *, as_json: bool) -> None:
    """Look at everything a page depends on, and say what to mend. Exits 1 when something is broken."""
    try:
        known = settings()
    except SettingsError as wrong:
        findings = doctors.of_wrong_settings(wrong)
    else:
        findings = doctors.examine(known, lambda: existing_database(known))
    sick = any(finding.verdict == "BROKEN" for finding in findings)
    if as_json:
        say_json({"healthy": not sick, "findings": [encode(Finding, finding) for finding in findings]})
    else:
        _print(findings)
    ctx.exit(FAILED if sick else 0)


def _print(findings: list[Finding]) -> None:
    style = {"OK": "green", "NOTE": "yellow", "BROKEN": "bold red"}
    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        console.print(f"{finding.verdict:<7}", style=style[finding.verdict], end="")
        console.print(f"{finding.topic}: {finding.says}", markup=False)
        if finding.mend:
            console.print(f"       -> {finding.mend}", markup=False)
    counts = {verdict: sum(f.verdict == verdict for f in findings) for verdict in style}
    say(f"{counts['BROKEN']} broken, {counts['NOTE']} to look at, {counts['OK']} fine")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--with-secret", is_flag=True, help="Put the secret key into the backup, too.")
@as_json
def backup(file: Path, *, with_secret: bool, as_json: bool) -> None:
    """Write a consistent backup to FILE, also while the server runs.

    One form for both databases. Without --with-secret the secret key is not inside: keep it apart.
    A restore without it loses the sealed secrets of providers and connectors, and the links sent before.
    """
    known = settings()
    with database(known) as db:
        manifest = backups.backup(db, file, secret=secret_key(known) if with_secret else None)
    if as_json:
        say_json({"file": str(file), "bytes": file.stat().st_size, **encode(Manifest, manifest)})
        return
    rows = sum(manifest.tables.values())
    say(f"{file}: {rows} rows, {file.stat().st_size} bytes, schema {manifest.schema_revision}")
    say(_about_secret(known, inside=with_secret))


def _about_secret(known: Settings, *, inside: bool) -> str:
    if inside:
        return "the secret key is inside: keep the file as secret as the key"
    where = "in TOCSIN_SECRET_KEY" if known.secret_key else f"in {known.data_dir / 'secret.key'}"
    return (
        f"the secret key is NOT inside (it is {where}): keep a copy of it, or use --with-secret; "
        "without it a restore loses the secrets of providers and connectors, and the links sent before"
    )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what the database holds.")
@as_json
def restore(file: Path, *, force: bool, as_json: bool) -> None:
    """Bring back a backup from FILE into this deployment's database, SQLite or PostgreSQL.

    All of it or nothing. Refused while a server runs, and when the database holds data (see --force).
    """
    known = settings()
    with owned(known), database(known, new=True) as db:
        restored = restores.restore(db, file, force=force)
    key = None if known.secret_key else restores.restore_secret(file, known.data_dir)
    if as_json:
        say_json({**encode(restores.Restored, restored), "secretKey": str(key) if key else None})
        return
    manifest = restored.manifest
    where = known.data_dir if is_sqlite(known) else "PostgreSQL"
    say(f"restored {sum(manifest.tables.values())} rows of {rfc3339(manifest.taken_at)} into {where}")
    say(
        f"{restored.open_incidents} incidents are open, {restored.waiting} messages wait: "
        "the server sends what is due as soon as it starts"
    )
    say(
        f"the secret key is in {key}"
        if key
        else "the secret key is as it was: if it is not the one of the backup, put that in its place"
    )
