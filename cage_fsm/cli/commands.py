"""Commands that are kept in the record: their words, and no secrets among them."""

import json
import os
import shlex
from collections.abc import Collection, Mapping
from typing import Any

import click

from cage_fsm.deployfiles import LONGEST, DeployFiles
from cage_fsm.deployfiles.hints import near
from cage_fsm.known_secrets import may_be_secret
from cage_fsm.redaction import secrets_in, secrets_of


def words_of(context: click.Context, option: click.Parameter, command: str) -> list[str]:
    """The words of a command that is kept in the record."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise click.BadParameter(f"{command.strip()}: {error}.", context, option) from error
    if not words:
        message = "the command is empty."
        raise click.BadParameter(message, context, option)
    refuse_secrets(command, (), context, option)
    return words


def refuse_secrets(
    value: str,
    known: Collection[str] = (),
    context: click.Context | None = None,
    option: click.Parameter | None = None,
    *,
    hint: str | None = None,
) -> None:
    """Refuse a command that holds what looks like a secret, or is `known` to be: it is kept in the record.

    `hint` names what it was given as, where no `option` does.
    """
    suspects = {*secrets_of(os.environ), *secrets_in(value), *known}
    if any(suspect in value and may_be_secret(suspect) for suspect in suspects):
        message = (
            "it holds what looks like a secret, and is kept in the record. Give that in a variable instead."
        )
        raise click.BadParameter(message, context, option, hint)


def require_container(files: DeployFiles, container: str) -> None:
    """Refuse one that task-definition.json has not."""
    names = files.containers
    if names and container not in names:
        meant = near(container, names)
        hint = f" Did you mean {meant}?" if meant else ""
        message = f"task-definition.json has no container {container}.{hint} It has {', '.join(names)}."
        raise click.UsageError(message)


def require_short(overrides: Mapping[str, Any]) -> None:
    """Refuse more than RunTask takes."""
    if (size := len(json.dumps(overrides))) > LONGEST:
        message = f"RunTask takes {LONGEST} characters of overrides, COMMAND included; not {size}."
        raise click.UsageError(message)
