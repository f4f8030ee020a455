"""--require-parity: a canary that cannot be like a task of the service is refused, and nothing is touched."""

from tests.stories.kinds import DISK, on_ec2, with_volume
from tests.stories.stage import MUTATING, Stage, plain

CONNECT = {"serviceConnectConfiguration": {"enabled": True, "namespace": "shop"}}


def test_what_the_canary_cannot_have_refuses_the_rollout_all_at_once() -> None:
    stage = Stage(
        service=lambda service: on_ec2(plain(service)) | CONNECT | {"volumeConfigurations": [DISK]},
        definition=with_volume,
    )
    stage.rollout(require_parity=True)

    assert stage.outcome == ("refused", 1)
    assert "(Service Connect): it has no proxy" in stage.reason
    assert "(volumeConfigurations): data is a managed EBS volume" in stage.reason
    assert [call.operation for call in stage.cloud.calls if call.operation in MUTATING] == []
    assert stage.claims == [None]


def test_without_the_option_it_is_rolled_out() -> None:
    stage = Stage(service=lambda service: plain(service) | CONNECT)
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)


def test_a_canary_that_is_like_a_task_of_the_service_is_not_refused() -> None:
    stage = Stage(service=plain)
    stage.rollout(require_parity=True)

    assert stage.outcome == ("succeeded", 0)
