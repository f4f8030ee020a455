"""What becomes of `${VAR}`."""

import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cage_fsm.deployfiles.parsing import parse
from cage_fsm.deployfiles.problems import DeployFileError
from cage_fsm.deployfiles.variables import expand


def never(words: str) -> None:
    raise AssertionError(words)


def refusal(text: str, environment: dict[str, str]) -> str:
    with pytest.raises(DeployFileError) as caught:
        parse("f.json", text, environment)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("web:${TAG}", "web:1.2"),
        ("${TAG}${TAG}", "1.21.2"),
        ("$TAG costs $5 and $", "$TAG costs $5 and $"),
        ("$${TAG}", "${TAG}"),
        ("$$${TAG}", "$${TAG}"),
        ("$$", "$$"),
        ("${TAG:-latest}", "1.2"),
        ("${UNSET:-latest}", "latest"),
        ("${EMPTY:-latest}", "latest"),
        ("${UNSET:-}", ""),
        ("${UNSET:-a:-b}", "a:-b"),
        ("[${EMPTY}]", "[]"),
        ("${NESTED}", "${TAG}"),
    ],
)
def test_every_form_of_a_variable_is_expanded_once(text: str, expected: str) -> None:
    environment = {"TAG": "1.2", "EMPTY": "", "NESTED": "${TAG}"}

    assert expected == expand(text, environment, never)


@pytest.mark.parametrize(
    "text", ["${", "${}", "${my-var}", "${1ST}", "${ TAG }", "${TAG:?no}", "${A:-${B}}", "${A"]
)
def test_what_is_no_variable_is_refused_with_the_way_to_write_it_literally(text: str) -> None:
    complaints: list[str] = []

    for environment in ({"TAG": "1.2", "A": "a", "B": "b"}, os.environ):
        assert expand(text, environment, complaints.append) is None
    assert "write `$${` for a literal `${`" in complaints[0]


def test_all_missing_variables_are_named_at_once_with_their_lines() -> None:
    text = '{\n"a": "${ONE}",\n"b": {"c": ["${TWO}/${TRE}"]},\n"d": ${FOUR}\n}'

    assert refusal(text, {}).splitlines() == [
        "f.json:2: `a` needs the variable ONE, which is not set; set it, or write `${ONE:-default}`.",
        "f.json:3: `b.c[0]` needs the variable TWO, which is not set; set it, or write `${TWO:-default}`.",
        "f.json:3: `b.c[0]` needs the variable TRE, which is not set; set it, or write `${TRE:-default}`.",
        "f.json:4: `d` needs the variable FOUR, which is not set; set it, or write `${FOUR:-default}`.",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("3", 3),
        (" -4\n", -4),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("false", False),
        ("null", None),
    ],
)
def test_a_variable_outside_quotes_is_one_json_scalar(value: str, expected: object) -> None:
    assert {"a": expected} == parse("f.json", '{"a": ${COUNT}}', {"COUNT": value}).value


@pytest.mark.parametrize(
    "value", ["", "web", '"web"', "1, 2", "01", "[1]", "{}", '1, "b": 2', "NaN", "1e999", "9" * 5000]
)
def test_anything_else_outside_quotes_is_refused_without_being_shown(value: str) -> None:
    assert refusal('{\n"a": ${COUNT}}', {"COUNT": value}) == (
        "f.json:2: `a` stands outside quotes, but its variable holds no number, true, false or null; "
        "put quotes around `${COUNT}` if it is text."
    )


def test_a_default_serves_outside_quotes_too() -> None:
    assert parse("f.json", '{"a": ${COUNT:-2}}', {}).value == {"a": 2}


def test_a_field_name_is_not_expanded_but_refused() -> None:
    words = "is a field name, where variables are not expanded; write the name itself"

    assert refusal('{"${KEY}": 1}', {"KEY": "a"}) == f'f.json:1: `["${{KEY}}"]` {words}.'
    assert parse("f.json", '{"$${KEY}": 1}', {}).value == {"${KEY}": 1}


def test_a_variable_that_is_not_utf_8_is_refused() -> None:
    assert (
        refusal('{"a": "${BYTES}"}', {"BYTES": "\udc80"}) == "f.json:1: `a` is not text that UTF-8 can carry."
    )


@settings(deadline=None)
@given(st.text())
def test_any_value_comes_out_of_a_quoted_variable_unchanged(value: str) -> None:
    assert [value] == parse("f.json", '["${VALUE}"]', {"VALUE": value}).value


@settings(deadline=None)
@given(st.text(), st.text())
def test_any_text_survives_when_its_openings_are_doubled(before: str, after: str) -> None:
    text = before + "${" + after
    written = json.dumps([text.replace("${", "$${")])

    assert [text] == parse("f.json", written, {}).value
