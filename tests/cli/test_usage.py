"""What cannot be begun as it was asked for: exit 2, a sentence that names the mend, and nothing touched."""

from pathlib import Path

import pytest

from cage_fsm.cli.group import VERBS

from .desk import Desk, Json


def assert_usage_error(desk: Desk, *words: str | Path, says: str) -> None:
    done = desk.type(*words)

    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("cage-fsm: ")
    assert says in done.err
    assert "Traceback" not in done.err
    assert desk.cloud.calls == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["rollout"], "Missing argument 'DIR'."),
        (["rollout", "nowhere"], "nowhere: there is no such directory."),
        (["rollout", "deploy/service.json"], "this is a file, not a directory"),
        (["rollout", "deploy", "--bake", "soon"], "'soon' is not a length of time; write for example 90s"),
        (["rollout", "deploy", "--bake", "-5"], "not a length of time"),
        (["rollout", "deploy", "--poll-interval", "0"], "--poll-interval"),
        (["rollout", "--approval", "nowhere"], "nowhere: there is no such directory."),
        (["rollout", "deploy", "--approval=soon"], "'soon' is not a length of time"),
        (["rollout", "deploy", "--approval=0"], "'--approval': must be more than 0s"),
        (["rollout", "deploy", "--probe", "no-such-probe --fast"], "no-such-probe cannot be run"),
        (["rollout", "deploy", "--probe", ""], "the command is empty"),
        (["rollout", "deploy", "--audit-waivers", "w.toml"], "--audit-waivers needs --audit-gate"),
        (["plan", "deploy", "--audit-allow-unknown"], "--audit-allow-unknown needs --audit-gate"),
        (["rollout", "deploy", "--probe", "true --token=aB3dE6gH9"], "it holds what looks like a secret"),
        (["rollout", "deploy", "--service", "../web"], "'../web' is no name of a service"),
        (["rollout", "deploy", "--service", "web\n"], "'web\\n' is no name of a service"),
        (["rollout", "deploy", "--cluster", "a\x1b[31mb"], "'a\\x1b[31mb' is no name of a cluster"),
        (["rollout", "deploy", "--cluster", "[red]"], "'[red]' is no name of a cluster"),
        (["rollout", "deploy", "--probe", "it's"], "'--probe': it's: No closing quotation."),
        (["rollout", "deploy", "--probe-timeout", "6m"], "at most 300s"),
        (["rollout", "deploy", "--alarm-without-data", "panic"], "--alarm-without-data"),
        (["resume", "last", "--approve", "--refuse"], "Give one of --approve and --refuse."),
        (["resume", "last", "--approve="], "the hash is empty"),
        (["rollout", "deploy", "--alarm", ""], "the name of an alarm is empty"),
        (["rollout", "deploy", "--approval=0"], "must be more than 0s."),
        (["rollout", "deploy", "--nonsense"], "No such option '--nonsense'."),
        (["rollout", "deploy", "more"], "unexpected extra argument"),
        (["rolout", "deploy"], "There is no command rolout. Did you mean rollout?"),
        (
            ["plan", "deploy", "--before-update-timeout", "5m"],
            "--before-update-timeout needs --before-update.",
        ),
        (
            ["rollout", "deploy", "--before-update", "web: it's"],
            "'--before-update': it's: No closing quotation.",
        ),
        (["resume"], "Missing argument 'ID'."),
        (["resume", "last"], "There are no runs in this store yet."),
        (["resume", "--approve", "last"], "There are no runs in this store yet."),
        (["rollback", "20200101"], "There are no runs in this store yet."),
        (["show", "nothing"], "There are no runs in this store yet."),
        (["runs", "--prune", "old"], "'old' is not a length of time"),
        (["runs", "--prune", "9d", "--service", "web"], "--prune removes by age alone"),
        (["runs", "--since", "7"], "'--since': 7 of what? Write for example 7d."),
        (["runs", "--outcome", "fine"], "'fine' is not one of 'running', 'suspended'"),
        (["watch"], "Missing argument 'ID'."),
        (["watch", "last"], "There are no runs in this store yet."),
        (["shwo", "last"], "There is no command shwo. Did you mean show?"),
        (["runs", "--jsno"], "Did you mean one of: '--json'"),
        (["rollout", "deploy", "--srvice", "web"], "'--service'"),
        (["runs", "--store", "s3://Bucket/prefix"], "s3://Bucket/prefix names no place for a store"),
        (["runs", "--store", "ftp://somewhere"], "there is no store of the kind ftp://"),
        (["runs", "--store", "/dev/null/store"], "The store cannot be in /dev/null/store"),
        (["rollout", "deploy", "--store", "/dev/null/store"], "The store cannot be in /dev/null/store"),
        (["rollout", "deploy", "--profile", "nobody"], "The config profile (nobody) could not be found"),
        (["rollout", "deploy", "--assume-role", "deploy"], "deploy is no ARN of a role, such as arn:"),
        (["verify", "nowhere.toml"], "There is no machine nowhere.toml."),
        (["diagram", "nothing"], "There is no machine nothing."),
        (["sandbox", "--scenario", "earthquake"], "no scenario is called 'earthquake'; there are healthy"),
        (["sandbox", "--deploy", "nowhere"], "nowhere: there is no such directory."),
        (["sandbox", "--speed", "0"], "--speed"),
        (["sandbox", "--", "./no-such-command"], "./no-such-command cannot be run: No such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_it_is_2_with_a_sentence(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, words: list[str], says: str
) -> None:
    monkeypatch.chdir(desk.place)
    assert_usage_error(desk, *words, says=says)


