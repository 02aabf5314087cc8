"""Headers, other sites' requests, and no inline code anywhere."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import URL, everything
from tocsin.store.database import Database
from tocsin.web import show

TEMPLATES = sorted((show.FOLDER / "templates").glob("*.html"))
OWN_SCRIPTS = sorted(show.STATIC.glob("*.js"))


def directives(policy: str) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in policy.split(";"))


@pytest.mark.parametrize("path", ["/", "/login", "/incidents", "/incidents/999", "/r/x", "/static/app.css"])
def test_every_answer_carries_the_policy(path: str, cast: Cast, ann: TestClient) -> None:
    headers = ann.get(path).headers
    said = directives(headers["content-security-policy"])
    assert said["default-src"] == "'none'"
    assert said["script-src"] == said["style-src"] == "'self'"
    assert said["frame-ancestors"] == said["base-uri"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": URL},
    ],
)
def test_other_sites_change_nothing(
    headers: dict[str, str], db: Database, cast: Cast, ann: TestClient
) -> None:
    number = cast.alert()
    before = everything(db)
    assert ann.post(f"/incidents/{number}/accept", headers=headers).status_code == 403
    assert everything(db) == before


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": URL}, {}])
def test_our_own_forms_act(headers: dict[str, str], cast: Cast, ann: TestClient) -> None:
    number = cast.alert()
    assert ann.post(f"/incidents/{number}/accept", headers=headers).status_code == 303


def test_a_form_of_another_site_may_only_show(cast: Cast, ann: TestClient) -> None:
    assert ann.get("/incidents", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_marked_files_are_kept_and_others_asked_for_again(ann: TestClient) -> None:
    assert "immutable" in ann.get(show.asset("app.css")).headers["cache-control"]
    assert ann.get("/static/app.css").headers["cache-control"] == "no-cache"
    assert ann.get("/static/../app.py").status_code == 404


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_code_and_no_style(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|hx-on|javascript:|\bjs:", text)
    assert "|safe" not in text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_speak_htmx_4(template: Path) -> None:
    old = r"hx-ext=|sse-swap|sse-connect|hx-disabled-elt|hx-vars|hx-params|\bhx-disinherit"
    assert not re.search(old, template.read_text())


@pytest.mark.parametrize("script", OWN_SCRIPTS, ids=lambda path: path.name)
def test_own_scripts_build_no_code_or_html(script: Path) -> None:
    assert not re.search(r"\beval\(|new Function|innerHTML|outerHTML|document\.write", script.read_text())


def test_vendored_files_are_what_the_manifest_says() -> None:
    folder = show.STATIC / "vendor"
    listed = json.loads((folder / "manifest.json").read_text())["files"]
    for entry in listed:
        assert hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest() == entry["sha256"], entry
        assert entry["version"]
        assert (folder / entry["licenceFile"]).is_file()
    scripts = {path.name for path in folder.glob("*.js")}
    assert scripts <= {entry["file"] for entry in listed}


def test_the_pages_weigh_little() -> None:
    import gzip  # noqa: PLC0415

    def weight(*paths: Path) -> int:
        return sum(len(gzip.compress(path.read_bytes())) for path in paths)

    assert weight(show.STATIC / "app.css") <= 14_000
    assert weight(show.STATIC / "app.css", *show.STATIC.rglob("*.js")) <= 40_000
