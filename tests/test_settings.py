from __future__ import annotations

import contextlib
import os
import stat
from ipaddress import ip_network
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.settings import Address, Settings, SettingsError, SmtpServer, describe, secret_key

PASSWORD = "hunter2-hunter2"


def wrong(**environ: str) -> dict[str, str]:
    """The complaints about `environ`, by setting."""
    with pytest.raises(SettingsError) as caught:
        Settings.load(environ)
    return {problem.path: problem.message for problem in caught.value.problems}


def test_without_any_setting_it_runs_on_this_machine_only() -> None:
    settings = Settings.load({})
    assert settings.listen == Address("127.0.0.1", 8080)
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.database_url == "sqlite:///data/tocsin.db"
    assert settings.data_dir == Path("data")
    assert settings.smtp is None
    assert settings.inbound_smtp is None
    assert settings.mail_from == "tocsin@127.0.0.1"
    assert settings.time_scale == 1
    assert settings.allow_private_targets == ()
    assert settings.api_key is None


def test_empty_means_unset() -> None:
    assert Settings.load({row.name: " " for row in describe()}) == Settings.load({})


def test_other_programs_names_are_not_ours() -> None:
    assert Settings.load({"PATH": "/bin", "MY_TOCSIN_URL": "x"}) == Settings.load({})


def test_defaults_follow_from_other_settings() -> None:
    settings = Settings.load(
        {
            "TOCSIN_DATA_DIR": "/var/lib/tocsin",
            "TOCSIN_LISTEN": "0.0.0.0:80",
            "TOCSIN_PUBLIC_URL": "https://Bell.example.com/",
        }
    )
    assert settings.database_url == "sqlite:////var/lib/tocsin/tocsin.db"
    assert settings.mail_domain == "bell.example.com"
    assert settings.mail_from == "tocsin@bell.example.com"


@pytest.mark.parametrize(
    ("listen", "public_url"),
    [
        ("0.0.0.0:80", "http://localhost:80"),
        ("[::]:8080", "http://localhost:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("bell.example.com:443", "http://bell.example.com:443"),
    ],
)
def test_the_public_url_follows_the_address(listen: str, public_url: str) -> None:
    settings = Settings.load({"TOCSIN_LISTEN": listen})
    assert settings.public_url == public_url
    assert str(settings.listen) == listen
    assert ":" not in settings.mail_domain


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", SmtpServer(host="mail.example.com", port=25, security="smtp")),
        ("smtps://mail.example.com", SmtpServer(host="mail.example.com", port=465, security="smtps")),
        (
            "smtp+starttls://a%40b.c:p%2Fw%25@mail.example.com",
            SmtpServer(
                host="mail.example.com", port=587, security="smtp+starttls", user="a@b.c", password="p/w%"
            ),
        ),
        ("smtp://[::1]:2525", SmtpServer(host="::1", port=2525, security="smtp")),
    ],
)
def test_mail_servers(url: str, server: SmtpServer) -> None:
    assert Settings.load({"TOCSIN_SMTP_URL": url}).smtp == server


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_is_reached_by_psycopg(scheme: str) -> None:
    settings = Settings.load({"TOCSIN_DATABASE_URL": f"{scheme}://u:p@db/tocsin?sslmode=require"})
    assert settings.database_url == "postgresql+psycopg://u:p@db/tocsin?sslmode=require"


