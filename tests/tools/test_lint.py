from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tools.lint import MAY_CATCH_EVERYTHING, check, main


def messages(source: str, path: str = "src/tocsin/some.py") -> list[str]:
    return [finding.message for finding in check(path, '"""Some."""\n' + dedent(source))]


def function(lines: int) -> str:
    return "def _f():\n" + "    x = 1\n" * (lines - 1)


def test_our_own_source_is_clean() -> None:
    root = Path(__file__).parents[2]
    for file in (root / "tools").rglob("*.py"):
        assert check(file.relative_to(root).as_posix(), file.read_text()) == []


def test_a_function_has_50_lines() -> None:
    assert messages(function(50)) == []
    assert messages(function(51)) == ["_f has 51 lines, 50 are allowed"]
    assert messages("class _C:\n    async def m(self):\n" + "        x = 1\n" * 60)[0].startswith(
        "m has 61 lines"
    )


def test_a_file_has_400_lines() -> None:
    assert messages("x = 1\n" * 399) == []
    assert messages("x = 1\n" * 400)[0].startswith("the file has 401 lines")


@pytest.mark.parametrize(
    "parameters", ["a, b, c, d, e", "self, a, b, c, d, e", "a, b, /, c, d, e, *, f, g", "a, *rest, **more"]
)
def test_five_positional_parameters_are_allowed(parameters: str) -> None:
    assert messages(f"def _f({parameters}): ...") == []


@pytest.mark.parametrize("parameters", ["a, b, c, d, e, f", "a, b, /, c, d, e, f=1"])
def test_six_positional_parameters_are_not(parameters: str) -> None:
    assert messages(f"def _f({parameters}): ...")[0].startswith("_f has 6 parameters")


def test_the_fields_of_a_dataclass_are_not_parameters() -> None:
    assert messages("@dataclass\nclass _C:\n    " + "\n    ".join(f"f{n}: int" for n in range(9))) == []


@pytest.mark.parametrize(
    "handler",
    ["except:", "except Exception:", "except (ValueError, BaseException):", "except builtins.Exception:"],
)
def test_catching_everything_is_for_listed_files(handler: str) -> None:
    source = f"try:\n    x = 1\n{handler}\n    pass\n"
    assert len(messages(source)) == 1
    assert messages(source, path=MAY_CATCH_EVERYTHING[0]) == []


def test_suppressing_everything_is_catching_everything() -> None:
    assert len(messages("with contextlib.suppress(Exception):\n    x = 1\n")) == 1
    assert messages("with contextlib.suppress(KeyError):\n    x = 1\n") == []


def test_catching_what_has_a_name_is_allowed() -> None:
    assert messages("try:\n    x = 1\nexcept (ValueError, OSError):\n    pass\n") == []


def test_at_most_two_files_catch_everything() -> None:
    assert len(MAY_CATCH_EVERYTHING) <= 2


def test_what_others_may_call_has_a_docstring() -> None:
    source = """
        class Open:
            def shown(self): ...
            def _hidden(self): ...
            def __str__(self): ...
            @shown.setter
            def shown(self, value): ...
        class _Closed:
            def shown(self): ...
        if True:
            def conditional(): ...
        def outer():
            '''Has one.'''
            def inner(): ...
        @overload
        def outer(a): ...
        """
    assert messages(source) == [
        "Open has no docstring",
        "Open.shown has no docstring",
        "conditional has no docstring",
    ]


def test_a_module_has_a_docstring() -> None:
    assert [finding.message for finding in check("a.py", "x = 1\n")] == ["the module has no docstring"]
    assert check("__init__.py", "") == []


def test_the_command_names_place_and_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bad.py"
    file.write_text('"""Bad."""\n\n\ndef f(): ...\n')
    assert main([str(tmp_path)]) == 1
    assert f"{file.as_posix()}:4: f has no docstring" in capsys.readouterr().out
    file.write_text("")
    assert main([str(tmp_path)]) == 0


def test_checking_nothing_is_a_mistake(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 1
