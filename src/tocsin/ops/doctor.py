"""The doctor: looks at everything that a page depends on, and says what to mend.

Every examination ends in findings, also when it fails: a doctor who falls ill helps nobody.
"""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from tocsin.auth.provider_params import opened as open_params
from tocsin.auth.vault import CannotOpen, Vault
from tocsin.core.notifying import plan
from tocsin.core.people import Person
from tocsin.kit.chance import SystemChance
from tocsin.kit.clock import SystemClock, monotonic, rfc3339
from tocsin.kit.errors import BadInput, Conflict
from tocsin.ops import ownership, probes
from tocsin.ops.backup import integrity
from tocsin.ops.findings import Finding, broken, fine, note
from tocsin.settings import Settings, SettingsError, present_secret_key
from tocsin.store import documents, facts, people, policies, providers, schema
from tocsin.store.database import Database, DatabaseAway, Transaction
from tocsin.store.kinds import USERS
from tocsin.store.schema import SchemaMismatch
from tocsin.store.tables import events, log_entries, outbox

LITTLE_DISK = 1 << 30
NO_DISK = 100 << 20
SMALL_SKEW = timedelta(seconds=2)
LARGE_SKEW = timedelta(seconds=30)
OLDEST_POSTGRESQL = (14,)
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")


def examine(settings: Settings, opened: Callable[[], Database]) -> list[Finding]:
    """Everything, in order. `opened` opens the database."""
    try:
        vault = Vault(present_secret_key(settings), SystemChance())
    except SettingsError as wrong:
        return of_wrong_settings(wrong)
    running = ownership.holder(settings.data_dir) is not None or probes.listening(settings.listen)
    return [
        *of_settings(settings),
        *disk(settings.data_dir),
        *_database(opened, vault),
        *machine_clock(settings),
        probes.mail_out(settings.smtp, settings.mail_domain),
        probes.mail_in(settings.inbound_smtp, running=running),
        *probes.public_url(settings, running=running),
    ]


def of_settings(settings: Settings) -> list[Finding]:
    """Each setting with what it is; secrets only with whether they are set."""
    found = []
    for each in dataclasses.fields(settings):
        row, held = each.metadata["setting"], getattr(settings, each.name)
        unset = held is None or held == ()
        hidden = row.secret and not str(held).startswith("sqlite:")
        shown = "not set" if unset else "set (not shown)" if hidden else str(held)
        found.append(fine(row.name, shown))
    if settings.time_scale != 1:
        says = f"time runs {settings.time_scale:g} times as fast: pages come too early for real people"
        found.append(note("TOCSIN_TIME_SCALE", says, "unset it in production"))
    return found


def of_wrong_settings(wrong: SettingsError) -> list[Finding]:
    """Settings that cannot be used."""
    return [broken(problem.path, "cannot be used", problem.message) for problem in wrong.problems]


def disk(folder: Path) -> list[Finding]:
    """Whether the data folder can be used and has room."""
    topic = "disk"
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    says = f"{free / (1 << 30):.1f} GiB free in {folder}"
    if free < NO_DISK:
        return [broken(topic, says, "make room: without it no event can be stored")]
    if free < LITTLE_DISK:
        return [note(topic, says, "make room soon")]
    return [fine(topic, says)]


def _database(opened: Callable[[], Database], vault: Vault) -> list[Finding]:
    try:
        db = opened()
    except DatabaseAway as away:
        return [_away(away)]
    except SchemaMismatch as wrong:
        return [_mismatch(wrong)]
    except Conflict as missing:
        return [broken("database", missing.message, "see TOCSIN_DATA_DIR: is it the right folder?")]
    except OSError as fault:
        return [broken("database", f"cannot be used: {fault}", "mend the rights on the data folder")]
    try:
        return of_database(db, vault)
    finally:
        db.close()


def of_database(db: Database, vault: Vault) -> list[Finding]:
    """The database, then what is in it; the vault opens its secrets."""
    try:
        found = [*_schema(db), *_soundness(db)]
        if any(finding.verdict == "BROKEN" for finding in found):
            return found
        with db.read() as tx:
            return [
                *found,
                *database_clock(db, tx),
                *account(tx),
                *channels(tx, vault),
                *_waiting_mails(tx),
            ]
    except DatabaseAway as away:
        return [_away(away)]


def _away(away: DatabaseAway) -> Finding:
    return broken(
        "database", f"cannot be used: {away}", "check TOCSIN_DATABASE_URL, or the rights on the data folder"
    )


def _mismatch(wrong: SchemaMismatch) -> Finding:
    return broken("database", wrong.message, "start the newer release, or restore a backup")


def _schema(db: Database) -> list[Finding]:
    topic = "database"
    place = db.url.render_as_string(hide_password=True)
    try:
        current = schema.check(db)
    except SchemaMismatch as wrong:
        return [_mismatch(wrong)]
    if not current:
        return [
            broken(
                topic,
                f"{place}: the schema is not up to date",
                "run `tocsin migrate`, or start `tocsin serve`",
            )
        ]
    return [fine(topic, f"{place}: reachable, schema {schema.head()}")]


