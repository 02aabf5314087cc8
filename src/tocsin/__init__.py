"""Tocsin: self-hosted alerting and on-call management in which every page is provable."""

__version__ = "0.1.0.dev0"
