"""Options that work before and after the verb, and the types of their values."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass
class Globals:
    """What the global options say. The one nearer to the end of the line wins."""

    store: str | None = None
    sse_kms_key: str | None = None
    region: str | None = None
    profile: str | None = None
    assume_role: str | None = None
    ci: bool = False
    no_color: bool = False
    json: bool = False
    verbose: bool = False

    def setting(self, name: str) -> str | None:
        """An option's value, or else that of its environment variable: a flag beats the environment."""
        value: str | None = getattr(self, name)
        return value or os.environ.get(f"CAGE_{name.upper()}") or None

    @property
    def asks(self) -> bool:
        """Whether a question may be asked: on a terminal, and not in CI."""
        said = os.environ.get("CI", "").lower()
        in_ci = self.ci or said not in ("", "0", "false", "no")
        return not in_ci and os.isatty(1)

    def flags(self) -> list[str]:
        """The flags that a command typed next needs as well, to find the same run."""
        named = {
            "--store": self.store,
            "--sse-kms-key": self.sse_kms_key,
            "--region": self.region,
            "--profile": self.profile,
            "--assume-role": self.assume_role,
        }
        return [word for flag, value in named.items() if value for word in (flag, value)]


def _keep(context: click.Context, option: click.Parameter, value: object) -> None:
    kept = context.ensure_object(Globals)
    if option.name and value:
        setattr(kept, option.name, value)


def _global(*names: str, **settings: Any) -> Callable[[Command], Command]:
    return click.option(*names, expose_value=False, callback=_keep, **settings)


_GLOBAL = (
    _global(
        "--store",
        metavar="PLACE",
        help="Where checkpoints are kept: a directory, or s3://BUCKET/PREFIX.  [env: CAGE_STORE]",
    ),
    _global(
        "--sse-kms-key", metavar="KEY", help="Encrypts checkpoints in S3 by KMS.  [env: CAGE_SSE_KMS_KEY]"
    ),
    _global("--region", help="AWS region.  [env: CAGE_REGION, AWS_REGION]"),
    _global("--profile", help="AWS profile.  [env: AWS_PROFILE]"),
    _global("--assume-role", metavar="ARN", help="Role to work as."),
    _global("--ci", is_flag=True, help="Never ask.  [env: CI]"),
    _global("--no-color", is_flag=True, help="No colours.  [env: NO_COLOR]"),
    _global("--json", is_flag=True, help="Print JSON on stdout, and words for people on stderr."),
    _global("--verbose", is_flag=True, help="Show the traceback of an unexpected error."),
)


def global_options(command: Command) -> Command:
    """Give `command` the global options."""
    for option in reversed(_GLOBAL):
        command = option(command)
    return command


def kebab(name: str) -> str:
    """`taskDefinitionArn` as `task-definition-arn`: canarycage's spelling of a flag becomes ours."""
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda letter: f"-{letter[0].lower()}", name)


class Seconds(click.ParamType[float]):
    """A length of time, such as 90, 90s, 5m or 1h30m; gives seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read the length of time."""
        from cage_fsm.engine.durations import parse_duration

        if isinstance(value, float):
            return value
        try:
            return parse_duration(str(value)).total_seconds()
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Age(Seconds):
    """A length of time that says its unit: what is older is removed."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read the age."""
        if str(value).strip().replace(".", "").isdigit():
            self.fail(f"{value} of what? Write for example {value}d.", param, ctx)
        return super().convert(value, param, ctx)


class GnuCommand(click.Command):
    """Takes the value of an option that may go without one after `=` only: `--approve ID` names a run."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give the bare option the value that it then has."""
        bare = {
            name: f"{name}={option.flag_value}"
            for option in self.params
            if isinstance(option, click.Option) and not option.is_flag and isinstance(option.flag_value, str)
            for name in option.opts
        }
        return super().parse_args(ctx, [bare.get(word, word) for word in args])


SECONDS = Seconds()
AGE = Age()

take_over = click.option(
    "--take-over",
    is_flag=True,
    help="Take the run at once from the process that drives it, also from one that lives: one that hangs, "
    "is stopped, or is on another machine. It finds out before its next change, and ends.",
)

poll_interval = click.option(
    "--poll-interval",
    type=click.FloatRange(min=0, min_open=True, max=30),
    envvar="CAGE_POLL_INTERVAL",
    metavar="SECONDS",
    help="Look this often instead of adapting.  [env: CAGE_POLL_INTERVAL]",
)
