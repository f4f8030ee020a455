"""What only reads: runs, show, verify; and global options on either side of the verb."""

import pytest

from cage_fsm.checkpoints import open_store
from cage_fsm.cli.group import VERBS
from cage_fsm.data import data
from cage_fsm.sandbox import SCENARIOS

from .desk import Desk, Json

KEYS = {"id", "machine", "state", "final", "outcome", "service", "cluster", "region", "updated_at"}


_told: dict[str, str] = {}


@pytest.fixture
def told(desk: Desk) -> Desk:
    """A desk at which one rollout was refused and one has failed; played once, then copied."""
    if not _told:
        desk.rollout("--service", "nowhere")
        desk.cloud.fail_next("RegisterTaskDefinition", "AccessDeniedException", message="It is not allowed.")
        desk.rollout()
        store = open_store(str(desk.store))
        _told.update({key: store.load(key)[0] for key in store.list("runs/")})
        return desk
    store = open_store(str(desk.store))
    for key, text in _told.items():
        store.create(key, text)
    return desk


def run_that(desk: Desk, outcome: str) -> Json:
    """The run with this outcome; within one second the order of two runs is not theirs."""
    return next(run for run in desk.runs() if run["outcome"] == outcome)


def test_runs_lists_them_newest_first_in_columns(told: Desk) -> None:
    done = told.type("runs")
    head, *rows = done.out.splitlines()

    assert done.code == 0
    assert head.split() == ["ID", "MACHINE", "OUTCOME", "STATE", "SERVICE", "CLUSTER", "AGE"]
    assert [row.split()[0] for row in rows] == sorted((row.split()[0] for row in rows), reverse=True)
    assert {tuple(row.split()[1:4]) for row in rows} == {
        ("rollout", "failed", "aborted"),
        ("rollout", "refused", "aborted"),
    }


def test_runs_as_json_has_exactly_the_promised_keys(told: Desk) -> None:
    failed, refused = run_that(told, "failed"), run_that(told, "refused")

    assert set(failed) == set(refused) == KEYS
    assert (failed["service"], failed["cluster"], failed["region"]) == ("web", "demo", "us-east-1")
    assert refused["service"] == "nowhere"
    assert failed["final"] is True


@pytest.mark.parametrize(
    ("words", "outcomes"),
    [
        (["--service", "web"], ["failed"]),
        (["--service", "nowhere"], ["refused"]),
        (["--cluster", "demo"], ["failed", "refused"]),
        (["--cluster", "prod"], []),
        (["--outcome", "failed"], ["failed"]),
        (["--outcome", "failed", "--outcome", "refused"], ["failed", "refused"]),
        (["--since", "30d", "--outcome", "refused"], ["refused"]),
        (["--since", "1999-12-31"], ["failed", "refused"]),
        (["--since", "2999-12-31T23:00:00+02:00"], []),
        (["--unfinished"], []),
    ],
    ids=" ".join,
)
def test_runs_are_chosen_by_what_they_are_about(told: Desk, words: list[str], outcomes: list[str]) -> None:
    listed = told.type("runs", "--json", *words).json()

    assert sorted(run["outcome"] for run in listed) == outcomes


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "2020-01-01"])
def test_runs_since_a_time_leave_older_ones_unread(told: Desk, since: str) -> None:
    open_store(str(told.store)).create("runs/20190102-030405-aaaaaa", "damaged")
    listed = told.type("runs", "--since", since)

    assert listed.code == 0
    assert ("20190102-030405-aaaaaa" in listed.err) == (since < "2019")


def test_a_run_that_has_not_ended_is_unfinished(desk: Desk) -> None:
    desk.cloud.fail_next("RegisterTaskDefinition", "ExpiredTokenException")
    assert desk.rollout().code == 75

    assert len(desk.type("runs", "--unfinished", "--json").json()) == 1


def test_a_store_without_runs_is_an_empty_list(desk: Desk) -> None:
    assert desk.runs() == []
    assert len(desk.type("runs").out.splitlines()) == 1


def test_prune_removes_what_ended_longer_ago_and_nothing_else(told: Desk) -> None:
    told.cloud.fail_next("RegisterTaskDefinition", "ExpiredTokenException")
    assert told.rollout().code == 75
    kept = told.type("runs", "--prune", "1h")

    assert kept.out == "Removed 0 finished runs.\n"
    assert len(told.runs()) == 3

    pruned = told.type("runs", "--prune", "0s")

    assert pruned.out.splitlines()[0] == "Removed 2 finished runs."
    assert [run["outcome"] for run in told.runs()] == ["suspended"]


def test_show_tells_timeline_evidence_and_what_to_type_next(told: Desk) -> None:
    failed = run_that(told, "failed")
    done = told.type("show", failed["id"])

    assert done.code == 0
    assert done.out.startswith(f"Run      {failed['id']} (rollout): failed, exit code 1")
    assert "AccessDeniedException: It is not allowed." in done.out
    assert done.out.splitlines()[-1].startswith("Type next: ")


