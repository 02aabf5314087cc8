"""Every benchmark runs, at sizes that measure nothing."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.__main__ import TINY, measures, run
from benchmarks.figures import Figure, percentile, save
from benchmarks.schedules import START, busy, step_to
from tocsin.core.on_call import on_call


@pytest.mark.e2e
@pytest.mark.timeout(240)
def test_every_benchmark_runs_on_both_databases(tmp_path: Path) -> None:
    kinds = ("sqlite", "postgresql")
    figures = list(run(TINY, tmp_path / "run", kinds, tuple(measures(TINY))))
    assert all(figure.value > 0 for figure in figures)
    assert set(Counter(figure.database for figure in figures)) == set(kinds)
    plans = [figure.note for figure in figures if "SEARCH" in figure.note or "Scan" in figure.note]
    assert plans
    save(figures, {}, tmp_path / "figures.json")
    assert (tmp_path / "figures.json").stat().st_size > 1000


def test_the_benchmarks_of_computation_run_and_compare_themselves_to_stepping(tmp_path: Path) -> None:
    figures = list(run(TINY, tmp_path, (), ("schedules",)))
    assert len(figures) == 3
    assert all(figure.value > 0 and "as fast as stepping" in figure.note for figure in figures)


def test_the_benchmark_of_parsing_runs_over_recorded_payloads(tmp_path: Path) -> None:
    figures = list(run(TINY, tmp_path, (), ("parsing",)))
    assert [figure.name for figure in figures][:2] == ["parse API", "parse and filter API"]
    assert all(figure.below == 100 for figure in figures)


def test_the_benchmark_of_rules_runs(tmp_path: Path) -> None:
    figures = list(run(TINY, tmp_path, (), ("rules",)))
    assert len(figures) == 8
    assert [figure.below for figure in figures] == [100] * 7 + [None]


def test_the_model_that_is_measured_against_gives_the_same_answers() -> None:
    rota = busy(layers=10, overrides=20, zone_name="UTC")
    for n in range(60):
        moment = START + n * timedelta(hours=7, minutes=11)
        found = on_call(rota, moment).user
        assert step_to(rota, moment) == (found.id if found else None)


def test_an_aim_is_met_by_the_median() -> None:
    figure = Figure(name="x", database="sqlite", unit="1/s", rounds=(1.0, 5.0, 9.0), at_least=5.0)
    assert figure.met
    assert not Figure(name="x", database="sqlite", unit="s", rounds=(1.0,), below=1.0).met


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([3.0, 1.0, 2.0], 99) == 3.0
