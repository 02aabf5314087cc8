"""The client `healthchecks-io`, unchanged but for its URL, in a Python of its own: a job that works, and one that fails.

python pings.py <base URL> <ping key>
"""

import sys

from healthchecks_io import CheckTrap, Client

url, key = sys.argv[1:]
client = Client(ping_key=key, ping_url=url)
assert client.success_ping(slug="backup", data="3 files")[0]
with CheckTrap(client, slug="backup") as trap:
    trap.add_log("4 files")
assert client.exit_code_ping(3, slug="backup", data="disk full")[0]
