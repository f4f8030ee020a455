"""The audit as people read it."""

import io

import pytest

from cage_fsm.judge.scan import Audited, Finding, Status, Subject
from cage_fsm.report import audit
from cage_fsm.report.audit_table import show_table
from cage_fsm.report.progress import progress

ODD = tuple(Finding(f"CVE-{each}", each, "openssl") for each in ("UNTRIAGED", "LOW", "CRITICAL", "UNDEFINED"))


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        """It is."""
        return True


def image(status: Status, *findings: Finding, name: str = "web") -> Audited:
    digest = "sha256:0123456789abcdef" if status == "FOUND" else ""
    subject = Subject(name, f"repo/{name}:v1", "running")
    return Audited(subject, status, "it was not looked", digest=digest, findings=findings)


def test_a_severity_has_a_column_if_it_occurs_and_the_four_gravest_always() -> None:
    assert audit.lines(audit.table([image("FOUND", *ODD), image("UNKNOWN", name="side")], ())) == [
        "CONTAINER  IMAGE         DIGEST        STATUS   CRITICAL  HIGH  MEDIUM  LOW  UNDEFINED  UNTRIAGED",
        "web        repo/web:v1   0123456789ab  FOUND    1         0     0       1    1          1",
        "side       repo/side:v1  -             UNKNOWN  -         -     -       -    -          -",
    ]


def test_what_does_not_count_is_in_columns_of_its_own() -> None:
    suppressed = Finding("CVE-1", "HIGH", suppressed=True)
    found = [image("FOUND", *ODD, suppressed), image("CLEAN"), image("UNKNOWN")]
    shown = [
        (row["CRITICAL"], row["WAIVED"], row["SUPPRESSED"])
        for row in audit.table(found, {"CVE-CRITICAL", "CVE-1"})
    ]

    assert shown == [("0", "1", "1"), ("0", "0", "0"), ("-", "-", "-")]


def test_details_are_the_gravest_first_and_say_what_does_not_count() -> None:
    fixed = Finding("CVE-1", "HIGH", "curl", "8.1", "8.2", "https://example.com", suppressed=True)

    assert list(audit.detail([image("FOUND", *ODD, fixed), image("CLEAN")], {"CVE-LOW"})) == [
        "web: repo/web:v1",
        "  CRITICAL CVE-CRITICAL openssl",
        "  HIGH CVE-1 curl 8.1 fixed in 8.2 https://example.com (suppressed)",
        "  LOW CVE-LOW openssl (waived)",
        "  UNDEFINED CVE-UNDEFINED openssl",
        "  UNTRIAGED CVE-UNTRIAGED openssl",
    ]


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        ("100", "CONTAINER IMAGE DIGEST STATUS CRITICAL HIGH MEDIUM LOW"),
        ("70", "CONTAINER IMAGE STATUS CRITICAL HIGH MEDIUM LOW"),
        ("50", "CONTAINER STATUS CRITICAL HIGH MEDIUM LOW"),
    ],
)
def test_a_terminal_gets_a_table_of_what_fits_without_reading_markup(
    monkeypatch: pytest.MonkeyPatch, columns: str, shown: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    out = io.StringIO()
    show_table(audit.table([image("FOUND", ODD[2], name="[red]")], ()), out)

    assert out.getvalue().splitlines()[0].split() == shown.split()
    assert "[red]" in out.getvalue()


def test_progress_is_one_line_of_a_terminal_that_is_wiped_in_the_end() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        tell = progress("Looking", 2, stream, {"TERM": "xterm"})
        tell(1)
        tell(2)

    assert terminal.getvalue() == "\r\x1b[KLooking: 0 of 2\r\x1b[KLooking: 1 of 2\r\x1b[K"
    assert pipe.getvalue() == ""
