"""What runs of many kinds ask AWS is what the printed policy allows: nothing missing, nothing unused."""

from cage_fsm.iam import ACTIONS
from tests.stories.kinds import mode, on_hosts
from tests.stories.stage import Stage
from tests.stories.test_service_updates import changing, moved, tagged

ELSEWHERE = {
    *("sts:GetCallerIdentity", "ecr:DescribeImages"),  # asked for by the verbs, not by runs
    "iam:PassRole",  # asked for by AWS, beside a call
    "ecs:ListTagsForResource",  # only where DescribeServices shows no tags
}
OF_RUNS = ("Read", "Deploy", "ServiceTags", "CleanUp", "Alarms", "LastLines")


def plays() -> list[Stage]:
    """A failure, alarms, a host that was chosen, lost answers, a one-off task, and a service's update."""
    crashed = Stage("v2-crash")
    crashed.rollout()
    watched = Stage(scenario="lost-answers")
    watched.cloud.set_alarm("web-5xx", "OK")
    watched.rollout(alarms=["web-5xx"])
    hosted = Stage(service=on_hosts, definition=mode("bridge"), instances=2)
    chosen = list(hosted.cloud.world.instances.values())[-1]
    hosted.rollout(canary_instance=chosen.ec2_id)
    alone = Stage()
    alone.run_task("exit 0")
    updated = changing(tagged, moved)
    updated.rollout(update_service=True)
    return [crashed, watched, hosted, alone, updated]


def test_runs_call_what_the_policy_allows_and_all_of_it() -> None:
    called = {call.operation for stage in plays() for call in stage.cloud.calls}
    allowed = {each.name.partition(":")[2] for each in ACTIONS if each.purpose in OF_RUNS}

    assert called - allowed == set()
    assert allowed - called - {name.partition(":")[2] for name in ELSEWHERE} == set()
