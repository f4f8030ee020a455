"""Rollouts whose store is in S3, in virtual time: what is written, and what becomes of them without it."""

from typing import Any, cast

import pytest

from cage_fsm.aws.s3 import S3
from cage_fsm.checkpoints.s3 import S3Store
from cage_fsm.checkpoints.s3_place import S3Place
from cage_fsm.engine.ports import Suspended
from tests.stories.stage import Stage, assert_nothing_is_left

from .s3_saying import Saying, says

EVERY_CALL = ("put_object", "get_object", "list_objects_v2")


@pytest.fixture
def saying(s3: S3) -> Saying:
    return Saying(s3._client)


@pytest.fixture
def stage(saying: Saying, bucket: str) -> Stage:
    stage = Stage()
    stage.store = cast("Any", S3Store(S3(saying), S3Place(bucket, "some/where/")))
    return stage


def test_a_rollout_writes_once_for_each_save_and_each_change_of_its_claim(
    stage: Stage, saying: Saying
) -> None:
    stage.rollout()
    (run,) = stage.runs
    taken_and_freed, created = 2, 1

    assert stage.outcome == ("succeeded", 0)
    assert saying.asked.count("put_object") == created + run.revision + taken_and_freed
    assert "delete_object" not in saying.asked


@pytest.mark.parametrize(("code", "status"), [("NoSuchBucket", 404), ("AccessDenied", 403)])
def test_when_the_bucket_goes_away_the_canary_is_released_and_a_resume_finds_the_truth(
    stage: Stage, saying: Saying, code: str, status: int
) -> None:
    runner, run = stage.at("observing_canary")
    for call in EVERY_CALL:
        saying.plan(call, *[says(code, status)] * 10_000)
    end = stage.drive(runner, run)

    assert isinstance(end, Suspended)
    assert end.code == 4
    assert f"the store stays out of reach (Cannot load {run.record.key} in the store s3://" in end.why
    assert stage.canary.desired_status == "STOPPED"
    assert run.record.state == "observing_canary"

    saying.planned.clear()
    stage.resume(run.record.id)

    assert stage.outcome == ("failed", 1)
    assert stage.revision == "web:1"
    assert_nothing_is_left(stage)


def test_credentials_that_expire_suspend_the_run_and_a_resume_goes_on(stage: Stage, saying: Saying) -> None:
    runner, run = stage.at("observing_canary")
    for call in EVERY_CALL:
        saying.plan(call, *[says("ExpiredToken", 400)] * 10_000)
    end = stage.drive(runner, run)

    assert end == Suspended(
        "the AWS credentials are not accepted any more (ExpiredToken); resume with fresh ones"
    )

    saying.planned.clear()
    stage.resume(run.record.id)

    assert stage.outcome == ("succeeded", 0)
