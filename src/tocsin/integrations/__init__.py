"""Integrations: one file each, pure. A tool's payload becomes events."""
