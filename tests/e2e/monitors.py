"""The real Icinga 2 and the real Nagios 4 as processes, each with one passive service that notifies Tocsin."""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.mailserver import until

SCRIPT = Path(__file__).parent / "notify_by_xml.py"

ICINGA = """
include <itl>
object ExternalCommandListener "command" {{ command_path = "{pipe}" }}
object CheckerComponent "checker" {{ }}
object NotificationComponent "notification" {{ }}
object FileLogger "log" {{ path = "{folder}/icinga2.log" }}
object Host "db-1" {{ check_command = "passive", address = "10.0.0.11", enable_active_checks = false }}
object Service "disk" {{
  host_name = "db-1", check_command = "passive", enable_active_checks = false, max_check_attempts = 1
}}
object User "tocsin" {{ pager = "{key}" }}
object NotificationCommand "tocsin" {{
  command = [ "{python}", "{script}", "{url}", "$user.pager$" ]
  env = {{
    ICINGA_NOTIFICATIONTYPE = "$notification.type$", ICINGA_HOSTNAME = "$host.name$"
    ICINGA_HOSTADDRESS = "$address$", ICINGA_SERVICEDESC = "$service.name$"
    ICINGA_SERVICESTATE = "$service.state$", ICINGA_SERVICEOUTPUT = "$service.output$"
    ICINGA_NOTIFICATIONAUTHORNAME = "$notification.author$", ICINGA_NOTIFICATIONCOMMENT = "$notification.comment$"
  }}
}}
object Notification "tell" {{
  host_name = "db-1", service_name = "disk", command = "tocsin", users = [ "tocsin" ], interval = 0
  types = [ Problem, Acknowledgement, Recovery ]
}}
"""

NAGIOS = """
log_file={folder}/nagios.log
cfg_file={folder}/objects.cfg
object_cache_file={folder}/objects.cache
precached_object_file={folder}/objects.precache
status_file={folder}/status.dat
temp_file={folder}/nagios.tmp
temp_path={folder}
check_result_path={folder}/results
lock_file={folder}/nagios.lock
state_retention_file={folder}/retention.dat
command_file={pipe}
query_socket={folder}/nagios.qh
nagios_user={user}
nagios_group={group}
check_external_commands=1
enable_notifications=1
enable_environment_macros=1
use_syslog=0
execute_service_checks=0
execute_host_checks=0
illegal_macro_output_chars=`~$&|'"<>
"""

NAGIOS_OBJECTS = """
define timeperiod {{
  timeperiod_name always
  alias always
  sunday 00:00-24:00
  monday 00:00-24:00
  tuesday 00:00-24:00
  wednesday 00:00-24:00
  thursday 00:00-24:00
  friday 00:00-24:00
  saturday 00:00-24:00
}}
define command {{
  command_name tocsin
  command_line {python} {script} {url} $CONTACTPAGER$
}}
define command {{
  command_name nothing
  command_line /bin/true
}}
define contact {{
  contact_name tocsin
  pager {key}
  host_notification_period always
  service_notification_period always
  host_notification_options d,u,r
  service_notification_options w,c,u,r
  host_notification_commands tocsin
  service_notification_commands tocsin
}}
define host {{
  host_name db-1
  address 10.0.0.11
  check_command nothing
  max_check_attempts 1
  check_period always
  notification_period always
  contacts tocsin
}}
define service {{
  host_name db-1
  service_description disk
  check_command nothing
  max_check_attempts 1
  check_interval 60
  retry_interval 60
  check_period always
  notification_period always
  notification_interval 0
  contacts tocsin
}}
"""


@dataclass
class Monitor:
    """One of the two; commands go in through its pipe."""

    kind: str
    program: str
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def pipe(self) -> Path:
        return self.folder / "commands"

    def start(self, url: str, key: str) -> None:
        """Run it until `stop`."""
        (self.folder / "results").mkdir(parents=True)
        said = {"folder": self.folder, "pipe": self.pipe, "script": SCRIPT, "python": sys.executable}
        user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
        said |= {"url": url, "key": key, "user": user, "group": group}
        arguments = self._icinga(said) if self.kind == "ICINGA" else self._nagios(said)
        with (self.folder / "output").open("wb") as log:
            self.process = subprocess.Popen(
                [self.program, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until(self.pipe.exists, f"{self.kind}, see {self.folder / 'output'}", seconds=60)

    def stop(self) -> None:
        """End it."""
        assert self.process
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def result(self, code: int, output: str) -> None:
        """The service's check result: 0 is fine, 2 critical."""
        self._command(f"PROCESS_SERVICE_CHECK_RESULT;db-1;disk;{code};{output}")

    def acknowledge(self, by: str, comment: str) -> None:
        """Somebody takes the problem."""
        self._command(f"ACKNOWLEDGE_SVC_PROBLEM;db-1;disk;2;1;0;{by};{comment}")

    def _command(self, text: str) -> None:
        with self.pipe.open("w", encoding="utf-8") as pipe:
            pipe.write(f"[{int(time.time())}] {text}\n")

    def _icinga(self, said: dict[str, object]) -> list[str]:
        (self.folder / "icinga2.conf").write_text(ICINGA.format(**said))
        folders = ("DataDir", "LogDir", "CacheDir", "SpoolDir", "InitRunDir", "ConfigDir")
        where = [f"-DConfiguration.{name}={self.folder / name}" for name in folders]
        for name in folders:
            (self.folder / name).mkdir()
        who = [f"-DConfiguration.RunAsUser={said['user']}", f"-DConfiguration.RunAsGroup={said['group']}"]
        return ["daemon", "-c", str(self.folder / "icinga2.conf"), "-x", "warning", *where, *who]

    def _nagios(self, said: dict[str, object]) -> list[str]:
        (self.folder / "nagios.cfg").write_text(NAGIOS.format(**said))
        (self.folder / "objects.cfg").write_text(NAGIOS_OBJECTS.format(**said))
        return [str(self.folder / "nagios.cfg")]
