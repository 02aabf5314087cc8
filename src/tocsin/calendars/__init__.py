"""Calendars of other programs: bytes in, shifts out, and the other way. Pure."""
