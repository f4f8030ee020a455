"""What a shell is told when TAB is typed, through the program itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from cage_fsm.checkpoints import open_store
from tests.unit.report.samples import ID, LAUNCH_FAILED, record

OTHER = "20261123-050000-zzz999"
BIN = Path(sys.executable).parent


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with two runs."""
    place = tmp_path / "store"
    for each in (LAUNCH_FAILED, record("done", "done").model_copy(update={"id": OTHER})):
        open_store(str(place)).create(each.key, each.model_dump_json())
    return place


def completed(store: Path, *words: str, shell: str = "zsh") -> list[str]:
    """What the program answers a shell that asks for the last of `words`."""
    program = (
        "import sys\nfrom cage_fsm.cli import main\n"
        "try:\n    main()\nfinally:\n    print('loaded:', *({'boto3', 'rich'} & set(sys.modules)))"
    )
    settings = {
        "_CAGE_FSM_COMPLETE": f"{shell}_complete",
        "CAGE_STORE": str(store),
        "COMP_WORDS": " ".join(["cage-fsm", *words]),
        "COMP_CWORD": str(len(words)),
        "PATH": f"{BIN}:/usr/bin:/bin",
    }
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=settings
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    lines = answer.stdout.splitlines()
    assert lines[-1].rstrip() == "loaded:"
    return [line for line in lines[:-1] if line]


def test_ids_come_newest_first_with_state_and_service(store: Path) -> None:
    assert completed(store, "resume", "") == [
        *("plain", "last", "the run begun last"),
        *("plain", OTHER, "launching_canary, web in cluster prod"),
        *("plain", ID, "aborted, web in cluster prod"),
    ]


def test_only_ids_that_begin_so_are_given(store: Path) -> None:
    assert completed(store, "show", "20261123-05")[1::3] == [OTHER]
    assert completed(store, "watch", "l")[1::3] == ["last"]


def test_the_store_that_is_named_on_the_line_counts(store: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    assert completed(elsewhere, "--store", str(store), "show", "2")[1::3] == [OTHER, ID]
    assert completed(elsewhere, "show", "2") == []


def test_a_store_that_cannot_be_read_is_no_error() -> None:
    assert completed(Path("/dev/null/store"), "rollback", "") == []


def test_machines_are_given_and_where_none_fits_files(store: Path) -> None:
    assert completed(store, "diagram", "ro")[1::3] == ["rollback", "rollout"]
    assert completed(store, "diagram", "./") == ["file", "./", "_"]


def test_bash_completes_with_the_script_that_help_names(store: Path) -> None:
    script = (
        'eval "$(_CAGE_FSM_COMPLETE=bash_source cage-fsm)"\n'
        "COMP_WORDS=(cage-fsm show 20261123-05) COMP_CWORD=2\n"
        '_cage_fsm_completion cage-fsm; echo "${COMPREPLY[@]}"'
    )
    answer = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": f"{BIN}:/usr/bin:/bin", "CAGE_STORE": str(store)},
    )
    assert (answer.stdout.strip(), answer.stderr) == (OTHER, "")
