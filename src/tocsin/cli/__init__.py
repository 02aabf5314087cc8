"""The `tocsin` command."""

from tocsin.cli.commands import main as main
