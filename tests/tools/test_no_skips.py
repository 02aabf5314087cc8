from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SKIPPING = """
import pytest

def test_runs(): pass

def test_skips(): pytest.skip("no browser here")

@pytest.mark.xfail(reason="known")
def test_known(): assert False
"""
SKIPPING_WHOLE = 'import pytest\npytest.skip("no browser here", allow_module_level=True)\n'


def run(folder: Path, source: str, **environ: str) -> tuple[int, str]:
    """The exit status and output of a run of `source` under our conftest."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_some.py").write_text(source)
    kept = {name: value for name, value in os.environ.items() if name != "CI" and "PYTEST" not in name}
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:schemathesis", "-q", "."]
    done = subprocess.run(
        command, cwd=folder, env=kept | {"PYTHONPATH": str(ROOT)} | environ,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_elsewhere_a_test_may_be_skipped(tmp_path: Path) -> None:
    status, output = run(tmp_path, SKIPPING)
    assert "1 passed, 1 skipped, 1 xfailed" in output
    assert status == 0


def test_in_ci_a_skipped_test_is_a_failed_test(tmp_path: Path) -> None:
    status, output = run(tmp_path, SKIPPING, CI="true")
    assert "1 failed, 1 passed, 1 xfailed" in output
    assert "must run here (--no-skips). Skipped: no browser here" in output
    assert status == 1


def test_in_ci_a_skipped_file_is_an_error(tmp_path: Path) -> None:
    status, output = run(tmp_path, SKIPPING_WHOLE, CI="true")
    assert "must run here (--no-skips). Skipped: no browser here" in output
    assert status == 2
