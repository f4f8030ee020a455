"""Each rule on the canary as a target, by what the target group shows."""

import pytest

from cage_fsm.judge.seen import TargetSeen
from cage_fsm.judge.target import JUST_REGISTERED_SECONDS, Patience, everywhere, healthy, why


def target(state: str, reason: str = "", description: str = "") -> TargetSeen:
    return TargetSeen("10.0.0.1", 80, state, reason, description)


GONE = "Target.NotRegistered"


@pytest.mark.parametrize(
    ("seen", "since", "says", "rule"),
    [
        (target("healthy"), 0, "pass", "target_healthy"),
        (target("initial", "Elb.RegistrationInProgress"), 0, "wait", "target_healthy"),
        (target("initial", "Elb.InitialHealthChecking"), 299, "wait", "target_healthy"),
        (target("initial", "Elb.InitialHealthChecking"), 300, "fail", "target_initial"),
        (target("unhealthy", "Target.Timeout"), 59, "wait", "target_healthy"),
        (target("unhealthy", "Target.Timeout"), 60, "fail", "target_unhealthy"),
        (target("unavailable", "Elb.InternalError"), 999, "wait", "target_healthy"),
        (target("unavailable", "Target.HealthCheckDisabled"), 59, "wait", "target_healthy"),
        (target("unavailable", "Target.HealthCheckDisabled"), 60, "fail", "target_unchecked"),
        (target("unused", GONE), JUST_REGISTERED_SECONDS - 1, "wait", "target_healthy"),
        (target("unused", GONE), JUST_REGISTERED_SECONDS, "fail", "target_lost"),
        (target("unused"), JUST_REGISTERED_SECONDS - 1, "wait", "target_healthy"),
        (target("unavailable", GONE), JUST_REGISTERED_SECONDS, "fail", "target_lost"),
        (target("unused", "Target.NotInUse"), 0, "fail", "target_unused"),
        (target("unused", "Target.IpUnusable"), 0, "fail", "target_unused"),
        (target("unused", "Target.InvalidState"), 0, "fail", "target_unused"),
        (target("draining", "Target.DeregistrationInProgress"), 0, "fail", "target_draining"),
        (target("unhealthy.draining"), 0, "fail", "target_draining"),
        (target("gone"), 0, "fail", "target_group_gone"),
        (target("a_new_one"), 999, "wait", "target_healthy"),
    ],
)
def test_a_target_is_judged_by_its_state_and_by_how_long_it_is_registered(
    seen: TargetSeen, since: float, says: str, rule: str
) -> None:
    verdict = healthy(seen, registered_seconds=since, patience=Patience(unhealthy=60, initial=300))

    assert (verdict.says, verdict.rule) == (says, rule)
    assert verdict.reason.startswith("Target 10.0.0.1:80")
    assert verdict.seen["target"] == "10.0.0.1:80"
    assert verdict.seen["state"] == seen.state


@pytest.mark.parametrize(
    ("seen", "registered"),
    [
        (target("healthy"), True),
        (target("draining"), True),
        (target("unused", "Target.NotInUse"), True),
        (target("unused", "Target.InvalidState"), True),
        (target("unused", GONE), False),
        (target("unused"), False),
        (target("unavailable", GONE), False),
        (target("unavailable"), True),
        (target("gone"), False),
    ],
)
def test_only_not_registered_means_gone(seen: TargetSeen, registered: bool) -> None:
    assert seen.registered is registered


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (target("unhealthy", "Target.Timeout"), "it did not answer the health check in time"),
        (
            target(
                "unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [502]"
            ),
            (
                "it answered the health check with another code than expected "
                "(Health checks failed with these codes: [502])"
            ),
        ),
        (target("unused", "Target.ANewReason"), "Target.ANewReason"),
        (target("initial"), "no reason given"),
    ],
)
def test_a_reason_is_told_in_words_with_what_aws_adds(seen: TargetSeen, words: str) -> None:
    assert why(seen) == words


def test_a_target_that_is_not_healthy_yet_is_told_with_the_time_that_it_has() -> None:
    seen = target("unhealthy", "Target.Timeout")
    verdict = healthy(seen, registered_seconds=48, patience=Patience(unhealthy=60, initial=300))

    assert verdict.reason == (
        "Target 10.0.0.1:80 is unhealthy: it did not answer the health check in time; "
        "it has 12 s more to become healthy."
    )


def test_a_target_that_is_initial_for_too_long_is_told_with_its_reason() -> None:
    seen = target("initial", "Elb.RegistrationInProgress")
    verdict = healthy(seen, registered_seconds=300, patience=Patience(unhealthy=60, initial=300))

    assert verdict.reason == (
        "Target 10.0.0.1:80 is initial: it is being registered; that is too long after 300 s."
    )


@pytest.mark.parametrize(
    ("states", "says", "rule"),
    [
        ((), "pass", "no_target_group"),
        (("healthy",), "pass", "target_healthy"),
        (("healthy", "initial"), "wait", "target_healthy"),
        (("initial", "gone"), "fail", "target_group_gone"),
    ],
)
def test_all_targets_have_to_pass_and_one_that_fails_decides(
    states: tuple[str, ...], says: str, rule: str
) -> None:
    patience = Patience(unhealthy=60, initial=300)
    verdict = everywhere([healthy(target(s), registered_seconds=0, patience=patience) for s in states])

    assert (verdict.says, verdict.rule) == (says, rule)


def test_a_pass_keeps_what_every_target_group_said() -> None:
    patience = Patience(unhealthy=60, initial=300)
    one = healthy(target("healthy"), registered_seconds=0, patience=patience)

    assert everywhere([one, one]).seen == {"targets": ["10.0.0.1:80 is healthy"] * 2}
