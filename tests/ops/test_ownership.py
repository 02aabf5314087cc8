from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tocsin.ops.ownership import LOCK_FILE, Held, holder, own

HOLD = """
import sys, time
from pathlib import Path
from tocsin.ops.ownership import own
with own(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_folder_has_one_owner_and_the_refusal_names_it(
    tmp_path: Path, other: subprocess.Popen[str]
) -> None:
    with pytest.raises(Held, match=f"process {other.pid}, since 20.*stop it first") as refusal, own(tmp_path):
        pass
    assert refusal.value.pid == other.pid


def test_the_lock_goes_with_its_process_however_it_ends(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    with own(tmp_path):
        pass


def test_one_process_cannot_own_a_folder_twice(tmp_path: Path) -> None:
    with own(tmp_path), pytest.raises(Held), own(tmp_path):
        pass


def test_the_holder_can_be_asked_for(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    found = holder(tmp_path)
    assert found is not None
    assert found.pid == other.pid


def test_nobody_holds_a_folder_that_is_not_there_or_was_left(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert holder(folder) is None
    with own(folder):
        assert holder(folder)
    assert holder(folder) is None


def test_a_lock_file_with_nonsense_still_locks(tmp_path: Path) -> None:
    with own(tmp_path):
        (tmp_path / LOCK_FILE).write_text("???")
        with pytest.raises(Held, match="another process") as refusal, own(tmp_path):
            pass
    assert refusal.value.pid is None
