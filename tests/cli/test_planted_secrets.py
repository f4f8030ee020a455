"""Secrets planted in files, environment, probe and errors: nothing that is printed or stored has one."""

from pathlib import Path

import pytest

from cage_fsm.cli.trouble import code_of

from .desk import Desk, Json

OF_FILE, OF_VARIABLE, OF_KEY = "planted-of-the-file", "planted-of-a-variable", "planted+of/the=key"
SECRETS = (OF_FILE, OF_VARIABLE, OF_KEY)


def with_secrets(definition: Json) -> Json:
    (web,) = definition["containerDefinitions"]
    web["environment"] = [
        {"name": "GREETING", "value": OF_FILE},
        {"name": "OTHER", "value": "${PLANTED}"},
    ]
    return definition


@pytest.fixture
def planted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk.change(with_secrets)
    monkeypatch.setenv("PLANTED", OF_VARIABLE)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", OF_KEY)
    return desk


def said(desk: Desk, *words: str | Path) -> str:
    done = desk.type(*words)
    return done.out + done.err


def everything(desk: Desk) -> str:
    """What every verb says of the last run, and the bytes of the store."""
    shown = [
        said(desk, *verb, "last", *form)
        for verb in (("show",), ("resume",), ("watch",), ("rollback",), ("diagram", "--run"))
        for form in ((), ("--json",), ("--verbose",))
    ]
    files = [file.read_bytes().decode("latin-1") for file in desk.store.rglob("*") if file.is_file()]
    return "\n".join([*shown, said(desk, "runs"), said(desk, "runs", "--json"), *files])


@pytest.mark.parametrize("form", [(), ("--json",), ("--verbose",)])
def test_what_aws_repeats_is_neither_printed_nor_stored(planted: Desk, form: tuple[str, ...]) -> None:
    message = f"Invalid: {' '.join(SECRETS)} in {{'name': 'OTHER', 'value': '{OF_VARIABLE}'}}"
    planted.cloud.fail_next("RegisterTaskDefinition", "ClientException", message=message)
    done = planted.rollout(*form)
    text = f"{done.out}{done.err}{everything(planted)}"

    assert done.code == 1
    assert [secret for secret in SECRETS if secret in text] == []
    assert "Invalid: [redacted]" in text


def test_what_a_probe_writes_is_neither_printed_nor_stored(planted: Desk) -> None:
    probe = planted.place / "probe"
    probe.write_text(f'#!/bin/sh\necho "$PLANTED $AWS_SECRET_ACCESS_KEY"\necho {OF_FILE} >&2\nexit 3\n')
    probe.chmod(0o700)
    done = planted.rollout("--probe", probe)
    text = f"{done.out}{done.err}{everything(planted)}"

    assert done.code == 1
    assert [secret for secret in SECRETS if secret in text] == []
    assert "[redacted]" in text


def test_an_error_that_nobody_expected_tells_no_secret_and_commands_nobody(
    planted: Desk, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["cage-fsm", "--verbose"])
    words = f"{OF_KEY} password={OF_FILE} \x1b[2J https://u:{OF_VARIABLE}@host ##[add-mask]x"
    assert code_of(RuntimeError(words)) == 1
    text = capfd.readouterr().err

    assert [each for each in (*SECRETS, "\x1b", "##[") if each in text] == []
    assert "This is a bug in cage-fsm: RuntimeError" in text
    assert text.count("RuntimeError") == 2
