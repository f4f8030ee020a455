"""The images of the service against those that the canary was judged with."""

import pytest

from cage_fsm.judge.images import same
from cage_fsm.judge.seen import ContainerSeen, TaskSeen

TESTED = {"web": "sha256:a", "log": "sha256:l"}


def task(**digests: str) -> TaskSeen:
    containers = tuple(
        ContainerSeen(name, "RUNNING", "UNKNOWN", None, "", f"repo/{name}:v2", digest)
        for name, digest in digests.items()
    )
    return TaskSeen("arn", "web:2", "service:web", "", "RUNNING", "RUNNING", "", "", None, containers)


@pytest.mark.parametrize(
    ("tasks", "says", "compared", "not_compared"),
    [
        ([task(web="sha256:a", log="sha256:l")], "pass", 2, 0),
        ([task(web="sha256:a", log="")], "pass", 1, 1),
        ([task(web="sha256:a", other="sha256:x")], "pass", 1, 1),
        ([task(web="", log="")], "wait", 0, 2),
        ([], "wait", 0, 0),
    ],
)
def test_what_shows_a_digest_is_compared_and_the_rest_is_told(
    tasks: list[TaskSeen], says: str, compared: int, not_compared: int
) -> None:
    verdict = same(TESTED, tasks)

    assert (verdict.says, verdict.rule) == (says, "same_images")
    assert verdict.seen == {"images_as_tested": compared, "images_not_compared": not_compared}


def test_a_tag_that_moved_fails_by_name() -> None:
    verdict = same(TESTED, [task(web="sha256:a"), task(web="sha256:b")])

    assert (verdict.says, verdict.rule) == ("fail", "image_moved")
    assert verdict.reason == (
        "Image repo/web:v2 of container web moved after the canary was judged: the canary ran sha256:a, "
        "the service runs sha256:b."
    )
    assert verdict.seen == {
        "container": "web",
        "image": "repo/web:v2",
        "tested_digest": "sha256:a",
        "service_digest": "sha256:b",
    }


@pytest.mark.parametrize(("resolved", "says"), [("sha256:a", "pass"), ("sha256:index", "fail")])
def test_the_digest_behind_the_tag_counts_as_well(resolved: str, says: str) -> None:
    shown = ContainerSeen("web", "RUNNING", "UNKNOWN", None, "", f"repo/web:v2@{resolved}", "sha256:arm64")
    seen = TaskSeen("arn", "web:2", "service:web", "", "RUNNING", "RUNNING", "", "", None, (shown,))

    assert same(TESTED, [seen]).says == says
