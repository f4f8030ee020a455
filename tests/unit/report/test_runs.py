import io
from datetime import timedelta

import pytest

from cage_fsm.report import runs
from cage_fsm.report.runs_table import show_table

from .samples import ID, LAUNCH_FAILED, START, record

NOW = START + timedelta(minutes=12)
LATER = record(facts={}).model_copy(update={"id": "20261123-050000-zzz999"})


def test_the_runs_are_aligned_columns_the_newest_first() -> None:
    assert runs.lines([LAUNCH_FAILED, LATER], NOW) == [
        "ID                      MACHINE  OUTCOME    STATE       SERVICE  CLUSTER  AGE",
        "20261123-050000-zzz999  rollout  suspended  validating  -        -        12m",
        "20261123-041016-abc123  rollout  failed     aborted     web      prod     12m",
    ]


def test_as_data_a_run_has_exactly_these_keys() -> None:
    assert runs.as_json([LAUNCH_FAILED]) == [
        {
            "id": ID,
            "machine": "rollout",
            "state": "aborted",
            "final": True,
            "outcome": "failed",
            "service": "web",
            "cluster": "prod",
            "region": "eu-west-1",
            "updated_at": "2026-11-23T04:11:06Z",
        }
    ]


def test_what_a_run_has_not_learned_is_null() -> None:
    (data,) = runs.as_json([LATER])
    assert (data["service"], data["cluster"], data["region"]) == (None, None, None)


def test_names_are_found_in_the_arns_alone() -> None:
    arn = "arn:aws:ecs:eu-west-1:123456789012:service/prod/web"
    (data,) = runs.as_json([record(facts={"service_arn": arn})])
    assert (data["service"], data["cluster"], data["region"]) == ("web", "prod", "eu-west-1")


def test_hostile_facts_are_no_error() -> None:
    odd = record(
        facts={"service_arn": "nonsense", "cluster_name": 7, "region": None, "service_name": "a\x1b[1mb"}
    )
    (data,) = runs.as_json([odd])
    assert (data["service"], data["cluster"], data["region"]) == ("ab", None, None)


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-5, "0s"), (45, "45s"), (720, "12m"), (10_900, "3h"), (800_000, "9d")]
)
def test_an_age_is_one_number_and_one_unit(seconds: int, expected: str) -> None:
    assert runs.age(START + timedelta(seconds=seconds), START) == expected


def test_no_runs_are_a_header_alone() -> None:
    assert len(runs.lines([], NOW)) == 1


def test_the_table_of_a_terminal_keeps_the_ids_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    out = io.StringIO()
    show_table([LAUNCH_FAILED, record(facts={"service_name": "[red]web[/red]"})], NOW, out)
    assert ID in out.getvalue()
    assert "[red]" in out.getvalue()


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        ("80", "ID MACHINE OUTCOME STATE SERVICE CLUSTER AGE"),
        ("70", "ID OUTCOME STATE SERVICE CLUSTER AGE"),
        ("50", "ID OUTCOME SERVICE AGE"),
    ],
)
def test_a_narrow_terminal_gets_fewer_columns(
    monkeypatch: pytest.MonkeyPatch, columns: str, shown: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    out = io.StringIO()
    show_table([LAUNCH_FAILED, LATER], NOW, out)
    head, *rows = out.getvalue().splitlines()
    assert head.split() == shown.split()
    assert len(rows) == 2
