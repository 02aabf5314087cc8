"""The real Kannel as processes: its gateway, its box for messages, and its fake carrier with telephones."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote_to_bytes

import httpx2

from tests.e2e.harness import free_port
from tests.e2e.mailserver import until

PASSWORD = "gateway & secret"
OUR_NUMBER = "+4915100000"
_GOT = re.compile(r"Got message \d+: <(.*)>$", re.MULTILINE)
_FIRST = re.compile(r"(\+\d+) (\+\d+) (?:udh (\S+) )?(text|data|ucs-2) ?(.*)")


@dataclass(frozen=True)
class Text:
    """A short message as the telephone got it."""

    sender: str
    to: str
    text: str


@dataclass
class Kannel:
    """One gateway between Tocsin and telephones."""

    carrier: Path
    """The program that plays the carrier."""
    folder: Path
    callback_url: str = ""
    """Where it hands on what telephones send."""
    ports: dict[str, int] = field(
        default_factory=lambda: {name: free_port() for name in ("admin", "boxes", "carrier", "sendsms")}
    )
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def sendsms(self) -> str:
        """The template of the address that sends."""
        return (
            f"http://127.0.0.1:{self.ports['sendsms']}/cgi-bin/sendsms?username=tocsin&password={{{{secret}}}}"
            "&from={{from}}&to={{to}}&text={{text}}&charset=UTF-8&coding={{coding}}"
            "&dlr-mask=3&dlr-url={{callback}}%3Fstatus%3D%25d"
        )

    def start(self) -> None:
        """Run all of it until `stop`."""
        self.folder.mkdir(parents=True)
        config = self.folder / "kannel.conf"
        config.write_text(self._config())
        self._run("/usr/sbin/bearerbox", str(config))
        self._until_it_answers("admin", "/status?password=admin")
        self._run("/usr/sbin/smsbox", str(config))
        self._until_it_answers("sendsms", "/")
        self._run(str(self.carrier), "-H", "127.0.0.1", "-r", str(self.ports["carrier"]))
        until(lambda: "client connected" in self._log("bearerbox"), "the carrier's connection")

    def stop(self) -> None:
        """End what was started, and nothing else."""
        for process in reversed(self.processes):
            process.kill()
            process.communicate()

    def inbox(self) -> list[Text]:
        """Every message that the carrier was given, with its lines and parts put together."""
        found: list[Text] = []
        for line in _GOT.findall(self._log("fakesmsc")):
            first = _FIRST.fullmatch(line)
            if first is None:
                # The carrier writes every line of a text down as a message of its own.
                found[-1] = replace(found[-1], text=f"{found[-1].text}\n{line}")
                continue
            sender, to, header, kind, data = first.groups()
            text = _decoded(kind, data)
            if header and not header.endswith("%01"):
                found[-1] = replace(found[-1], text=found[-1].text + text)
            else:
                found.append(Text(sender=sender, to=to, text=text))
        return found

    def answers(self, number: str, text: str) -> None:
        """Somebody writes to us: typed into the carrier, which takes one line at a time."""
        typed = self.processes[-1].stdin
        assert typed
        before = self._log("fakesmsc").count("sent message")
        typed.write(f"{number} {OUR_NUMBER} text {text}\n".encode())
        typed.flush()
        until(lambda: self._log("fakesmsc").count("sent message") > before, "message that was sent")

    def _run(self, program: str, *arguments: str) -> None:
        log = (self.folder / f"{Path(program).name}.out").open("wb")
        with log:
            made = subprocess.Popen(
                [program, *arguments], cwd=self.folder, stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        self.processes.append(made)

    def _log(self, program: str) -> str:
        return (self.folder / f"{program}.out").read_text("utf-8", "replace")

    def _until_it_answers(self, name: str, path: str) -> None:
        def answered() -> bool:
            assert self.processes[-1].poll() is None, "\n".join(
                each.read_text("utf-8", "replace") for each in self.folder.glob("*.out")
            )
            try:
                httpx2.get(f"http://127.0.0.1:{self.ports[name]}{path}", timeout=2, trust_env=False)
            except httpx2.TransportError:
                return False
            return True

        until(answered, f"Kannel's {name}, see {self.folder}")

    def _config(self) -> str:
        ports = self.ports
        return f"""\
group = core
admin-port = {ports["admin"]}
admin-interface = 127.0.0.1
admin-password = admin
smsbox-port = {ports["boxes"]}
smsbox-interface = 127.0.0.1
box-allow-ip = "127.0.0.1"
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = carrier
port = {ports["carrier"]}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {ports["boxes"]}
sendsms-port = {ports["sendsms"]}
sendsms-interface = 127.0.0.1

group = sendsms-user
username = tocsin
password = "{PASSWORD}"
max-messages = 6
concatenation = true

group = sms-service
keyword = default
catch-all = true
max-messages = 0
get-url = "{self.callback_url}?from=%p&text=%a&id=%I"
"""


def _decoded(kind: str, data: str) -> str:
    """What the carrier writes down: plain, or percent-encoded; UCS-2 is known by its zeros."""
    if kind == "text":
        return data
    raw = unquote_to_bytes(data.replace("+", "%20"))
    return raw.decode("utf-16-be" if b"\0" in raw else "utf-8", "replace")