def test_show_as_json_is_the_record_without_nonce_and_with_what_became_of_it(told: Desk) -> None:
    shown = told.type("show", run_that(told, "failed")["id"], "--json").json()

    assert (shown["outcome"], shown["exit_code"], shown["final"], shown["state"]) == (
        "failed",
        1,
        True,
        "aborted",
    )
    assert "nonce" not in shown
    assert [step["to"] for step in shown["history"]][-1] == "aborted"


def test_a_run_is_meant_by_its_id_a_unique_beginning_or_last(told: Desk) -> None:
    newest, oldest = told.runs()
    shared = newest["id"][:4]

    assert told.type("show", oldest["id"], "--json").json()["id"] == oldest["id"]
    assert told.type("show", oldest["id"][:-1], "--json").json()["id"] == oldest["id"]
    assert told.type("show", "last", "--json").json()["id"] == newest["id"]

    several = told.type("show", shared)
    assert several.code == 2
    assert f"{shared} could be any of {oldest['id']}, {newest['id']}. Type more of it." in several.err


def test_a_damaged_run_is_told_of_and_hides_no_other(told: Desk) -> None:
    newest, oldest = told.runs()
    store = open_store(str(told.store))
    _, version = store.load(f"runs/{oldest['id']}")
    store.save(f"runs/{oldest['id']}", "{}", version)

    listed = told.type("runs", "--json")
    assert [run["id"] for run in listed.json()] == [newest["id"]]
    assert f"Run {oldest['id']} is damaged or was written by another version" in listed.err
    assert told.type("show", oldest["id"]).code == 2
    assert told.type("resume", oldest["id"]).code == 2


@pytest.mark.parametrize("before", [True, False], ids=["before the verb", "after it"])
def test_global_options_work_on_either_side_of_the_verb(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    monkeypatch.delenv("CAGE_STORE")
    desk.type("rollout", desk.deploy, "--service", "nowhere", "--store", desk.store)
    options = ["--store", str(desk.store), "--json"]
    done = desk.type(*options, "runs") if before else desk.type("runs", *options)

    assert done.code == 0
    assert len(done.json()) == 1


def test_the_global_option_nearer_to_the_end_wins(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAGE_STORE")
    desk.type("rollout", desk.deploy, "--service", "nowhere", "--store", desk.store)
    done = desk.type("--store", desk.place / "empty", "runs", "--json", "--store", desk.store)

    assert len(done.json()) == 1


def test_what_to_type_next_has_the_flags_that_find_the_same_run(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CAGE_STORE")
    desk.cloud.fail_next("RegisterTaskDefinition", "ExpiredTokenException")
    done = desk.rollout("--store", desk.store, "--region", "us-east-1")

    assert done.code == 75
    assert f"--store {desk.store} --region us-east-1" in done.out.splitlines()[-1]


def test_verify_prints_the_proof_of_every_machine(desk: Desk) -> None:
    done = desk.type("verify")

    assert done.code == 0
    for machine in ("rollback", "rollout", "run", "up"):
        assert f"machine {machine} is proved" in done.out
        assert f"machine {machine} is proved" in desk.type("verify", machine).out
    assert "proved: no final state is reached while a canary" in done.out


def test_verify_as_json_is_an_object_per_machine(desk: Desk) -> None:
    facts = desk.type("verify", "--json").json()

    assert {each["machine"] for each in facts} == {"rollback", "rollout", "run", "up"}
    assert all(each["proved"] and each["situations"] > 0 for each in facts)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('on.failed = "aborted"', 'on.failed = "succeeded"', "path: validating -> (failed) succeeded"),
        ('on.done   = "checking_targets"', 'on.done   = "nowhere"', "nowhere"),
        ('on.failed = "needs_operator"', "", "[state.stopping_canary]"),
        ('within    = "launch"', 'within    = "lunch"', "lunch"),
        ("machine = ", "machine == ", "not valid TOML"),
    ],
)
def test_verify_refuses_a_broken_machine_with_the_place_and_the_path(
    desk: Desk, old: str, new: str, says: str
) -> None:
    file = desk.place / "broken.toml"
    file.write_text(data("states/rollout.toml").read_text("utf-8").replace(old, new, 1), "utf-8")
    done = desk.type("verify", file)

    assert done.code == 2
    assert done.out == ""
    assert f"{file}:" in done.err
    assert says in done.err


def test_the_scenarios_are_listed_each_with_a_line(desk: Desk) -> None:
    done = desk.type("sandbox", "--list-scenarios")

    assert done.code == 0
    assert [line.split()[0] for line in done.out.splitlines()] == list(SCENARIOS)


def test_no_reading_touches_aws(told: Desk) -> None:
    before = len(told.cloud.calls)
    for words in (["runs"], ["show", "last"], ["verify"], ["diagram"], ["resume", "last"]):
        told.type(*words)

    assert len(told.cloud.calls) == before


@pytest.mark.parametrize("verb", VERBS)
def test_help_shows_its_example_on_lines_of_its_own(desk: Desk, verb: str) -> None:
    shown = desk.type(verb, "--help").out

    assert "\\b" not in shown
    assert "\x08" not in shown


def test_last_is_the_run_begun_last(desk: Desk) -> None:
    for service in ("nowhere", "nowhere-else") * 3:
        desk.rollout("--service", service)
        assert desk.type("show", "last", "--json").json()["inputs"]["service"] == service
