"""The table of known causes: each row by AWS's own words."""

import re
from collections.abc import Sequence

import pytest

from cage_fsm.judge.causes import Row, known, rows

EXAMPLES = [
    pytest.param(row, text, id=f"{row.id}-{at}") for row in rows() for at, text in enumerate(row.examples)
]


@pytest.mark.parametrize(("row", "text"), EXAMPLES)
def test_real_words_of_aws_meet_their_row_and_none_before_it(row: Row, text: str) -> None:
    found = known([text], [text]) if row.logs else known([text])

    assert found
    assert found.row == row.id
    assert not re.search(r"\\|<|\(\)|``", found.cause + found.mend)
    assert "  " not in found.cause + found.mend


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_a_row_is_whole(row: Row) -> None:
    assert row.examples
    assert row.source.startswith("https://")
    assert row.cause.endswith(".")
    assert row.mend.endswith((".", "}"))
    assert len(row.cause) <= 200


def test_every_row_has_a_name_of_its_own() -> None:
    assert len({row.id for row in rows()}) == len(rows())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The canary stopped: TaskFailedToStart: something that nobody has seen yet",
        "The canary stopped: AnotherCode: words",
        "No verdict within 15m. Last seen: The canary is PENDING.",
        "Somebody else deployed web:7 to the service meanwhile; it was left as it is.",
        "container init exited with 0",
        "web: RUNNING, health HEALTHY",
        "The agent on the instance said nothing.",
        "a page was not found",
    ],
)
def test_no_cause_is_invented(text: str) -> None:
    assert (
        known([text], ["dial tcp 10.0.0.1:5432: i/o timeout", "user is not authorized to perform: x:Y"])
        is None
    )


def test_the_most_specific_of_several_texts_counts() -> None:
    breaker = "ECS rolled our deployment back: the circuit breaker threshold was exceeded."
    killed = (
        "0123abcd: EssentialContainerExited; web: STOPPED, health UNKNOWN, exit code 137, OutOfMemoryError"
    )

    assert row_of([breaker]) == "circuit-breaker"
    assert row_of([breaker, killed]) == "out-of-memory"


def test_a_log_line_counts_only_where_it_proves_something() -> None:
    said = ["EssentialContainerExited: Essential container in task exited; container web exited with 1"]

    assert row_of(said, ["RESOURCE:CPU"]) == "exits"
    assert row_of(said, ["exec /app: exec format error"]) == "exec-format"


def test_a_denied_call_gets_the_statement_that_is_missing() -> None:
    what = "arn:aws:ecs:eu-west-1:123456789012:service/prod/web"
    denied = (
        f"User: arn:aws:iam::1:user/ci is not authorized to perform: ecs:UpdateService on resource: {what}"
    )
    found = known([denied])

    assert found
    assert found.mend.endswith(f'{{"Effect":"Allow","Action":"ecs:UpdateService","Resource":"{what}"}}')


def row_of(said: list[str], logged: Sequence[str] = ()) -> str | None:
    found = known(said, logged)
    return found.row if found else None