def test_nothing_at_all_is_2_and_lists_the_commands(desk: Desk) -> None:
    assert_usage_error(desk, says="rollout")


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        (["AWS_REGION"], "No AWS region is set. Give --region, or set AWS_REGION."),
        (["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], "No AWS credentials were found. Set AWS_PROFILE"),
        (["AWS_SECRET_ACCESS_KEY"], "AWS_SECRET_ACCESS_KEY"),
    ],
)
def test_without_a_way_to_aws_it_is_2(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, missing: list[str], says: str
) -> None:
    for name in missing:
        monkeypatch.delenv(name)
    assert_usage_error(desk, "rollout", desk.deploy, says=says)

    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert desk.runs() == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("AWS_REGION", "The AWS region has a blank or the end of a line in it; give it without."),
        ("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID has a blank"),
        ("AWS_SESSION_TOKEN", "AWS_SESSION_TOKEN has a blank"),
    ],
)
def test_a_line_end_that_came_with_the_way_to_aws_is_2(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str, says: str
) -> None:
    monkeypatch.setenv(name, "us-east-1\n")
    assert_usage_error(desk, "rollout", desk.deploy, says=says)


def unknown_field(definition: Json) -> Json:
    return definition | {"taskRoleArm": "arn:aws:iam::123456789012:role/app"}


def nameless(service: Json) -> Json:
    return {name: value for name, value in service.items() if name != "serviceName"}


def test_a_variable_that_is_not_set_is_named_with_its_place(desk: Desk) -> None:
    desk.tag("${NO_SUCH_TAG}")
    assert_usage_error(
        desk,
        "rollout",
        desk.deploy,
        says="`containerDefinitions[0].image` needs the variable NO_SUCH_TAG, which is not set",
    )


def test_an_unknown_field_is_named_with_its_line_and_what_was_meant(desk: Desk) -> None:
    desk.change(unknown_field)
    file = (desk.deploy / "task-definition.json").read_text("utf-8").splitlines()
    line = next(number for number, text in enumerate(file, 1) if "taskRoleArm" in text)
    assert_usage_error(desk, "rollout", desk.deploy, says=f"task-definition.json:{line}: `taskRoleArm`")
    assert_usage_error(desk, "rollout", desk.deploy, says="`taskRoleArn`")


def test_a_service_nobody_names_is_asked_for(desk: Desk) -> None:
    desk.change(nameless, "service.json")
    assert_usage_error(desk, "rollout", desk.deploy, says="Which service? Give --service, or `serviceName`")


def test_a_file_that_is_no_json_is_named_with_line_and_column(desk: Desk) -> None:
    (desk.deploy / "service.json").write_text("{")
    assert_usage_error(desk, "rollout", desk.deploy, says="service.json:1:2: not JSON")


@pytest.mark.parametrize("name", ["service.json", "task-definition.json"])
def test_a_file_that_is_missing_is_named(desk: Desk, name: str) -> None:
    (desk.deploy / name).unlink()
    assert_usage_error(desk, "rollout", desk.deploy, says=name)


def test_resuming_with_other_files_than_the_run_was_begun_with_is_2(desk: Desk) -> None:
    desk.cloud.fail_next("RegisterTaskDefinition", "ExpiredTokenException")
    assert desk.rollout().code == 75

    calls = len(desk.cloud.calls)
    desk.tag("v3")
    done = desk.type("resume", "last", desk.deploy)

    assert done.code == 2
    assert "do not render to what run" in done.err
    assert len(desk.cloud.calls) == calls


@pytest.mark.parametrize("verb", VERBS)
def test_help_works_for_every_verb_and_has_an_example(desk: Desk, verb: str) -> None:
    done = desk.type(verb, "--help")

    assert (done.code, done.err) == (0, "")
    assert "Example" in done.out
    assert f"cage-fsm {verb}" in done.out.partition("Example")[2]


def test_help_lists_every_verb_and_version_says_which(desk: Desk) -> None:
    done = desk.type("--help")

    assert done.code == 0
    assert all(line in done.out for line in VERBS.values())
    assert desk.type("--version").out.startswith("cage-fsm ")
    assert desk.type("-h").out == done.out


def test_a_flag_before_the_verb_beats_the_environment(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.type("rollout", desk.deploy, "--service", "nowhere")
    monkeypatch.setenv("CAGE_STORE", str(desk.place / "other"))

    assert len(desk.type("--store", desk.store, "runs", "--json").json()) == 1
    assert not (desk.place / "other").exists()


@pytest.mark.parametrize("text", ["x = 1", "= ="])
def test_a_broken_machine_cannot_be_drawn(desk: Desk, text: str) -> None:
    (desk.place / "broken.toml").write_text(text)

    assert desk.type("diagram", desk.place / "broken.toml").code == 2
