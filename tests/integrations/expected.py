"""What the recorded payloads mean: one line each. The file's name begins with the tool's slug."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tocsin.core.events import EventType
from tocsin.kit.value import field, value


@value
class Case:
    """A payload and the event that it must become."""

    file: str
    kind: EventType
    key: str
    summary: str
    details: str
    """Must be found in the event's details."""
    also: Mapping[str, Any] = field(default_factory=dict)
    """Other attributes of the event."""


def alert(file: str, key: str, summary: str, *, details: str = "", **also: Any) -> Case:
    return Case(file=file, kind="ALERT", key=key, summary=summary, details=details, also=also)


def accept(file: str, key: str, summary: str, *, details: str = "", **also: Any) -> Case:
    return Case(file=file, kind="ACCEPT", key=key, summary=summary, details=details, also=also)


def resolve(file: str, key: str, summary: str, *, details: str = "", **also: Any) -> Case:
    return Case(file=file, kind="RESOLVE", key=key, summary=summary, details=details, also=also)


HEADERS = {"sentry_comment.json": {"sentry-hook-resource": "comment"}}
"""What came with a payload."""

CASES = (
    accept(
        "amazonsns_accept.json",
        "job-17",
        "Somebody looks at it",
        labels={"topic": "jobs"},
        details="Somebody looks at it",
    ),
    alert("amazonsns_json.json", "job-17", "Batch failed", details='{"job": 17, "state": "failed"}'),
    alert("amazonsns_plain.json", "", "Batch failed", details="Batch job 17 failed."),
    alert("amazonsns_raw.txt", "", "Disk of build-3 is full", details="Disk of build-3 is full"),
    resolve("amazonsns_resolve.json", "job-17", "Batch job 17 is done", details="Batch job 17 is done"),
    alert("appdynamics_alert.json", "web-1 - shop", "CPU utilisation is too high on web-1"),
    alert(
        "autotask_callout.form",
        "73182",
        "Toner is low",
        priority="LOW",
        details="- Ticket: T20261120.0008\n- Status: New\n- Priority: Low",
    ),
    resolve(
        "autotask_complete.json",
        "73181",
        "Mail server is down",
        priority="HIGH",
        details="No mail since eight",
    ),
    accept(
        "autotask_in_progress.json",
        "73181",
        "Mail server is down",
        priority="HIGH",
        or_opens=True,
        details="No mail since eight",
    ),
    alert(
        "autotask_new.json", "73181", "Mail server is down", priority="HIGH", details="No mail since eight"
    ),
    accept(
        "autotask_waiting.json",
        "73181",
        "Mail server is down",
        priority="HIGH",
        details="No mail since eight",
    ),
    alert(
        "awsbudget_exceeded.json",
        "",
        "AWS Budgets: monthly has exceeded your alert threshold",
        details="AWS Budget Notification November 20, 2026\nAWS Account 123456789012\n\nDear AWS Customer,\n\nYou requested that we alert you when the ACTUAL Cost associated with your monthly budget is greater than $80.00 for the current month.\n\nBudget Name: monthly\nBudgeted Amount: $100.00\nAlert Type: ACTUAL\nAlert Threshold: > $80.00\nACTUAL Amount: $83.12",
    ),
    resolve(
        "awsphd_closed.json",
        "arn:aws:health:eu-central-1::event/EC2/AWS_EC2_OPERATIONAL_ISSUE/AWS_EC2_OPERATIONAL_ISSUE_7f35c8ae",
        "AWS Health: AWS_EC2_OPERATIONAL_ISSUE in eu-central-1",
        links={
            "AWS Health": "https://health.aws.amazon.com/health/home#/account/event-log?eventID=arn:aws:health:eu-central-1::event/EC2/AWS_EC2_OPERATIONAL_ISSUE/AWS_EC2_OPERATIONAL_ISSUE_7f35c8ae"
        },
        labels={"service": "EC2", "region": "eu-central-1", "account": "123456789012"},
        details="We are investigating increased API error rates.\n\n- Service: EC2\n- Category: issue\n- Status: closed\n- Began: Fri, 20 Nov 2026 08:01:10 GMT\n- Ended: Fri, 20 Nov 2026 10:00:00 GMT\n\n- Account: 123456789012\n- Region: eu-central-1\n\nAffected: i-0abcdef1234567890",
    ),
    alert(
        "awsphd_open.json",
        "arn:aws:health:eu-central-1::event/EC2/AWS_EC2_OPERATIONAL_ISSUE/AWS_EC2_OPERATIONAL_ISSUE_7f35c8ae",
        "AWS Health: AWS_EC2_OPERATIONAL_ISSUE in eu-central-1",
        details="We are investigating increased API error rates.",
    ),
    alert(
        "azurealerts_activity_log.json",
        "a1be61fd-37ur-ba05-b827-cb874708babf",
        "Microsoft.Compute/virtualMachines/delete on /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/shop/providers/Microsoft.Compute/virtualMachines/web-1",
        details="- Status: Succeeded\n- Caller: kim@example.com",
    ),
    alert(
        "azurealerts_fired.json",
        "/subscriptions/11111111-1111-1111-1111-111111111111/providers/Microsoft.AlertsManagement/alerts/b9569717-bc32-442f-add5-83a997729330",
        "CPU above 90 % on web-1",
        details="CPU of a web server",
    ),
    resolve(
        "azurealerts_metric_old.json",
        "/subscriptions/1/resourceGroups/shop/providers/microsoft.insights/metricAlerts/cpu",
        "cpu on web-1",
        details="CPU of a web server",
    ),
    resolve(
        "azurealerts_resolved.json",
        "/subscriptions/11111111-1111-1111-1111-111111111111/providers/Microsoft.AlertsManagement/alerts/b9569717-bc32-442f-add5-83a997729330",
        "CPU above 90 % on web-1",
        details="CPU of a web server",
    ),
    alert(
        "catchpoint_alert.json",
        "catchpoint-81210",
        "Shop home page: availability below 90 %",
        details="Node: Frankfurt",
    ),
    alert(
        "checkly_failure.json",
        "4a8f",
        "Shop login has failed",
        links={"Checkly": "https://app.checklyhq.com/checks/4a8f/results/9c1"},
        labels={"check": "Shop login", "group": "Shop"},
        details="Timeout 30000ms exceeded\n\n- Check: Shop login\n- Group: Shop\n- Type: BROWSER\n- Location: Frankfurt\n- Response time: 30010\n- Began: 2026-11-20T08:15:30Z",
    ),
    resolve("checkly_recovery.json", "4a8f", "Shop login has recovered", details="- Check: Shop login"),
    alert("checkly_speaking.json", "4a8f", "Shop login has failed", details="Timeout"),
    accept(
        "checkmk_acknowledgement.json",
        "db-1/CPU load",
        "ACKNOWLEDGEMENT Service Alert: Database 1/CPU load is CRITICAL - 15 min load: 21.3",
        priority="LOW",
        comments=[("cmkadmin", "batch job, ends at nine")],
        labels={"host": "db-1", "service": "CPU load", "state": "CRITICAL"},
        details="- Host alias: Database 1\n- Address: 10.0.0.11\n- Output: 15 min load: 21.3\n- Time: Fri Nov 20 08:15:30 CET 2026",
    ),
    alert(
        "checkmk_problem.json",
        "db-1/CPU load",
        "PROBLEM Service Alert: Database 1/CPU load is CRITICAL - 15 min load: 21.3",
        priority="LOW",
        details="- Host alias: Database 1",
    ),
    resolve(
        "checkmk_recovery.json",
        "db-1/CPU load",
        "RECOVERY Service Alert: Database 1/CPU load is OK - 15 min load: 0.3",
        priority="LOW",
        details="- Host alias: Database 1",
    ),
    alert(
        "checkmk_v1.xml",
        "db-1/Memory",
        "db-1/Memory is WARNING: WARN - 91 % used",
        details="- Output: WARN - 91 % used",
    ),
    resolve(
        "cloudflare_end.json",
        "c1a2",
        "Origin is unreachable",
        labels={"type": "real_origin_monitoring", "policy": "Origins"},
        details="shop.example.com cannot be reached\n\n- Policy: Origins\n- Kind: real_origin_monitoring\n- Account: 023e105f4ecef8ad9ca31a8372d0c353\n\n- unreachable_zones: shop.example.com",
    ),
    alert(
        "cloudflare_start.json", "c1a2", "Origin is unreachable", details="shop.example.com cannot be reached"
    ),
    alert(
        "cloudwatch_alarm.json",
        "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:api-5xx",
        "api-5xx is ALARM in EU (Frankfurt)",
        labels={"alarm": "api-5xx", "region": "EU (Frankfurt)", "LoadBalancer": "app/shop/50dc6c495c0c9188"},
        details="Too many server errors\n\nThreshold Crossed: 1 datapoint [27.0] was greater than the threshold (10.0).\n\n- Account: 123456789012\n- Region: EU (Frankfurt)\n- Metric: HTTPCode_Target_5XX_Count\n- Namespace: AWS/ApplicationELB\n- Since: 2026-11-20T08:15:30.123+0000\n- Before: OK",
    ),
    alert(
        "cloudwatch_eventbridge.json",
        "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:api-5xx",
        "api-5xx is ALARM in eu-central-1",
        details="Too many server errors",
    ),
    resolve(
        "cloudwatch_ok.json",
        "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:api-5xx",
        "api-5xx is OK in EU (Frankfurt)",
        details="Too many server errors",
    ),
    alert(
        "consul_alert.json",
        "db-1/postgres/service:postgres",
        "db-1:postgres:service:postgres is critical",
        details="connection refused",
    ),
    alert("cortexxsoar_alert.json", "xsoar-17", "Phishing campaign", details="3 users"),
    alert(
        "datadog_no_data.json",
        "2204971",
        "[No data on {host:web-1}] CPU is high",
        links={
            "Datadog": "https://app.datadoghq.com/event/event?id=5071",
            "Snapshot": "https://p.datadoghq.com/snapshot/view/web-1.png",
        },
        images=["https://p.datadoghq.com/snapshot/view/web-1.png"],
        labels={"host": "web-1", "env": "prod", "team": "shop"},
        details="CPU of web-1 is above 90 %\n\n- Status: avg(last_5m) was 97\n- Metric: system.cpu.user\n- Scope: host:web-1\n- Host: web-1",
    ),
    resolve(
        "datadog_recovered.json",
        "2204971",
        "[Recovered on {host:web-1}] CPU is high",
        details="CPU of web-1 is above 90 %",
    ),
    alert(
        "datadog_triggered.json",
        "2204971",
        "[Triggered on {host:web-1}] CPU is high",
        details="CPU of web-1 is above 90 %",
    ),
    alert(
        "dynatrace_open.json",
        "-4567890123456789012_1795162500000V2",
        "Failure rate increase",
        links={
            "Problem": "https://abc12345.live.dynatrace.com/#problems/problemdetails;pid=-4567890123456789012_1795162500000V2"
        },
        labels={"severity": "ERROR", "impact": "SERVICE"},
        details="Dynatrace problem detected at 08:15.\n1 impacted service\n\n- Problem: P-26112\n- Impact: SERVICE\n- Severity: ERROR\n- Entity: Failure rate increase on Web service shop",
    ),
    resolve(
        "dynatrace_resolved.json",
        "-4567890123456789012_1795162500000V2",
        "Failure rate increase",
        details="Dynatrace problem detected at 08:15.",
    ),
    alert(
        "eswatcher_executed.json",
        "log_errors",
        "Errors in the log",
        labels={"watch": "log_errors"},
        details="- Watch: log_errors\n- Hits: 23\n- Executed: 2026-11-20T08:15:30.123Z\n- Triggered: 2026-11-20T08:15:30.000Z",
    ),
    alert(
        "gatus_firing.json",
        "core/shop",
        "Gatus: shop (core)",
        links={"Endpoint": "https://shop.example.com/"},
        labels={"group": "core", "endpoint": "shop"},
        details="An alert for core/shop has been triggered due to having failed 3 time(s) in a row\n\n- [STATUS] == 200: failed\n- [RESPONSE_TIME] < 500: ok",
    ),
    resolve(
        "gatus_resolved.json",
        "core/shop",
        "Gatus: shop (core)",
        details="resolved after passing successfully 2 time(s) in a row",
    ),
    alert(
        "github_alert_created.json",
        "https://github.com/example/shop/security/dependabot/7",
        "example/shop: Denial of service in a parser",
        links={"Alert": "https://github.com/example/shop/security/dependabot/7"},
        labels={"repository": "example/shop"},
        details="A crafted file ...\n\n- Package: parser",
    ),
    resolve(
        "github_alert_fixed.json",
        "https://github.com/example/shop/security/dependabot/7",
        "example/shop: Denial of service in a parser",
        details="A crafted file ...",
    ),
    alert(
        "github_check_failed.json",
        "example/shop/main/tests",
        "example/shop: tests on main: failure",
        details="3 tests failed",
    ),
    resolve(
        "github_check_passed.json",
        "example/shop/main/tests",
        "example/shop: tests on main: success",
        details="- Commit: ec26c3e57ca3a959ca5aad62de7213c562f8c821",
    ),
    alert(
        "github_issue.form", "example/shop#42", "Checkout fails with 500", details="Since the last release"
    ),
    resolve(
        "github_issue_closed.json",
        "example/shop#42",
        "Checkout fails with 500",
        details="Since the last release",
    ),
    alert(
        "github_issue_opened.json",
        "example/shop#42",
        "Checkout fails with 500",
        details="Since the last release",
    ),
    resolve(
        "gitlab_issue_closed.json",
        "example/shop#23",
        "Checkout fails",
        links={"Issue": "https://gitlab.example.com/example/shop/-/issues/23"},
        labels={"project": "example/shop", "labels": "bug"},
        details="Since the last release\n\n- Severity: high\n\n- By: Kim Roe\n- Project: Shop",
    ),
    alert("gitlab_issue_opened.json", "example/shop#23", "Checkout fails", details="Since the last release"),
    alert(
        "gitlab_pipeline_failed.json",
        "example/shop/pipeline/main",
        "example/shop: pipeline on main failed",
        details="Failed: unit tests",
    ),
    resolve(
        "gitlab_pipeline_success.json",
        "example/shop/pipeline/main",
        "example/shop: pipeline on main success",
        details="- Commit: Round prices",
    ),
    alert(
        "grafana_firing.json",
        '{}:{alertname="High latency"}',
        "[fra] p99 is above 1 s",
        links={
            "Runbook": "https://runbooks.example.com/latency",
            "Grafana": "https://grafana.example.com/",
            "High latency": "https://grafana.example.com/alerting/grafana/a1/view",
            "Panel": "https://grafana.example.com/d/shop?viewPanel=2",
            "Dashboard": "https://grafana.example.com/d/shop",
            "Silence": "https://grafana.example.com/alerting/silence/new?a1",
        },
        images=["https://grafana.example.com/i/1.png"],
        labels={"alertname": "High latency", "cluster": "fra", "instance": "web-1"},
        details="1 firing, 0 resolved\n\nCommon to all:\n- summary: p99 is above 1 s\n- alertname: High latency\n- cluster: fra\n- instance: web-1\n\nFiring: High latency\n- runbook_url: https://runbooks.example.com/latency\n- since: 2026-11-20T08:15:30Z\n- query: https://grafana.example.com/alerting/grafana/a1/view\n\nValues:\n- [ var='B' labels={instance=web-1} value=1.4 ]",
    ),
    alert(
        "grafana_old_alerting.json",
        "17",
        "[Alerting] Panel Title alert",
        priority="LOW",
        details="Something is on fire",
    ),
    resolve(
        "grafana_old_ok.json", "17", "[OK] Panel Title alert", priority="LOW", details="Something is on fire"
    ),
    accept(
        "grafana_old_paused.json",
        "17",
        "[Paused] Panel Title alert",
        priority="LOW",
        details="Something is on fire",
    ),
    resolve(
        "grafana_resolved.json",
        '{}:{alertname="High latency"}',
        "[fra] p99 is above 1 s",
        details="0 firing, 1 resolved",
    ),
    alert(
        "graylog_alert.json",
        "5d9b7b2c/kim",
        "Failed logins: count()=17.0",
        labels={"definition": "Failed logins", "user": "kim"},
        details="More than 10 in 5 minutes\n\n- Source: graylog-1\n- Key: kim\n- Priority: 2\n- Time: 2026-11-20T08:15:30.000Z\n\n- user: kim\n\n- web-1: login failed for kim",
    ),
    alert(
        "graylog_old.json",
        "5e7a9c8d",
        "Payments: Too many messages",
        details="Stream had 2 messages in the last 1 minutes",
    ),
    resolve(
        "graylog_over.json",
        "5d9b7b2c/kim",
        "Failed logins: count()=17.0",
        details="More than 10 in 5 minutes",
    ),
    alert(
        "guardduty_finding.json",
        "16afba5c5c43e07c9e3e5e2e544e95df",
        "Unprotected port on EC2 instance i-0abc is being probed.",
        labels={"type": "Recon:EC2/PortProbeUnprotectedPort", "region": "eu-central-1"},
        details="EC2 instance has an unprotected port which is being probed by a known malicious host.\n\n- Type: Recon:EC2/PortProbeUnprotectedPort\n- Severity: 2\n- Account: 123456789012\n- Region: eu-central-1\n- Count: 3",
    ),
    alert(
        "healthchecksio_down.json",
        "803f680d-e89b-492b-82ef-2be7b774a92d",
        "Nightly backup is down",
        labels={"check": "Nightly backup", "tags": "db prod"},
        details="db-1 to S3\n\n- Last ping: 2026-11-19T02:00:04+00:00\n- Pings: 412\n- Period: 86400\n- Grace: 3600\n- Tags: db prod",
    ),
    resolve(
        "healthchecksio_up.json",
        "803f680d-e89b-492b-82ef-2be7b774a92d",
        "Nightly backup is up",
        details="db-1 to S3",
    ),
    alert("ibmcloudfunctions_alert.json", "nightly-import", "nightly-import failed"),
    accept(
        "icinga_acknowledgement.xml",
        "web-1/http",
        "web-1/http is CRITICAL: connection refused",
        priority="LOW",
        comments=[("sam", "restarting")],
        labels={"host": "web-1", "service": "http", "state": "CRITICAL"},
        details="- Address: 10.0.0.21\n- Output: connection refused",
    ),
    alert(
        "icinga_problem.xml",
        "web-1/http",
        "web-1/http is CRITICAL: connection refused",
        priority="LOW",
        details="- Address: 10.0.0.21",
    ),
    resolve(
        "icinga_recovery.xml",
        "web-1/http",
        "web-1/http is OK: connection refused",
        priority="LOW",
        details="- Address: 10.0.0.21",
    ),
    alert(
        "influxdb_crit.json",
        "06a1/cpu=cpu-total,host=web-1",
        "Check: CPU is: crit",
        labels={"level": "crit", "cpu": "cpu-total", "host": "web-1"},
        details="- Check: CPU\n- Level: crit\n- Measurement: cpu\n- Rule: All to Tocsin\n\n- cpu: cpu-total\n- host: web-1\n- usage_user: 97.2",
    ),
    resolve("influxdb_ok.json", "06a1/cpu=cpu-total,host=web-1", "Check: CPU is: ok", details="- Check: CPU"),
    resolve(
        "instana_closed.json",
        "53650436-8e35-49a3-a610-56b442ae7620",
        "Garbage Collection Activity High (11%)",
        links={"Instana": "https://shop.instana.example.com/#/?snapshotId=rjhkZXdz&timestamp=1795162530000"},
        labels={"type": "issue", "zone": "prod", "host": "host1.example.com"},
        details="Tune your Garbage Collector, reduce allocation rate\n\n- Type: issue\n- Severity: 5\n- Entity: Test jvm\n- Host: host1.example.com\n- Zone: prod\n- Container: test-container",
    ),
    alert("instana_offline.json", "", "offline", details="- Type: presence"),
    alert(
        "instana_open.json",
        "53650436-8e35-49a3-a610-56b442ae7620",
        "Garbage Collection Activity High (11%)",
        details="Tune your Garbage Collector, reduce allocation rate",
    ),
    alert(
        "jira_created.json",
        "OPS-17",
        "OPS-17: Backup failed",
        links={"OPS-17": "https://example.atlassian.net/browse/OPS-17"},
        labels={"project": "OPS", "type": "Incident"},
        details="The nightly backup of db-1 failed\n\n- Project: Operations\n- Type: Incident\n- Status: Open\n- Priority: High\n- Reporter: Kim Roe",
    ),
    resolve(
        "jira_resolved.json", "OPS-17", "OPS-17: Backup failed", details="The nightly backup of db-1 failed"
    ),
    alert(
        "jira_transition.json", "OPS-17", "OPS-17: Backup failed", details="The nightly backup of db-1 failed"
    ),
    alert("jumpcloud_alert.json", "jc-5f2", "Administrator signed in from a new country"),
    alert("kafka_alert.json", "orders/lag", "Consumer lag above 10,000"),
    alert(
        "keep_alert.json",
        "keep-7c1",
        "Disk usage above 90 %",
        priority="HIGH",
        links={"Keep": "https://keep.example.com/alerts/feed"},
    ),
    alert(
        "kentixam_alarm.json",
        "Plant 2/Server room/MultiSensor-1",
        "Plant 2/Server room/MultiSensor-1: temperature",
        labels={"building": "Plant 2", "zone": "Server room", "device": "MultiSensor-1"},
        details="- time: 2026-11-20 08:15:30\n- building: Plant 2\n- alarmzone: Server room\n- device: MultiSensor-1\n- temperature-alarm: 1\n- humidity-alarm: 0\n- fire-alarm: 0\n- motion-alarm: 0\n- temperature: 31.4",
    ),
    resolve(
        "kentixam_over.json",
        "Plant 2/Server room/MultiSensor-1",
        "Plant 2/Server room/MultiSensor-1: all alarms are over",
        details="- time: 2026-11-20 08:15:30",
    ),
    alert(
        "kibana_active.json",
        "d6a1/web",
        "Error rate of web is high",
        links={"Kibana": "https://kibana.example.com/app/rules/d6a1"},
        labels={"rule": "Error rate", "space": "default"},
        details="12 errors in 5 minutes\n\n- Rule: Error rate\n- Group: Threshold met\n- Value: 12\n- Conditions: count is greater than 10\n- Time: 2026-11-20T08:15:30.123Z",
    ),
    resolve(
        "kibana_recovered.json", "d6a1/web", "Error rate of web is high", details="12 errors in 5 minutes"
    ),
    alert(
        "kubernetes_alert.json",
        "shop/web-7d9f",
        "Pod shop/web-7d9f CrashLoopBackOff",
        priority="HIGH",
        labels={"namespace": "shop", "cluster": "fra"},
        details="back-off 5m0s restarting failed container",
    ),
    alert(
        "librenms_alert.json",
        "4711",
        "Alert for device sw-1 - Port down",
        priority="HIGH",
        details="Gi0/1 is down",
    ),
    alert("mqtt_alert.json", "freezer/3", "Freezer 3 is at -9 °C"),
    accept(
        "nagios_acknowledgement.xml",
        "db-1/Disk",
        "db-1/Disk is CRITICAL: DISK CRITICAL - free space: / 120 MB (1%)",
        comments=[("kim", "growing the disk")],
        labels={"host": "db-1", "service": "Disk", "state": "CRITICAL"},
        details="- Host alias: Database 1\n- Address: 10.0.0.11\n- Output: DISK CRITICAL - free space: / 120 MB (1%)\n- Time: Fri Nov 20 08:15:30 UTC 2026",
    ),
    alert(
        "nagios_host.xml",
        "db-1",
        "db-1 is DOWN: PING CRITICAL <100% loss>",
        details="- Host output: PING CRITICAL <100% loss>",
    ),
    alert(
        "nagios_problem.xml",
        "db-1/Disk",
        "db-1/Disk is CRITICAL: DISK CRITICAL - free space: / 120 MB (1%)",
        details="- Host alias: Database 1",
    ),
    resolve(
        "nagios_recovery.xml", "db-1/Disk", "db-1/Disk is OK: DISK OK", details="- Host alias: Database 1"
    ),
    resolve(
        "netdata_clear.json",
        "db-1/disk_space._/disk_space_usage",
        "recovered, disk space usage / = 40%",
        labels={"host": "db-1", "chart": "disk_space._", "severity": "clear"},
        details="disk space utilisation\n\n- Host: db-1\n- Chart: disk_space._\n- Value: 40%\n- Since: Fri Nov 20 08:25:30 UTC 2026",
    ),
    alert(
        "netdata_script.json",
        "db-1/disk_space._/disk_space_usage",
        "is critical, disk space usage / = 97%",
        details="disk space utilisation",
    ),
    alert("netdata_speaking.json", "db-1/disk_space_usage", "db-1: disk_space_usage is critical"),
    accept(
        "newrelic_acknowledged.json",
        "9c7b2f6e-2f0c-4ee4-8d41-6d1b2a1f2c11",
        "Memory Used % > 90 for at least 2 minutes on 'web-1'",
        priority="HIGH",
        links={"Issue": "https://radar-api.service.newrelic.com/accounts/1/issues/9c7b2f6e?notifier=WEBHOOK"},
        labels={"policy": "Hosts", "priority": "CRITICAL"},
        details="- Entity: web-1\n- Condition: Memory\n- Policy: Hosts\n- Workflow: Tocsin\n- Incidents: 1",
    ),
    alert(
        "newrelic_activated.json",
        "9c7b2f6e-2f0c-4ee4-8d41-6d1b2a1f2c11",
        "Memory Used % > 90 for at least 2 minutes on 'web-1'",
        priority="HIGH",
        details="- Entity: web-1",
    ),
    resolve(
        "newrelic_closed.json",
        "9c7b2f6e-2f0c-4ee4-8d41-6d1b2a1f2c11",
        "Memory Used % > 90 for at least 2 minutes on 'web-1'",
        priority="HIGH",
        details="- Entity: web-1",
    ),
    accept(
        "newrelic_old_acknowledged.json",
        "33",
        "Shop: Response time",
        details="Response time > 1 s for at least 5 minutes on 'shop'",
    ),
    resolve(
        "newrelic_old_closed.json",
        "33",
        "Shop: Response time",
        details="Response time > 1 s for at least 5 minutes on 'shop'",
    ),
    alert(
        "newrelic_old_open.json",
        "33",
        "Shop: Response time",
        details="Response time > 1 s for at least 5 minutes on 'shop'",
    ),
    alert(
        "pingdom_down.json",
        "12345",
        "Shop is DOWN",
        links={
            "Pingdom": "https://my.pingdom.com/app/reports/uptime#check=12345",
            "Target": "https://shop.example.com/",
        },
        labels={"check": "Shop", "type": "HTTP"},
        details="HTTP Server Error 503 Service Unavailable\n\n- Check: HTTP\n- Target: https://shop.example.com/\n- Host: shop.example.com\n- Description: HTTP error 503\n- Since: 2026-11-20T08:15:30\n- Probe: Frankfurt, Germany",
    ),
    resolve("pingdom_up.json", "12345", "Shop is UP", details="OK"),
    alert(
        "posthog_alert.json",
        "017f",
        "Sign-ups are low",
        links={"PostHog": "https://eu.posthog.com/insights/q8Zx"},
        details="- Status: firing\n- Value: 3",
    ),
    resolve("posthog_resolved.json", "017f", "Sign-ups are low", details="- Status: resolved"),
    accept(
        "prtg_acknowledged.form",
        "2067",
        "db-1 / Disk free C:: Down (Acknowledged)",
        links={
            "Sensor": "https://prtg.example.com/sensor.htm?id=2067",
            "Device": "https://prtg.example.com/device.htm?id=2040",
        },
        labels={"device": "db-1", "group": "Servers", "probe": "Local Probe"},
        details="2 % (Free Space C:) is below the error limit of 5 %\n\n- Group: Servers\n- Probe: Local Probe\n- Host: 10.0.0.11\n- Since: 20/11/2026 08:15:30\n- Down: 2 m\n- Priority: *****",
    ),
    alert(
        "prtg_down.form",
        "2067",
        "db-1 / Disk free C:: Down",
        details="2 % (Free Space C:) is below the error limit of 5 %",
    ),
    resolve("prtg_up.form", "2067", "db-1 / Disk free C:: Down ended (now: Up)", details="OK"),
    alert(
        "salesforce_alert.json", "00001027", "Case 00001027: portal is down", details="- caseOwner: Support"
    ),
    alert("searchguard_alert.json", "failed-logins", "Failed logins above 100"),
    alert(
        "sensu_alert.json",
        "web-1/check-disk",
        "web-1/check-disk",
        priority="HIGH",
        details="CheckDisk CRITICAL: 97 %",
    ),
    alert(
        "sentry_alert_triggered.json",
        "1170820242",
        "TypeError: total is undefined",
        links={"Event": "https://example.sentry.io/issues/1170820242/events/e4874d66/"},
        labels={"level": "error", "environment": "production"},
        details="- Rule: More than 10 events an hour\n\n- Culprit: checkout.js in pay\n- Level: error\n- Environment: production",
    ),
    alert(
        "sentry_issue_created.json",
        "1170820242",
        "TypeError: total is undefined",
        details="- Culprit: checkout.js in pay",
    ),
    resolve(
        "sentry_issue_resolved.json",
        "1170820242",
        "TypeError: total is undefined",
        details="- Culprit: checkout.js in pay",
    ),
    alert(
        "sentry_metric_critical.json",
        "metric-12",
        "Critical: Errors a minute",
        details="120 events in the last minute",
    ),
    resolve(
        "sentry_metric_resolved.json",
        "metric-12",
        "Resolved: Errors a minute",
        details="120 events in the last minute",
    ),
    alert(
        "sentry_plugin.json",
        "1170820242",
        "Shop: TypeError: total is undefined",
        details="TypeError: total is undefined",
    ),
    alert(
        "serverdensity_alert.json",
        "5ad1/web-1",
        "web-1: CPU usage > 90",
        links={"Server Density": "https://example.serverdensity.io/inventory/device/5ad1"},
        labels={"item": "web-1", "group": "web"},
        details="- Item: web-1\n- Type: device\n- Group: web\n- Value: 97\n- Threshold: 90\n- Since: 2026-11-20T08:15:30Z",
    ),
    resolve("serverdensity_fixed.json", "5ad1/web-1", "web-1: CPU usage > 90", details="- Item: web-1"),
    resolve(
        "servicenow_closed.json",
        "9d385017c611228701d22104cc95c371",
        "INC0000060: Unable to connect to email",
        priority="HIGH",
        routing_key="network",
        links={
            "ServiceNow": "https://example.service-now.com/nav_to.do?uri=incident.do?sys_id=9d385017c611228701d22104cc95c371"
        },
        labels={"number": "INC0000060", "group": "Network"},
        details="Outlook reports that it cannot connect\n\n- State: 7\n- Priority: 1 - Critical\n- Category: Inquiry\n- Caller: Kim Roe\n- Assignment group: Network",
    ),
    accept(
        "servicenow_in_progress.json",
        "9d385017c611228701d22104cc95c371",
        "INC0000060: Unable to connect to email",
        priority="HIGH",
        routing_key="network",
        comments=[("kim.roe", "restarting the connector")],
        details="Outlook reports that it cannot connect",
    ),
    alert(
        "servicenow_new.json",
        "9d385017c611228701d22104cc95c371",
        "INC0000060: Unable to connect to email",
        priority="HIGH",
        routing_key="network",
        details="Outlook reports that it cannot connect",
    ),
    accept(
        "solarwinds_accept.form",
        "router-1-17",
        "router-1 is down",
        links={"SolarWinds": "https://orion.example.com/Orion/NetPerfMon/NodeDetails.aspx?NetObject=N:17"},
        details="- Severity: Critical\n- Node: router-1",
    ),
    resolve("solarwinds_reset.form", "router-1-17", "router-1 is down", details="- Severity: Critical"),
    alert("solarwinds_trigger.form", "router-1-17", "router-1 is down", details="- Severity: Critical"),
    alert(
        "splunk_alert.json",
        "scheduler_admin_search_W2_at_1795162530_132",
        "Failed payments",
        links={
            "Results": "https://splunk.example.com/app/search/@go?sid=scheduler_admin_search_W2_at_1795162530_132"
        },
        labels={"search": "Failed payments", "app": "search"},
        details="- App: search\n- Owner: admin\n\n- sourcetype: payments\n- count: 17",
    ),
    accept(
        "stackdriver_acknowledged.json",
        "0.mwbqs2vz1q5k",
        "[shop-prod] CPU: CPU above 90 %",
        links={
            "Google Cloud": "https://console.cloud.google.com/monitoring/alerting/incidents/0.mwbqs2vz1q5k?project=shop-prod"
        },
        labels={
            "project": "shop-prod",
            "policy": "CPU",
            "instance_id": "6500",
            "zone": "europe-west3-a",
            "team": "shop",
        },
        details="CPU utilization for web-1 is above 0.9 with a value of 0.97.\n\nSee the runbook\n\n- Resource: web-1\n- Metric: CPU utilization\n- Observed: 0.97\n- Threshold: 0.9\n- Severity: Critical",
    ),
    resolve(
        "stackdriver_closed.json",
        "0.mwbqs2vz1q5k",
        "[shop-prod] CPU: CPU above 90 %",
        details="CPU utilization for web-1 is above 0.9 with a value of 0.97.",
    ),
    alert(
        "stackdriver_error.json",
        "https://console.cloud.google.com/errors/CKG9zvbCm_e6Mw?project=shop-prod",
        "web: KeyError: 'total'",
        details="[shop-prod] New error in web",
    ),
    alert(
        "stackdriver_open.json",
        "0.mwbqs2vz1q5k",
        "[shop-prod] CPU: CPU above 90 %",
        details="CPU utilization for web-1 is above 0.9 with a value of 0.97.",
    ),
    alert(
        "statuscake_down.form",
        "5501",
        "Shop is down",
        links={"Target": "https://shop.example.com/"},
        labels={"test": "Shop"},
        details="- Address: https://shop.example.com/\n- Status code: 503\n- IP: 203.0.113.20\n- Tags: shop\n- Check rate: 300",
    ),
    resolve("statuscake_up.form", "5501", "Shop is up", details="- Address: https://shop.example.com/"),
    alert(
        "sysdig_active.json",
        "9876",
        "CPU is high",
        links={
            "Event": "https://app.sysdigcloud.com/#/events/f:1/9876",
            "Alert": "https://app.sysdigcloud.com/#/alerting/alerts/1/edit",
        },
        labels={"severity": "Low", "scope": "host.hostName = 'web-1'"},
        details="CPU above 90 %\n\n- Condition: avg(cpu.used.percent) > 90\n- Scope: host.hostName = 'web-1'\n- Severity: Low\n\n- host.hostName = 'web-1'",
    ),
    resolve("sysdig_resolved.json", "9876", "CPU is high", details="CPU above 90 %"),
    alert(
        "topdesk_alert.json",
        "I 2611 004",
        "Printer on floor 3 does not print",
        details="- caller: Kim Roe\n- category: Hardware",
    ),
    alert(
        "uptimekuma_certificate.json",
        "7/certificate",
        "[Shop][https://shop.example.com/] server certificate shop.example.com will be expired in 7 days",
        links={"Target": "https://shop.example.com/"},
        labels={"monitor": "Shop", "team": "shop"},
        details="[Shop][https://shop.example.com/] server certificate shop.example.com will be expired in 7 days\n\n- Type: http",
    ),
    alert(
        "uptimekuma_down.json",
        "7",
        "Shop is down",
        details="[Shop] [🔴 Down] Request failed with status code 503",
    ),
    resolve("uptimekuma_up.json", "7", "Shop is up", details="[Shop] [✅ Up] 200 - OK"),
    alert(
        "uptimerobot_certificate.json",
        "776881/certificate",
        "Shop: SSL expiry",
        links={"Target": "https://shop.example.com/"},
        labels={"monitor": "Shop"},
        details="expires in 7 days\n\n- Address: https://shop.example.com/",
    ),
    alert("uptimerobot_down.query", "776881", "Shop: Down", details="HTTP 503 - Service Unavailable"),
    resolve("uptimerobot_up.form", "776881", "Shop: Up", details="HTTP 200 - OK"),
    accept(
        "zabbix_mt_acknowledged.json",
        "zabbix-104",
        "Problem: Disk space is low",
        comments=[("Kim Roe (kim)", "cleaning up")],
        links={"Zabbix": "https://zabbix.example.com/tr_events.php?triggerid=17001&eventid=104"},
        labels={"host": "db-1", "severity": "High"},
        details="Problem started at 08:15:30 on 2026.11.20\n\n- Host: db-1\n- IP: 10.0.0.11\n- Trigger: Disk space is low\n- Description: Volume is nearly full\n- Severity: High\n- Operational data: 2 %\n- Item: /: space utilisation\n- Tags: scope:capacity",
    ),
    alert(
        "zabbix_mt_problem.json",
        "zabbix-104",
        "Problem: Disk space is low",
        details="Problem started at 08:15:30 on 2026.11.20",
    ),
    resolve(
        "zabbix_mt_recovery.json",
        "zabbix-104",
        "Resolved: Disk space is low",
        details="Problem started at 08:15:30 on 2026.11.20",
    ),
    accept("zabbix_script_ack.json", "db-1/17001", "db-1: Disk space is low", details="- Host: db-1"),
    alert("zabbix_script_alert.json", "db-1/17001", "db-1: Disk space is low", details="- Host: db-1"),
    resolve("zabbix_script_resolve.json", "db-1/17001", "db-1: Disk space is low", details="- Host: db-1"),
    resolve(
        "zammad_closed.json",
        "81",
        "VPN does not connect",
        priority="HIGH",
        comments=[("Sam Poe", "Works again")],
        labels={"number": "67081", "group": "Users"},
        details="Works again\n\n- Ticket: 67081\n- State: closed\n- Priority: 3 high\n- Group: Users\n- Customer: kim@example.com\n- Owner: -",
    ),
    alert("zammad_new.json", "81", "VPN does not connect", priority="HIGH", details="Since this morning"),
    alert(
        "zammad_open_flat.json", "81", "VPN does not connect", priority="LOW", details="Since this morning"
    ),
    alert("zapier_alert.json", "form-88", "New high-priority form answer", details="From the contact form"),
    accept(
        "zendesk_hold.json",
        "35436",
        "I cannot pay",
        priority="HIGH",
        links={"Ticket": "https://example.zendesk.com/agent/tickets/35436"},
        labels={"requester": "Kim Roe"},
        details="The button does nothing\n\n- Status: On-hold\n- Priority: Urgent\n- Requester: Kim Roe\n\n- Plan: Gold",
    ),
    alert("zendesk_new.json", "35436", "I cannot pay", priority="HIGH", details="The button does nothing"),
    accept(
        "zendesk_pending.json",
        "35436",
        "I cannot pay",
        priority="HIGH",
        or_opens=True,
        comments=[(None, "We asked the bank")],
        details="The button does nothing",
    ),
    resolve(
        "zendesk_solved.json", "35436", "I cannot pay", priority="HIGH", details="The button does nothing"
    ),
)

