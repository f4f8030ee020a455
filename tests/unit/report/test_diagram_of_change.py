"""What a change to a machine adds and removes: as lines, and drawn over the machine."""

import tomllib

from cage_fsm.engine.definition import Definition
from cage_fsm.report.diagram.changes import changes, text
from cage_fsm.report.diagram.dot import dot
from cage_fsm.report.diagram.drawing import scene
from cage_fsm.report.diagram.mermaid import page
from cage_fsm.report.diagram.of_change import change_overlay

from .samples import STATES, definition

NEW = definition()
WARMING = """
[state.warming_canary]
does = "warm_canary"
within = "2m"
on.done = "updating_service"
"""


def older(*replaced: tuple[str, str], more: str = "") -> Definition:
    """The rollout as it was before the change."""
    source = (STATES / "rollout.toml").read_text("utf-8")
    for new, old in replaced:
        assert new in source
        source = source.replace(new, old, 1)
    return Definition.model_validate(tomllib.loads(source + more))


def test_a_setting_that_differs_is_shown_as_it_was_and_as_it_is() -> None:
    old = older(('within    = "bake + 5m"', 'within = "bake + 1m"'))
    assert list(text(old, NEW))[2:] == [
        "",
        "  [state.observing_canary]",
        '- within = "bake + 1m"',
        '+ within = "bake + 5m"',
    ]


def test_an_edge_that_differs_is_shown_with_its_condition() -> None:
    old = older(('on.service_failed = { when = "forward", to', "on.service_failed = { to"))
    (change,) = changes(old, NEW)
    assert change.state == "detaching_canary"
    assert change.lines == (
        '- on.service_failed = "rolling_back"',
        '+ on.service_failed = { to = "rolling_back", when = "forward" }',
    )


def test_a_whole_state_is_added_or_removed_with_all_it_says() -> None:
    old = older(more=WARMING)
    (removed,), (added,) = changes(old, NEW), changes(NEW, old)
    assert removed.lines[:2] == ("- [state.warming_canary]", '- does = "warm_canary"')
    assert added.lines == tuple(f"+{line[1:]}" for line in removed.lines)


def test_what_stands_before_the_states_is_compared_as_well() -> None:
    (change,) = changes(older(('hurry   = "stop_canary"', "")), NEW)
    assert (change.state, change.lines) == (None, ('+ hurry = "stop_canary"',))


def test_the_layout_of_a_file_is_no_difference() -> None:
    old = older(('within    = "2m"\ninterrupt = "abort"', 'interrupt = "abort"\nwithin = "120s"'))
    assert changes(old, NEW) == []
    assert list(text(old, NEW)) == [f"Both machines say the same. Digest {NEW.digest[:12]}."]
    assert change_overlay(old, NEW).caption == ("Nothing is changed.",)


def test_it_is_drawn_over_the_machine_as_it_is_now() -> None:
    old = older(
        ('on.done   = "checking_targets"', 'on.done = "warming_canary"'),
        ('within    = "bake + 5m"', 'within = "1m"'),
        more=WARMING,
    )
    picture = scene(NEW, change_overlay(old, NEW))
    marks = {box.name: box.mark for box in picture.boxes if box.mark}
    arrows = {(arrow.source, arrow.to, arrow.mark) for arrow in picture.arrows if arrow.mark}

    assert marks == {
        "checking_containers": "changed",
        "observing_canary": "changed",
        "warming_canary": "removed",
    }
    assert arrows == {
        ("checking_containers", "checking_targets", "added"),
        ("checking_containers", "warming_canary", "removed"),
        ("warming_canary", "updating_service", "removed"),
    }
    assert '+ within = "bake + 5m"' in next(b for b in picture.boxes if b.name == "observing_canary").remarks
    assert "style=dashed" in next(line for line in dot(picture).splitlines() if "-> warming" in line)
    assert "checking_containers --> warming_canary : (removed) done\n" in page(picture)
