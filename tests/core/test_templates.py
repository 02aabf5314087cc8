"""ITL: the documented examples, mustache's sections, the pieces of forms, and that nothing makes it raise."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core import templates
from tocsin.core.templates import Element, from_elements
from tocsin.core.templates.functions import FUNCTIONS
from tocsin.core.templates.nodes import MAX_OUTPUT
from tocsin.kit.errors import BadInput

DATA: dict[str, Any] = {
    "text": "Test result",
    "severity": "critical",
    "count": 3,
    "ratio": 1.5,
    "yes": True,
    "nothing": None,
    "empty": "",
    "none": [],
    "tags": ["prod", "eu"],
    "users": [{"name": "Ann", "age": 1}, {"name": "Bo"}, {"age": 2}],
    "host": {"name": "web01", "a b:c": "deep"},
    "name": "outer",
    "when": 1674950737000,
    "date": "2021-05-25T21:24:56.771Z",
    "id": "job 123e4567-e89b-12d3-a456-426614174000 failed",
    "who": "first=Hans last=Peter",
    "html": "<b>&",
}


def render(text: str) -> str:
    return templates.compile(text).render(DATA)


@pytest.mark.parametrize(
    "text, result",
    [
        ("plain { text } }}", "plain { text } }}"),
        ("{{ host.name }}/{{host.name}}", "web01/web01"),
        ("{{users[1].name}} {{ users.0.name }} {{tags[9]}}", "Bo Ann "),
        ("{{ host.a\\ b:c }}{{ host['a b:c'] }}{{ host.a b:c }}", "deepdeepdeep"),
        ("{{ missing.deep[1] }}{{ nothing }}", ""),
        ("{{count}} {{ratio}} {{yes}} {{tags}}", '3 1.5 true ["prod", "eu"]'),
        ("{{html}}{{{html}}}{{&html}}", "<b>&<b>&<b>&"),
        ("a{{! not {{ shown }}b", "ab"),
        ("{{ text.substring(5,7) }}", "res"),
        ("{{ text.substring(5) }}", "result"),
        ("{{ text.substring(50, 60) }}{{ text.substring(4, 1) }}", ""),
        ("{{ text.lowerCase() }}{{ text.upperCase() }}", "test resultTEST RESULT"),
        ("{{ text.replaceAll('result', \"}} it's\") }}", "Test }} it's"),
        ("{{ text.replaceAll(t, T) }}", "TesT resulT"),
        ('{{ text.splitTakeAt(" ", 1) }}{{ text.splitTakeAt(" ", 2) }}', "result"),
        (
            "{{ severity.equalsTake('critical', 'HIGH') }}{{ severity.equalsTake('x', 'HIGH') }}",
            "HIGHcritical",
        ),
        ("{{ severity.startsWithTakeOrDrop('crit', A) }}{{ severity.startsWithTakeOrDrop(x, B) }}", "A"),
        ("{{ severity.endsWithElse('cal', A) }} {{ severity.endsWithElse('x', B) }}", "critical B"),
        ("{{ severity.containsElseOrDrop('riti', A) }}{{ severity.containsElseOrDrop(x, B) }}", "B"),
        ("{{ when.formatUnixMs() }}", "Jan 29, 2023, 12:05:37 AM"),
        ("{{ when.formatUnixMs(S) }}", "1/29/23, 12:05 AM"),
        ("{{ when.formatUnixMs('L') }}", "January 29, 2023 at 12:05:37 AM UTC"),
        ("{{ when.formatUnixMs(F) }}", "Sunday, January 29, 2023 at 12:05:37 AM Coordinated Universal Time"),
        ("{{ count.formatUnixSec() }} {{ text.formatUnixMs() }}", "Jan 1, 1970, 12:00:03 AM Test result"),
        ("{{ date.formatDateString() }}", "May 25, 2021, 9:24:56 PM"),
        ("{{ tags.join() }} {{ tags.join('/') }} {{ text.join() }}", "prod, eu prod/eu Test result"),
        ("{{ users.joinFromObjectArr(name) }}", "Ann\nBo"),
        ("{{ users.joinFromObjectArr('name', ' + ') }}", "Ann + Bo"),
        (
            "{{ id.extractRegex('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}') }}",
            "123e4567-e89b-12d3-a456-426614174000",
        ),
        ("{{ who.extractRegexGroups('first=(\\w+) last=(\\w+)') }}", "HansPeter"),
        ("{{ who.extractRegex('nobody') }}{{ missing.upperCase() }}", ""),
        ("{{#users}}<{{name}}>{{/users}}", "<Ann><Bo><outer>"),
        ("{{#tags}}{{.}},{{/tags}}{{^tags}}none{{/tags}}", "prod,eu,"),
        ("{{#none}}x{{/none}}{{^none}}-{{/none}}{{^empty}}-{{/empty}}{{^missing}}-{{/missing}}", "---"),
        ("{{#host}}{{name}} {{text}}{{/host}}", "web01 Test result"),
        ("{{#yes}}y{{/yes}}{{#count}}{{.}}{{/count}}", "y3"),
        ("{{#users}}{{ text.upperCase() }} {{/users}}", "TEST RESULT TEST RESULT TEST RESULT "),
        ("a\n  {{#tags}}\n- {{.}}\n  {{/tags}}\r\nb", "a\n- prod\n- eu\nb"),
        ("{{#tags}}{{#users}}{{name}}{{/users}}|{{/tags}}", "AnnBoouter|AnnBoouter|"),
    ],
)
def test_it_renders(text: str, result: str) -> None:
    assert render(text) == result


@pytest.mark.parametrize(
    "text, what",
    [
        ("{{ a", "position 1: {{ is never closed"),
        ("x {{#a}} y", "position 3: the section a is never closed"),
        ("{{/a}}", "no open section a"),
        ("{{#a}}{{#b}}{{/a}}{{/b}}", "section b must be closed before a"),
        ("{{ a.shout() }}", "no function shout"),
        ("{{ a.substring() }}", "takes 1 or 2 arguments"),
        ("{{ a.substring(x) }}", "takes a whole number"),
        ("{{ a.substring(1 2) }}", "whole number"),
        ("{{ a.replaceAll('x' 'y') }}", "separated by commas"),
        ("{{ a.replaceAll('x, 'y') }}", "is never closed"),
        ("{{ a.substring(1 }}", "never closed"),
        ("{{ a.formatUnixMs(XL) }}", "one of S, M, L, F"),
        ("{{ a.extractRegex('(') }}", "not a regular expression"),
        ("{{}}", "name what is to be shown"),
        ("{{ a..b }}", "a dot too many"),
        ("{{ a. }}", "ends with a dot"),
        ("{{ a[0 }}", "never closed"),
        ("{{> part }}", "partials"),
        ("{{#a}}" * 21 + "{{/a}}" * 21, "nested 20 deep"),
        ("{{a}}" * 2_001, "2000 parts"),
        ("x" * 65_537, "65536 characters"),
        ("{{ a.extractRegex('x') }}" * 21, "20 patterns"),
    ],
)
def test_what_is_wrong_is_said(text: str, what: str) -> None:
    with pytest.raises(BadInput) as refused:
        templates.compile(text, "summaryTemplate")
    assert refused.value.problems[0].path == "summaryTemplate"
    assert what in refused.value.problems[0].message


def test_variables_are_escaped_if_the_caller_says_how() -> None:
    template = templates.compile('{"a": "{{text}}", "b": {{{text}}}}')
    assert template.render({"text": 'say "x"'}, escape=lambda text: text.replace('"', '\\"')) == (
        '{"a": "say \\"x\\"", "b": say "x"}'
    )


@pytest.mark.parametrize(
    "text, elements",
    [
        ("Hi {{ users[0].name }}!", [("TEXT", "Hi "), ("VAR", "users[0].name"), ("TEXT", "!")]),
        ("{{#a}}{{b}}{{/a}}", [("RAW", "{{#a}}{{b}}{{/a}}")]),
        ("{{{a}}}", [("RAW", "{{{a}}}")]),
    ],
)
def test_a_template_has_a_form_in_pieces(text: str, elements: list[tuple[str, str]]) -> None:
    found = templates.compile(text).elements()
    assert [(element.type, element.val) for element in found] == elements
    assert from_elements(found).elements() == found


def test_a_piece_may_have_a_function() -> None:
    pieces = (Element(type="VAR", val="text", func="splitTakeAt", args=(' \\"', 0)),)
    template = from_elements(pieces)
    assert template.elements() == pieces
    assert template.render({"text": 'one \\"two'}) == "one"


@pytest.mark.parametrize(
    "pieces, where",
    [
        ((("TEXT", "{"), ("VAR", "count"), ("TEXT", "}")), "elements.1"),
        ((("TEXT", "{"), ("TEXT", "{ x")), "elements.1.val"),
        ((("TEXT", "{{ x }}"),), "elements.0.val"),
    ],
)
def test_pieces_that_would_be_read_as_something_else_are_refused(
    pieces: tuple[tuple[Any, str], ...], where: str
) -> None:
    with pytest.raises(BadInput) as refused:
        from_elements(tuple(Element(type=kind, val=val) for kind, val in pieces), "summaryTemplate")
    assert refused.value.problems[0].path == f"summaryTemplate.{where}"


def test_a_function_in_a_loop_is_worked_out_once() -> None:
    started = time.perf_counter()
    data = {"rows": [1] * 20_000, "text": "a" * 60_000 + "b"}
    assert templates.compile("{{#rows}}{{ text.extractRegex('^(a+)+$') }}{{/rows}}").render(data) == ""
    assert time.perf_counter() - started < 5


def test_output_and_work_are_limited() -> None:
    rows = {"rows": [["x" * 1_000] * 1_000] * 1_000}
    assert len(templates.compile("{{#rows}}{{#.}}{{.}}{{/.}}{{/rows}}").render(rows)) == MAX_OUTPUT
    started = time.perf_counter()
    empty = {"rows": [[""] * 1_000] * 1_000}
    assert templates.compile("{{#rows}}{{#rows}}{{#rows}}{{/rows}}{{/rows}}{{/rows}}").render(empty) == ""
    assert templates.compile("{{ text.extractRegex('^(a+)+$') }}").render({"text": "a" * 60_000 + "b"}) == ""
    assert time.perf_counter() - started < 5


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)
PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "{{",
                "}}",
                "{",
                "}",
                "{{#a}}",
                "{{/a}}",
                "{{^a}}",
                "{{a}}",
                "{{ a.b }}",
                "{{{a}}}",
                "{{!",
                "{{.}}",
            ),
            *(
                "\n",
                " ",
                "\r\n",
                "a",
                ".",
                "(",
                ")",
                "'",
                '"',
                ",",
                "1",
                "\\",
                "[",
                "]",
                "[0]",
                "é",
                "=",
                ">",
            ),
            *(f"{{{{a.{name}(" for name in FUNCTIONS),
            *(f"{{{{a.{name}('x', 'y')}}}}" for name in FUNCTIONS),
            *(f"{{{{a.{name}(1)}}}}" for name in FUNCTIONS),
            *(f"{{{{a.{name}()}}}}" for name in FUNCTIONS),
        ]
    ),
    max_size=8,
).map("".join)


@given(text=st.text(max_size=60) | PIECES, data=JSON)
def test_any_text_is_a_template_or_refused_and_renders_anything(text: str, data: Any) -> None:
    try:
        template = templates.compile(text)
    except BadInput:
        return
    for context in (data, {"a": data}, {"a": {"b": data}}):
        assert isinstance(template.render(context), str)


@given(text=st.text(max_size=60) | PIECES, data=JSON)
def test_pieces_render_as_the_text_does(text: str, data: Any) -> None:
    try:
        template = templates.compile(text)
        again = from_elements(template.elements())
    except BadInput:
        return
    assert again.render({"a": data}) == template.render({"a": data})
