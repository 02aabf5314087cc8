"""Channels: one file each, pure. A message becomes a request value, an answer becomes a receipt."""
