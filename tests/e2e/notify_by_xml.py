"""What Nagios and Icinga run to notify: every variable of theirs, as the XML that the event API takes.

    notify_by_xml.py URL KEY [NAME=VALUE ...]

Of the shape that the notification plugins of the product post; written for these tests.
"""

from __future__ import annotations

import os
import sys
import urllib.request
from xml.sax.saxutils import escape, quoteattr


def main() -> None:
    url, key, *pairs = sys.argv[1:]
    sent = {
        name: text for name, text in os.environ.items() if name.startswith(("NAGIOS_", "ICINGA_", "NOTIFY_"))
    }
    sent |= {name: text for name, _, text in (pair.partition("=") for pair in pairs)}
    entries = "".join(f"<entry key={quoteattr(name)}>{escape(text)}</entry>" for name, text in sent.items())
    xml = f"<?xml version='1.0' encoding='UTF-8'?><event><apiKey>{key}</apiKey><payload>{entries}</payload></event>"
    headers = {"Content-Type": "application/xml", "Accept": "application/xml"}
    request = urllib.request.Request(url, xml.encode(), headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
        answer.read()


main()