def _soundness(db: Database) -> list[Finding]:
    if db.sqlite:
        wrong = integrity(db)
        if wrong:
            return [
                broken("database", f"the file is damaged: {wrong[0]}", "stop Tocsin and restore a backup")
            ]
        return [fine("database", "the file is sound (integrity check)")]
    with db.read() as tx:
        version = tx.connection.dialect.server_version_info or ()
    shown = ".".join(map(str, version))
    if version < OLDEST_POSTGRESQL:
        return [broken("database", f"PostgreSQL {shown} is too old", "upgrade to PostgreSQL 14 or newer")]
    return [fine("database", f"PostgreSQL {shown}")]


def database_clock(db: Database, tx: Transaction) -> list[Finding]:
    """The database's clock against ours, and against what is stored: time must not have gone back."""
    found = []
    if not db.sqlite:
        found.append(skew(tx.scalar(sa.text("SELECT clock_timestamp()")), SystemClock().now()))
    newest = max(
        filter(None, (tx.scalar(sa.select(sa.func.max(t.c.at))) for t in (events, log_entries))), default=None
    )
    if newest is not None and newest > db.clock.now() + SMALL_SKEW:
        says = f"the newest entry is from the future, {rfc3339(newest)}: the clock was set back"
        found.append(broken("clock", says, "set the clock right (NTP); until then timers run late"))
    return found


def skew(theirs: datetime, ours: datetime) -> Finding:
    """The verdict on two readings of what should be one time."""
    apart = abs(theirs - ours)
    says = f"the database's clock and this machine's are {apart.total_seconds():.2f} s apart"
    if apart > LARGE_SKEW:
        return broken("clock", says, "run NTP (chrony, systemd-timesyncd) on both machines")
    if apart > SMALL_SKEW:
        return note("clock", says, "run NTP (chrony, systemd-timesyncd) on both machines")
    return fine("clock", says)


def machine_clock(settings: Settings) -> list[Finding]:
    """This machine's clock: whether it runs evenly, and whether something keeps it right."""
    del settings
    wall, steady = SystemClock().now(), monotonic()
    time.sleep(0.1)
    drift = abs((SystemClock().now() - wall).total_seconds() - (monotonic() - steady))
    if drift > 0.05:
        says = f"this machine's clock jumped {drift:.2f} s while we looked"
        return [broken("clock", says, "see what sets it: two NTP programs, or a virtual machine's host")]
    if _SYNCHRONISED.exists():
        return [fine("clock", "runs evenly and is synchronised")]
    hint = "`timedatectl` or `chronyc tracking` should say that it is synchronised"
    return [note("clock", "runs evenly; whether NTP keeps it right cannot be seen from here", hint)]


def account(tx: Transaction) -> list[Finding]:
    """The owner, and whoever cannot be reached."""
    owners = people.owners(tx)
    if not owners:
        return [
            broken(
                "owner", "there is none yet", "open the set-up link in the server's log, or run `tocsin init`"
            )
        ]
    found = [fine("owner", people.one(tx, owners[0]).name)]
    asked = policies.users_asked(tx) | set(facts.fallback(tx))
    everyone = people.load(tx, [user.id for user in documents.listing(tx, USERS)])
    unreached = [
        finding
        for person in everyone.values()
        if (finding := reachable(person, tx.now, asked=person.id in asked))
    ]
    return [*found, *(unreached or [fine("people", f"all {len(everyone)} can be reached")])]


def reachable(person: Person, now: datetime, *, asked: bool) -> Finding | None:
    """Why a person cannot be told of an incident, by the engine's own rule; None when all is well."""
    pages = plan(person, "HIGH", now).pages
    mend = f"give {person.name} an address that works"
    if not pages:
        says = f"{person.name} (user {person.id}) cannot be told of anything"
        return (
            broken("people", f"{says}, and a policy asks them", mend) if asked else note("people", says, mend)
        )
    if asked and all(page.unverified for page in pages):
        says = f"{person.name} (user {person.id}) has only addresses that nobody has confirmed"
        return note("people", says, f"have {person.name} confirm an address in their profile")
    return None


def channels(tx: Transaction, vault: Vault) -> list[Finding]:
    """The providers whose settings cannot be used: one restored without its secret key carries nothing."""
    found = []
    for provider in providers.active(tx):
        try:
            open_params(vault, provider)
        except (BadInput, CannotOpen) as wrong:
            says = f"{provider.name!r} ({provider.channel}) cannot be used: {wrong}"
            mend = "bring back the secret key, or enter the provider's secrets again on the page *Channels*"
            found.append(broken("channels", says, mend))
    return found or [fine("channels", "the settings of every provider can be used")]


def _waiting_mails(tx: Transaction) -> list[Finding]:
    count = tx.scalar(sa.select(sa.func.count()).select_from(outbox))
    if not count:
        return []
    says = f"{count} mails were kept because no mail server was configured"
    return [note("outbox", says, "read them with `tocsin outbox`; set TOCSIN_SMTP_URL")]
