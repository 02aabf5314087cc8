"""Every setting, declared once, and the only place that reads the environment.

A field of `Settings` is at once the setting's name, default, meaning and parser; `describe` turns
the fields into the reference page. What is wrong is said all together, and secrets never are.
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from tocsin.kit import places
from tocsin.kit.chance import SystemChance, token
from tocsin.kit.errors import Problem, TocsinError
from tocsin.kit.places import Address as Address
from tocsin.kit.places import Mailbox, Network
from tocsin.kit.places import SmtpServer as SmtpServer

T = TypeVar("T")

_SECRET_KEY_LENGTH = 32


class SettingsError(TocsinError):
    """The settings cannot be used; `problems` names every wrong one and what to mend."""

    code = "SETTINGS"
    refuses = True

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def _database_in(known: Mapping[str, Any]) -> str:
    return f"sqlite:///{(known['data_dir'] / 'tocsin.db').as_posix()}"


def _url_of_listen(known: Mapping[str, Any]) -> str:
    address: Address = known["listen"]
    everywhere = address.host in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
    return f"http://{Address('localhost', address.port) if everywhere else address}"


def _host_of_public_url(known: Mapping[str, Any]) -> str:
    host = urlsplit(known["public_url"]).hostname or "localhost"
    return "localhost" if ":" in host else host


Derivation = Callable[[Mapping[str, Any]], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of the table. `default` is text to parse, or words for what `derive` computes."""

    name: str
    default: str
    help: str
    secret: bool
    parse: Callable[[str], object]
    derive: Derivation | None

    def read(self, given: str, known: Mapping[str, Any]) -> object:
        """The value of the text given; of the default when there is none. Raises ValueError."""
        if given:
            return self.parse(given)
        return self.derive(known) if self.derive else self.parse(self.default)


def _setting(
    name: str,
    parse: Callable[[str], T],
    *,
    default: str = "",
    meaning: str,
    derive: Derivation | None = None,
    secret: bool = False,
) -> T:
    row = Setting(name=name, default=default, help=meaning, secret=secret, parse=parse, derive=derive)
    return cast("T", field(repr=not secret, metadata={"setting": row}))


