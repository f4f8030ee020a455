from pathlib import Path

from cage_fsm import data as module
from cage_fsm.data import data


def test_machines_and_examples_are_found_where_the_package_is_installed_editable() -> None:
    assert data("states/rollout.toml").is_file()
    assert data("examples/web/service.json").is_file()


def test_what_was_built_into_the_package_comes_first() -> None:
    inside = Path(module.__file__).with_name("_data")

    assert data("states") in (inside / "states", inside.parents[1] / "states")
