"""`upgrade` as it is typed in a checkout: it looks, and leaves it alone. More is in tests/wheel.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cage_fsm import __version__
from tests.package_index import package_index

from .desk import Desk
from .test_json import assert_as_documented

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package index on this machine; the files of this directory are its releases."""
    (tmp_path / "index").mkdir()
    with package_index(tmp_path / "index") as url:
        monkeypatch.setenv("PIP_INDEX_URL", url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield tmp_path / "index"


def release(index: Path, version: str) -> None:
    (index / f"cage_fsm-{version}-py3-none-any.whl").touch()


def test_check_says_what_is_installed_and_what_is_newer(desk: Desk, index: Path) -> None:
    release(index, "99.0")
    checked = desk.type("upgrade", "--check")
    told = desk.type("upgrade", "--check", "--json")

    assert (checked.code, told.code) == (0, 0)
    assert checked.out.startswith(
        f"cage-fsm {__version__} is installed (editable, from {CHECKOUT}); the newest on "
    )
    assert f"To upgrade, type git -C {CHECKOUT} pull." in checked.out
    known = told.json()
    assert_as_documented("upgrade", known)
    assert (known["installed"], known["newest"], known["newer"]) == (__version__, "99.0", True)
    assert known["upgraded"] is False


def test_a_checkout_is_not_upgraded_and_the_command_is_named(desk: Desk, index: Path) -> None:
    release(index, "99.0")
    done = desk.type("upgrade")

    assert done.code == 1
    assert f"is not upgraded from here: type git -C {CHECKOUT} pull" in done.err


def test_the_newest_needs_nothing(desk: Desk, index: Path) -> None:
    release(index, __version__)

    assert desk.type("upgrade").code == 0


def test_what_is_not_released_and_an_index_that_is_away_are_1(
    desk: Desk, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.rmdir()
    missing = desk.type("upgrade")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    away = desk.type("upgrade", "--check")

    assert (missing.code, away.code) == (1, 1)
    assert "it is not released there" in missing.err
    assert "http://127.0.0.1:9/simple does not answer" in away.err
    assert "nothing was changed" in away.err