def _nothing(_: Mapping[str, Any]) -> None:
    """The default of a setting that may be left out; its `default` says what happens then."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an operator has decided. Read once, at the start; passed on as an argument."""

    data_dir: Path = _setting(
        "TOCSIN_DATA_DIR",
        Path,
        default="./data",
        meaning="The folder for what Tocsin keeps on this machine: the SQLite database, the generated secret "
        "key, the spool of events that arrive while the database is away.",
    )
    database_url: str = _setting(
        "TOCSIN_DATABASE_URL",
        places.database,
        default="SQLite, `tocsin.db` in the data folder",
        meaning="PostgreSQL 14 or newer, for more than one process: `postgresql://user:password@host/name`.",
        derive=_database_in,
        secret=True,
    )
    listen: Address = _setting(
        "TOCSIN_LISTEN",
        places.address,
        default="127.0.0.1:8080",
        meaning="Where the web server listens, as host:port; an IPv6 address in brackets. `0.0.0.0:8080` is "
        "every network: put a proxy that speaks TLS before it.",
    )
    public_url: str = _setting(
        "TOCSIN_PUBLIC_URL",
        places.http_url,
        default="`http://` and the address of TOCSIN_LISTEN",
        meaning="The URL under which people and tools reach Tocsin, as used in mails, links and the API.",
        derive=_url_of_listen,
    )
    smtp: SmtpServer | None = _setting(
        "TOCSIN_SMTP_URL",
        places.smtp,
        default="none: mails stay in the outbox, and the log says so",
        meaning="The mail server for outgoing mail: `smtp://` (port 25), `smtps://` (TLS from the start, port "
        "465) or `smtp+starttls://` (STARTTLS required, port 587), then `user:password@host:port`. Encode "
        "special characters in user and password as in any URL (`@` is `%40`).",
        secret=True,
        derive=_nothing,
    )
    mail_domain: str = _setting(
        "TOCSIN_MAIL_DOMAIN",
        places.hostname,
        default="the host of TOCSIN_PUBLIC_URL",
        meaning="The domain of Tocsin's own mail addresses: replies and inbound alert mails go there.",
        derive=_host_of_public_url,
    )
    mail_from: str = _setting(
        "TOCSIN_MAIL_FROM",
        places.mailbox,
        default="`tocsin@` and TOCSIN_MAIL_DOMAIN",
        meaning="The sender of outgoing mail.",
        derive=lambda known: f"tocsin@{known['mail_domain']}",
    )
    inbound_smtp: Address | None = _setting(
        "TOCSIN_INBOUND_SMTP",
        places.address,
        default="off",
        meaning="Where to accept mail (alert mails and replies to pages), as host:port.",
        derive=_nothing,
    )
    inbound_smtp_tls: tuple[Path, Path] | None = _setting(
        "TOCSIN_INBOUND_SMTP_TLS",
        places.files,
        default="no TLS",
        meaning="The certificate (with its chain) and the key with which inbound mail is offered STARTTLS: two "
        "PEM files, with a comma between.",
        derive=_nothing,
    )
    imap: Mailbox | None = _setting(
        "TOCSIN_IMAP_URL",
        places.imap,
        default="off",
        meaning="A mailbox to fetch alert mails from, where no mail can be delivered to Tocsin: "
        "`imaps://user:password@host/INBOX`. Fetched mails are marked as seen.",
        secret=True,
        derive=_nothing,
    )
    secret_key: str | None = _setting(
        "TOCSIN_SECRET_KEY",
        places.secret,
        default="generated once, in `secret.key` in the data folder",
        meaning="Signs the links in messages and seals the secrets of providers, connectors and sources. At "
        "least 32 characters; the same for every process of one deployment. Changing it voids the links "
        "already sent and the callback addresses, and sealed secrets have to be entered again.",
        secret=True,
        derive=_nothing,
    )
    time_scale: float = _setting(
        "TOCSIN_TIME_SCALE",
        places.scale,
        default="1",
        meaning="How many seconds pass in Tocsin in a real second. For demonstrations and tests.",
    )
    rate_limit_api: int = _setting(
        "TOCSIN_RATE_LIMIT_API",
        places.rate,
        default="6000",
        meaning="REST API requests a minute and API key; 0 is no limit. 100 a second: no person or "
        "dashboard needs more, and a script run wild leaves room for the others.",
    )
    rate_limit_events: int = _setting(
        "TOCSIN_RATE_LIMIT_EVENTS",
        places.rate,
        default="60000",
        meaning="Events a minute and alert source; 0 is no limit. 1,000 a second: far above any alarm storm "
        "of one tool, well below what one process stores, so that one source cannot crowd out the others.",
    )
    rate_limit_pings: int = _setting(
        "TOCSIN_RATE_LIMIT_PINGS",
        places.rate,
        default="600",
        meaning="Pings a minute and heartbeat; 0 is no limit. Ten a second: more than any interval asks for.",
    )
    allow_private_targets: tuple[Network, ...] = _setting(
        "TOCSIN_ALLOW_PRIVATE_TARGETS",
        places.networks,
        meaning="Private networks that connections, providers, calendars and brokers may be in, with commas "
        "between: `10.0.0.0/8,fd00::/8`. All others are refused, so that nobody can use Tocsin to look inside.",
    )
    url: str = _setting(
        "TOCSIN_URL",
        places.http_url,
        default="http://127.0.0.1:8080",
        meaning="For the command line as a client: the Tocsin it talks to.",
    )
    api_key: str | None = _setting(
        "TOCSIN_API_KEY",
        str,
        meaning="For the command line as a client: the API key it uses.",
        secret=True,
        derive=_nothing,
    )

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings from a mapping; empty means unset. Raises SettingsError."""
        table = _table()
        wrong = _unknown(environ, sorted(row.name for row in table.values()))
        known: dict[str, Any] = {}
        for attribute, row in table.items():
            try:
                known[attribute] = row.read(environ.get(row.name, "").strip(), known)
            except ValueError as reason:
                wrong.append(Problem(row.name, str(reason)))
                known[attribute] = row.read("", known)  # so that the others can still be judged
        if wrong:
            raise SettingsError(*wrong)
        return cls(**known)


def from_environment() -> Settings:
    """The settings of this process. Raises SettingsError."""
    return Settings.load(os.environ)


def describe() -> list[Setting]:
    """Every setting in the order of the reference page."""
    return list(_table().values())


def secret_key(settings: Settings) -> str:
    """The deployment's secret, made in the data folder when there is none. Raises SettingsError."""
    path = _kept_in(settings)
    if not settings.secret_key and not path.exists():
        _create(path, token(SystemChance(), 48))
    return present_secret_key(settings)


def present_secret_key(settings: Settings) -> str:
    """The deployment's secret: the one given, else the one kept in the data folder; empty when there is none.

    Raises SettingsError when the kept one is damaged.
    """
    path = _kept_in(settings)
    if settings.secret_key or not path.exists():
        return settings.secret_key or ""
    kept = path.read_text(encoding="ascii", errors="replace").strip()
    if len(kept) < _SECRET_KEY_LENGTH:
        raise SettingsError(Problem("TOCSIN_SECRET_KEY", f"{path} is damaged: restore it, or remove it"))
    return kept


def _kept_in(settings: Settings) -> Path:
    return settings.data_dir / "secret.key"


def _create(path: Path, text: str) -> None:
    """Write a private file whole or not at all; when another process was first, keep its file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # readable by us only
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    Path(draft).unlink()


def _table() -> dict[str, Setting]:
    return {each.name: each.metadata["setting"] for each in dataclasses.fields(Settings)}


def _unknown(environ: Mapping[str, str], names: list[str]) -> list[Problem]:
    strange = sorted(name for name in environ if name.startswith("TOCSIN_") and name not in names)
    return [
        Problem(name, f"there is no such setting; did you mean {_closest(name, names)}?") for name in strange
    ]


def _closest(name: str, names: list[str]) -> str:
    return difflib.get_close_matches(name, names, n=1, cutoff=0)[0]
