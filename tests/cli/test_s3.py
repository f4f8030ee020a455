"""Whole rollouts whose checkpoints are in S3."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cage_fsm.aws.clients import connect_s3, sign_in
from cage_fsm.checkpoints import open_store
from tests.s3_server import s3_server

from .desk import PROGRAM, Desk

STORE = "s3://team-runs/web + café"


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture
def desk(desk: Desk, s3_url: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk without a store of its own."""
    monkeypatch.delenv("CAGE_STORE")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3_url)
    client = connect_s3(sign_in())._client
    client.create_bucket(Bucket="team-runs")
    for found in client.list_objects_v2(Bucket="team-runs").get("Contents", ()):
        client.delete_object(Bucket="team-runs", Key=found["Key"])
    return desk


def elsewhere(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """Go where nothing of the first machine's files is to be found."""
    monkeypatch.chdir(place)
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(place))


def test_a_run_killed_on_one_machine_is_finished_on_another(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = desk.spawn("rollout", desk.deploy, "--bake", "0.5", "--store", STORE)
    child.until("of the bake time left")
    child.kill()
    elsewhere(monkeypatch, tmp_path_factory.mktemp("elsewhere"))
    (run,) = desk.type("runs", "--json", "--store", STORE).json()
    shown = desk.type("show", run["id"], "--store", STORE)
    done = desk.type("resume", "last", "--store", STORE)

    assert f"cage-fsm resume {run['id']} --store '{STORE}' to go on" in shown.out
    assert done.code == 0
    assert desk.revision == "web:2"
    assert desk.changes.count("RunTask") == desk.changes.count("UpdateService") == 1
    assert desk.type("rollback", "last", "--store", STORE).code == 0
    assert desk.revision == "web:1"


def test_an_owner_on_another_machine_is_given_its_lease(desk: Desk) -> None:
    child = desk.spawn("rollout", desk.deploy, "--bake", "60", "--store", STORE)
    child.until("of the bake time left")
    child.kill()
    store = open_store(STORE)
    (key,) = store.list("runs/")
    text, version = store.load(key)
    record = json.loads(text)
    record["owner"]["host"] = "another"
    store.save(key, json.dumps(record), version)
    second = desk.spawn("resume", "last", "--store", STORE)

    assert "on another owns this run; waiting 1m30s for a sign of it" in second.until("waiting")


def test_a_sandbox_keeps_its_runs_in_s3_where_the_environment_says_so(
    desk: Desk, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAGE_STORE", STORE)
    done = desk.type(
        *("sandbox", "--speed", "100", "--deploy", desk.deploy, "--"),
        *(*PROGRAM, "rollout", desk.deploy, "--bake", "0.1"),
    )

    assert done.code == 0
    assert [run["outcome"] for run in desk.runs()] == ["succeeded"]
    assert desk.type("sweep").code == 0


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (("--store", "s3://no-such-bucket"), "Create the bucket"),
        (("--store", "s3://Team"), "names no place for a store"),
        (("--sse-kms-key", "alias/runs"), "--sse-kms-key (CAGE_SSE_KMS_KEY) is for a store in S3"),
    ],
)
def test_a_store_that_cannot_be_is_2_before_anything_is_touched(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, str], mend: str
) -> None:
    elsewhere(monkeypatch, tmp_path)
    for verb in (("rollout", desk.deploy), ("runs",), ("resume", "last")):
        done = desk.type(*verb, *words)

        assert done.code == 2
        assert mend in done.err
    assert desk.changes == []