NOTHING = (
    (
        "amazonsns_subscription.json",
        "the topic arn:aws:sns:eu-central-1:123456789012:jobs asks whether its messages are wanted",
    ),
    (
        "amazonsns_unsubscribed.json",
        "the topic arn:aws:sns:eu-central-1:123456789012:jobs was unsubscribed from",
    ),
    ("autotask_company.json", "a webhook about account: only tickets count"),
    ("cloudflare_test.json", "a test message of Cloudflare's"),
    ("cloudwatch_insufficient.json", "the alarm api-5xx has insufficient data: only ALARM and OK count"),
    ("dynatrace_test.json", "a test message of Dynatrace's"),
    ("github_check_running.json", "check run tests in example/shop: in_progress"),
    ("github_issue_pinned.json", "example/shop#42 was pinned"),
    ("github_ping.json", "GitHub says hello: the webhook was set up"),
    ("gitlab_pipeline_running.json", "a pipeline of example/shop is running: only failed and success count"),
    ("gitlab_push.json", "push in example/shop: only issues, incidents and pipelines count"),
    ("grafana_old_pending.json", "Panel Title alert is pending"),
    ("graylog_test.json", "a test notification of Graylog's"),
    ("icinga_downtime.xml", "DOWNTIMESTART of web-1: only problems, acknowledgements and recoveries count"),
    ("jira_comment.json", "comment_created at OPS-17: only created, updated and deleted count"),
    ("jira_updated_after.json", "OPS-17 has its resolution and was updated"),
    ("nagios_flapping.xml", "FLAPPINGSTART of db-1: only problems, acknowledgements and recoveries count"),
    ("prtg_paused.form", "the sensor is paused (paused by parent)"),
    ("sentry_comment.json", "a webhook about comment: only issues and alerts count"),
    ("stackdriver_test.json", "a test message of Google Cloud Monitoring's"),
    ("uptimekuma_maintenance.json", "Shop is in maintenance"),
    ("uptimekuma_test.json", "a test message of Uptime Kuma's"),
)
"""What is understood and needs nothing, with the reason that the event log shows."""
