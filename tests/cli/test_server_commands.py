from __future__ import annotations

import json
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from tests.cli.conftest import Run
from tocsin.auth import api_keys
from tocsin.cli import main
from tocsin.ops.ownership import own
from tocsin.settings import Settings
from tocsin.store import facts, people
from tocsin.store.database import Database

INIT = (
    "init",
    "--email",
    "ann@example.com",
    "--password",
    "correct horse",
    "--first-name",
    "Ann",
    "--last-name",
    "Lee",
)


@pytest.fixture
def environ(environ: dict[str, str], empty_database_url: str) -> dict[str, str]:
    return environ | {"TOCSIN_DATABASE_URL": empty_database_url}


def test_init_prints_one_line_of_json_with_a_key_that_works(
    run: Run, empty_database_url: str, open_database: Callable[[str], Database]
) -> None:
    result = run(*INIT, "--account", "Acme")
    assert (result.exit_code, result.stderr) == (0, "")
    line, end = result.stdout.split("\n")
    answer = json.loads(line)
    assert end == ""
    assert set(answer) == {"apiKey", "userId"}
    with open_database(empty_database_url).read() as tx:
        holder = api_keys.holder(tx, answer["apiKey"])
        assert holder is not None
        assert (holder.caller.user_id, holder.caller.role) == (answer["userId"], "OWNER")
        assert facts.account(tx).name == "Acme"
        assert people.by_login(tx, "ANN@example.com") is not None


def test_init_twice_is_refused(run: Run) -> None:
    run(*INIT)
    result = run(*INIT)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "tocsin: this Tocsin is set up already: it has an owner\n"


@pytest.mark.parametrize(
    "option, value, words",
    [("--password", "short", "password: use at least 8"), ("--email", "ann", "--email: write")],
)
def test_init_says_what_is_wrong(run: Run, option: str, value: str, words: str) -> None:
    arguments = list(INIT)
    arguments[arguments.index(option) + 1] = value
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_migrate(run: Run) -> None:
    assert json.loads(run("migrate", "--json").stdout)["migrated"] is True
    assert json.loads(run("migrate", "--json").stdout)["migrated"] is False
    assert run("migrate").stdout.startswith("up to date")


def test_outbox_and_backup_of_a_database_that_is_not_there(run: Run, tmp_path: Path) -> None:
    for arguments in (("outbox",), ("backup", str(tmp_path / "b.zip"))):
        result = run(*arguments)
        assert result.exit_code == 2
        assert result.stderr.startswith("tocsin: the")
        assert "run `tocsin" in result.stderr


