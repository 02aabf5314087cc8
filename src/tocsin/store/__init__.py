"""Rows and values. Functions here take a transaction; none opens one."""
