"""What is said of a service that a run creates."""

import pytest

from cage_fsm.engine.definition import Trigger
from cage_fsm.report import naming
from cage_fsm.report.failure import service_words
from cage_fsm.report.words import SENTENCES, sentence, type_next

from .samples import FACTS, ID, record, well

NEW = {name: value for name, value in FACTS.items() if name != "baseline"}


@pytest.mark.parametrize(
    ("story", "words"),
    [
        (["failed"], "was not created."),
        (well(2), "was to be created with web:3; not proved yet."),
        ([*well(3), "abort"], "is to be deleted again; not proved yet."),
        ([*well(3), "failed", "done"], "is not there any more."),
        (well(4), "runs web:3."),
    ],
)
def test_the_service_is_there_or_not(story: list[Trigger], words: str) -> None:
    assert service_words(record(*story, machine="up", facts=NEW)) == f"web in cluster prod {words}"


def test_no_canary_is_spoken_of() -> None:
    assert [word for word in SENTENCES if "canary" in sentence(word, "up")] == []


def test_the_change_is_from_nothing() -> None:
    assert naming.change(record(*well(4), machine="up", facts=NEW)) == "nothing -> web:3"


def test_a_service_that_is_there_is_no_more_to_be_undone_by_a_run() -> None:
    created = record(*well(4), machine="up", facts=NEW)
    failing = created.model_copy(
        update={
            "state": "left_failing",
            "inputs": {"directory": "/deploy/web", "cluster": "prod", "service": "web"},
        }
    )

    assert type_next(created) == "nothing; the run is over"
    assert type_next(failing, ("--store", "s3://runs/x")) == (
        "aws ecs delete-service --cluster prod --service web --force --region eu-west-1 to delete it, or "
        "cage-fsm rollout /deploy/web --cluster prod --service web --store s3://runs/x with a mended revision"
    )


def test_one_that_is_not_done_goes_on_or_back() -> None:
    going = record(*well(3), machine="up", facts=NEW)
    assert type_next(going) == f"cage-fsm resume {ID} to go on, or cage-fsm rollback {ID} to go back"
