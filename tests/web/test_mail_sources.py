"""Alert sources by mail, as pages: their rules, tried on the mails that came, and the files of those."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import SignIn, everything
from tests.web.test_access import newcomer
from tocsin.core.events import AlertSource
from tocsin.core.mail_rules import KeyExtractor, MailRules, Predicate
from tocsin.core.mail_source import CONTENT_TYPE
from tocsin.engine.ingest import parse_registered
from tocsin.kit.chance import SeededChance
from tocsin.store import documents, intake
from tocsin.store.database import Database
from tocsin.store.intake import Payload
from tocsin.store.kinds import SOURCES

MAIL = b"""From: backup@example.org\r
Subject: Service: web is CRITICAL\r
Message-ID: <1@example.org>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/plain\r
\r
It burns.\r
--b\r
Content-Type: text/html; name="<r\xc3\xa9sum\xc3\xa9>.html"\r
Content-Transfer-Encoding: base64\r
Content-Disposition: attachment; filename="report.html"\r
\r
PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==\r
--b--\r
"""
RULES = {
    "creation": "OPEN_RESOLVE_ON_EXTRACTION",
    "accept.on": "on",
    "accept.count": "2",
    "accept.0.field": "EMAIL_FROM",
    "accept.0.criteria": "CONTAINS_STRING",
    "accept.0.value": "@example.org",
    "accept.1.field": "EMAIL_SUBJECT",
    "accept.1.criteria": "CONTAINS_STRING",
    "accept.1.value": "",
    "resolve.on": "on",
    "resolve.operator": "OR",
    "resolve.count": "1",
    "resolve.0.field": "EMAIL_SUBJECT",
    "resolve.0.criteria": "CONTAINS_STRING",
    "resolve.0.value": "is OK",
    "key.field": "EMAIL_SUBJECT",
    "key.criteria": "MATCHES_REGEX",
    "key.value": "(?<=Service:)(.*)(?=is)",
    "do": "save",
}


@pytest.fixture
def source(db: Database, cast: Cast, ann: TestClient) -> AlertSource:
    """Made on the pages, with nothing said about mails; one came."""
    form = {"type": "EMAIL", "name": "Backups", "address": "backups", "policy": str(cast.policy.id)}
    made = ann.post("/sources/new", data=form)
    assert made.status_code == 303, made.text
    number = int(made.headers["location"].removeprefix("/sources/").partition("?")[0])
    with db.write() as tx:
        source = documents.get(tx, SOURCES, number)
        payload = Payload(key=source.integration_key, body=MAIL, content_type=CONTENT_TYPE)
        intake.take_in(tx, [payload], parse_registered, SeededChance(3))
    return source


def test_a_source_made_on_the_pages_takes_mail_and_gives_its_files(
    db: Database, cast: Cast, source: AlertSource, signed_in: SignIn
) -> None:
    ann = signed_in(cast.ann)
    log = ann.get(f"/sources/{source.id}/events").text
    assert "report.html" in log
    path = log.partition(f'href="/sources/{source.id}/events/')[2].partition('"')[0]
    path = f"/sources/{source.id}/events/{path}"
    file = ann.get(path)
    assert file.content == b"<script>alert(1)</script>"
    assert file.headers["content-type"] == "application/octet-stream"
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''report.html"
    assert path in ann.get("/incidents/1").text
    for wrong in ("2", "0", "999", "9" * 18):
        assert ann.get(path.removesuffix("1") + wrong).status_code == 404
    assert signed_in(newcomer(db, "STAKEHOLDER")).get(path).status_code == 403


def test_the_rules_for_mails_are_tried_and_kept(db: Database, source: AlertSource, ann: TestClient) -> None:
    path = f"/sources/{source.id}/mail"
    before = everything(db)
    tried = ann.post(f"{path}/preview", data=RULES).text
    assert "<code>web</code>" in tried
    other = ann.post(f"{path}/preview", data=RULES | {"accept.0.value": "@elsewhere"}).text
    assert "does not match" in other
    longer = ann.post(path, data=RULES | {"do": "add:resolve"}).text
    assert 'name="resolve.1.value"' in longer
    assert 'name="resolve.0.value"' not in ann.post(path, data=RULES | {"do": "drop:resolve:0"}).text
    assert everything(db) == before
    assert ann.post(path, data=RULES).status_code == 303
    with db.read() as tx:
        kept = documents.get(tx, SOURCES, source.id)
    assert kept.incident_creation == "OPEN_RESOLVE_ON_EXTRACTION"
    assert kept.mail == MailRules(
        filtered=True,
        predicates=(Predicate(field="EMAIL_FROM", criteria="CONTAINS_STRING", value="@example.org"),),
        operator="AND",
        resolve_filtered=True,
        resolve_predicates=(Predicate(field="EMAIL_SUBJECT", criteria="CONTAINS_STRING", value="is OK"),),
        resolve_operator="OR",
        key_extractor=KeyExtractor(
            field="EMAIL_SUBJECT", criteria="MATCHES_REGEX", value="(?<=Service:)(.*)(?=is)"
        ),
    )
    assert "@example.org" in ann.get(path).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"key.value": "("},
        {"key.value": ""},
        {"accept.0.criteria": "MATCHES_REGEX", "accept.0.value": "("},
        {"resolve.0.field": "EMAIL_SHOESIZE"},
    ],
)
def test_wrong_rules_for_mails_are_refused(
    wrong: dict[str, Any], db: Database, source: AlertSource, ann: TestClient
) -> None:
    before = everything(db)
    answer = ann.post(f"/sources/{source.id}/mail", data=RULES | wrong)
    assert answer.status_code == 422
    assert 'class="problem"' in answer.text
    assert everything(db) == before


def test_only_sources_by_mail_have_rules_for_mails(cast: Cast, ann: TestClient) -> None:
    assert ann.get(f"/sources/{cast.source.id}/mail").status_code == 404
    text = ann.get(f"/sources/{cast.source.id}").text
    assert "https://tocsin.example.org/v2/enqueue" in text