def test_backup_and_restore(
    run: Run, tmp_path: Path, empty_database_url: str, open_database: Callable[[str], Database]
) -> None:
    run(*INIT)
    file = tmp_path / "b.zip"
    result = run("backup", str(file))
    assert result.exit_code == 0
    assert "secret key is NOT inside" in result.stdout
    assert run("restore", str(file)).exit_code == 2
    result = run("restore", str(file), "--force", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["manifest"]["tables"]["users"] == 1


def test_the_secret_travels_when_asked(run: Run, tmp_path: Path, environ: dict[str, str]) -> None:
    run(*INIT)
    assert (
        json.loads(run("backup", str(tmp_path / "b.zip"), "--with-secret", "--json").stdout)["secret"] is True
    )
    key = Path(environ["TOCSIN_DATA_DIR"], "secret.key")
    secret = key.read_text()
    key.unlink()
    assert "secret.key" in run("restore", str(tmp_path / "b.zip"), "--force").stdout
    assert key.read_text() == secret


def test_a_backup_that_cannot_be_written_fails_in_one_line(run: Run, tmp_path: Path) -> None:
    run(*INIT)
    result = run("backup", str(tmp_path / "nowhere" / "b.zip"))
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "No such file" in result.stderr


def test_restore_of_something_else(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    result = run("restore", str(tmp_path / "x"))
    assert result.exit_code == 1
    assert "no Tocsin backup" in result.stderr


def test_doctor_finds_the_missing_owner_and_exits_1(run: Run) -> None:
    run("migrate")
    result = run("doctor", "--json")
    report = json.loads(result.stdout)
    assert (result.exit_code, report["healthy"]) == (1, False)
    assert "owner" in [f["topic"] for f in report["findings"] if f["verdict"] == "BROKEN"]


def test_doctor_exits_0_when_nothing_is_broken(run: Run) -> None:
    run(*INIT)
    result = run("doctor")
    assert result.exit_code == 0, result.stdout
    assert "0 broken" in result.stdout
    assert "-> " in result.stdout


class TestBesideAServer:
    @pytest.fixture
    def environ(self, environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
        return environ | {"TOCSIN_DATABASE_URL": f"sqlite:///{tmp_path / 'data' / 'tocsin.db'}"}

    def test_who_changes_the_data_is_refused(self, run: Run, environ: dict[str, str], tmp_path: Path) -> None:
        run(*INIT)
        run("backup", str(tmp_path / "b.zip"))
        with own(Path(environ["TOCSIN_DATA_DIR"])):
            for arguments in (INIT, ("migrate",), ("restore", str(tmp_path / "b.zip"), "--force")):
                result = run(*arguments)
                assert result.exit_code == 2
                assert "stop it first" in result.stderr

    def test_who_only_looks_is_not(self, run: Run, environ: dict[str, str], tmp_path: Path) -> None:
        run(*INIT)
        with own(Path(environ["TOCSIN_DATA_DIR"])):
            assert run("outbox").stdout == "the outbox is empty\n"
            assert run("backup", str(tmp_path / "b.zip")).exit_code == 0
            assert json.loads(run("doctor", "--json").stdout)["findings"]

    def test_looking_makes_no_database(self, run: Run, environ: dict[str, str]) -> None:
        assert run("outbox").exit_code == 2
        assert run("doctor").exit_code == 1
        assert not Path(environ["TOCSIN_DATA_DIR"], "tocsin.db").exists()


def test_a_mail_that_the_outbox_has_not(run: Run) -> None:
    run(*INIT)
    assert run("outbox", "--json").stdout == "[]\n"
    result = run("outbox", "7")
    assert (result.exit_code, result.stderr) == (
        2,
        "tocsin: the outbox has no mail 7: `tocsin outbox` lists what it has\n",
    )


def test_wrong_settings_are_named_together(run: Run, environ: dict[str, str]) -> None:
    environ |= {"TOCSIN_LISTEN": "nonsense", "TOCSIN_SMTP_URL": "x"}
    result = run("migrate")
    assert result.exit_code == 2
    assert [line.split(":")[1].strip() for line in result.stderr.splitlines()] == [
        "TOCSIN_LISTEN",
        "TOCSIN_SMTP_URL",
    ]
    assert run("doctor").exit_code == 1


@pytest.mark.parametrize("options, migrate", [((), True), (("--no-migrate", "--json"), False)])
def test_serve_hands_over_and_exits_as_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], migrate: bool
) -> None:
    calls = []

    def fake_serve(_: Settings, *, migrate: bool) -> int:
        calls.append(migrate)
        return 3

    fake = types.ModuleType("tocsin.app")
    fake.__dict__["serve"] = fake_serve
    monkeypatch.setitem(sys.modules, "tocsin.app", fake)
    monkeypatch.setattr("tocsin.app", fake, raising=False)
    monkeypatch.setattr("tocsin.cli.server.configure_logging", lambda *, json: None)
    assert run("serve", *options).exit_code == 3
    assert calls == [migrate]


def test_an_unknown_command_is_misuse(run: Run) -> None:
    assert run("frobnicate").exit_code == 2


def test_every_command_speaks_json() -> None:
    context = click.Context(main)
    commands = [main.get_command(context, name) for name in main.list_commands(context)]
    assert len(commands) == 13
    assert all(command and "--json" in [o for p in command.params for o in p.opts] for command in commands)


def test_reporting_an_event_loads_no_database() -> None:
    code = (
        "import sys; from tocsin.cli import main; main(['event', '--help'], standalone_mode=False); "
        "print([name for name in ('sqlalchemy', 'alembic', 'argon2', 'uvicorn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
