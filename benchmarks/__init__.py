"""Measures a real Tocsin from outside: `python -m benchmarks`. docs/benchmarks.md holds the figures."""
