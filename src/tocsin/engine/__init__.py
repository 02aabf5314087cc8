"""The imperative shell: one short file per loop. It decides nothing."""