def test_private_targets() -> None:
    settings = Settings.load({"TOCSIN_ALLOW_PRIVATE_TARGETS": "10.0.0.0/8, fd00::/8"})
    assert settings.allow_private_targets == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOCSIN_LISTEN", "8080"),
        ("TOCSIN_LISTEN", "::1:8080"),
        ("TOCSIN_LISTEN", "[127.0.0.1]:8080"),
        ("TOCSIN_LISTEN", "localhost:65536"),
        ("TOCSIN_LISTEN", "local host:80"),
        ("TOCSIN_PUBLIC_URL", "tocsin.example.com"),
        ("TOCSIN_PUBLIC_URL", "ftp://tocsin.example.com"),
        ("TOCSIN_PUBLIC_URL", "https://tocsin.example.com/?a=b"),
        ("TOCSIN_PUBLIC_URL", "http://["),
        ("TOCSIN_DATABASE_URL", "mysql://u:p@db/tocsin"),
        ("TOCSIN_DATABASE_URL", "postgresql+asyncpg://u:p@db/tocsin"),
        ("TOCSIN_DATABASE_URL", "sqlite://"),
        ("TOCSIN_SMTP_URL", "mail.example.com"),
        ("TOCSIN_SMTP_URL", "smtp://mail.example.com/path"),
        ("TOCSIN_SMTP_URL", "smtp://mail.example.com:port"),
        ("TOCSIN_MAIL_FROM", "Tocsin <tocsin@example.com>"),
        ("TOCSIN_MAIL_FROM", "tocsin"),
        ("TOCSIN_MAIL_DOMAIN", "https://example.com"),
        ("TOCSIN_INBOUND_SMTP", "25"),
        ("TOCSIN_SECRET_KEY", "short"),
        ("TOCSIN_TIME_SCALE", "0"),
        ("TOCSIN_TIME_SCALE", "-1"),
        ("TOCSIN_TIME_SCALE", "nan"),
        ("TOCSIN_TIME_SCALE", "inf"),
        ("TOCSIN_RATE_LIMIT_API", "-1"),
        ("TOCSIN_RATE_LIMIT_EVENTS", "1.5"),
        ("TOCSIN_RATE_LIMIT_PINGS", "many"),
        ("TOCSIN_ALLOW_PRIVATE_TARGETS", "10.0.0.0/33"),
        ("TOCSIN_ALLOW_PRIVATE_TARGETS", "10.0.0.1/8"),
        ("TOCSIN_URL", "localhost"),
    ],
)
def test_what_cannot_be_used_is_refused(name: str, value: str) -> None:
    assert list(wrong(**{name: value})) == [name]


def test_every_wrong_setting_is_named_at_once() -> None:
    complaints = wrong(TOCSIN_LISTEN="x", TOCSIN_TIME_SCALE="fast", TOCSIN_SMTP="smtp://m", PATH="/bin")
    assert set(complaints) == {"TOCSIN_LISTEN", "TOCSIN_TIME_SCALE", "TOCSIN_SMTP"}


def test_an_unknown_name_is_answered_with_the_closest_known() -> None:
    assert "TOCSIN_DATABASE_URL" in wrong(TOCSIN_DATABSE_URL="postgresql://db/tocsin")["TOCSIN_DATABSE_URL"]


def test_secrets_are_neither_printed_nor_quoted_in_complaints() -> None:
    settings = Settings.load(
        {
            "TOCSIN_DATABASE_URL": f"postgresql://u:{PASSWORD}@db/tocsin",
            "TOCSIN_SMTP_URL": f"smtp://u:{PASSWORD}@mail",
            "TOCSIN_SECRET_KEY": PASSWORD * 3,
            "TOCSIN_API_KEY": PASSWORD,
        }
    )
    assert PASSWORD not in repr(settings)
    assert PASSWORD not in repr(settings.smtp)
    for row in describe():
        if row.secret and row.name != "TOCSIN_API_KEY":
            for text in (PASSWORD, f"x://u:{PASSWORD}@h:1", f"smtp://u:{PASSWORD}@h:port", f"//[{PASSWORD}"):
                assert PASSWORD not in wrong(**{row.name: text})[row.name]


@given(st.dictionaries(st.sampled_from([row.name for row in describe()]), st.text()))
def test_any_text_is_read_or_refused(environ: dict[str, str]) -> None:
    with contextlib.suppress(SettingsError):
        Settings.load(environ)


def test_every_setting_is_described() -> None:
    names = [row.name for row in describe()]
    assert len(names) == len(set(names))
    for row in describe():
        assert row.name.startswith("TOCSIN_")
        assert row.help.endswith(".")


def test_the_secret_key_given_is_used(tmp_path: Path) -> None:
    given_key = "k" * 32
    settings = Settings.load({"TOCSIN_SECRET_KEY": given_key, "TOCSIN_DATA_DIR": str(tmp_path)})
    assert secret_key(settings) == given_key
    assert not list(tmp_path.iterdir())


def test_the_secret_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    settings = Settings.load({"TOCSIN_DATA_DIR": str(tmp_path / "new" / "data")})
    with ThreadPool(8) as pool:
        keys = set(pool.map(lambda _: secret_key(settings), range(32)))
    assert len(keys) == 1
    assert len(keys.pop()) >= 32
    assert [path.name for path in settings.data_dir.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((settings.data_dir / "secret.key").stat().st_mode) == 0o600


def test_a_damaged_secret_key_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_bytes(b"\xff" + os.urandom(4))
    with pytest.raises(SettingsError, match="damaged"):
        secret_key(Settings.load({"TOCSIN_DATA_DIR": str(tmp_path)}))
