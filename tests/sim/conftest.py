"""Which seeds run: `--seed N` replays one, `--seeds COUNT` runs the first so many."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import structlog

SEEDS = 200
ON_POSTGRESQL = 40


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=None, help="replay one seed of the simulation")
    parser.addoption("--seeds", type=int, default=None, help=f"how many seeds to simulate ({SEEDS})")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "sim_seed" not in metafunc.fixturenames:
        return
    # Started from another folder the options are not known: the environment says the same.
    one = metafunc.config.getoption("--seed", default=None) or os.environ.get("TOCSIN_SIM_SEED")
    many = metafunc.config.getoption("--seeds", default=None) or os.environ.get("TOCSIN_SIM_SEEDS") or SEEDS
    seeds = [int(one)] if one is not None else list(range(int(many)))
    cases = [("sqlite", seed) for seed in seeds]
    cases += [("postgresql", seed) for seed in (seeds if one is not None else seeds[:ON_POSTGRESQL])]
    metafunc.parametrize("sim_kind, sim_seed", cases, ids=[f"{kind}-{seed}" for kind, seed in cases])


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of injected faults are not worth a log line each."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield
    structlog.configure(**before)
