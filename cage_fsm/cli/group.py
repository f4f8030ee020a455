"""The verbs, each loaded only when it is called: `cage-fsm --help` has to answer at once."""

import gc
from difflib import get_close_matches
from importlib import import_module

import click

from cage_fsm import __version__
from cage_fsm.cli.options import global_options, kebab

VERBS = {
    "rollout": "Roll a task definition out through one canary.",
    "plan": "Say what a rollout would do, without touching anything.",
    "up": "Create a service, and judge its first deployment.",
    "run": "Run a one-off task beside the service, and exit with its code.",
    "resume": "Go on with a run that was interrupted.",
    "rollback": "Undo a run: abort it, or send the earlier revision again.",
    "runs": "List the runs of this store.",
    "show": "Show one run: its timeline, evidence and what to type next.",
    "watch": "Follow a run that another process drives.",
    "audit": "Show what ECR's scans found in the images that a service runs.",
    "iam": "Print the least-privilege policy, without asking AWS.",
    "sweep": "Find what was left behind, and clear it away with --apply.",
    "verify": "Prove a machine, and print the proof.",
    "diagram": "Draw a machine, the path of a run through it, or a change to it.",
    "upgrade": "Upgrade cage-fsm in the way it was installed.",
    "sandbox": "Serve an ECS with a load balancer on this machine, to try things on.",
}


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click calls it so
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        gc.disable()  # loading leaves no garbage, and to look for it takes a tenth of a second
        try:
            command: click.Command = import_module(f"cage_fsm.cli.{cmd_name}").command
        finally:
            gc.freeze()
            gc.enable()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            near = get_close_matches(args[0], VERBS, n=1, cutoff=0.5)
            hint = f" Did you mean {near[0]}?" if near else ""
            message = f"There is no command {args[0]}.{hint} The commands are: {', '.join(VERBS)}."
            raise click.UsageError(message, ctx) from error


@click.group(
    cls=_Verbs,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
        "token_normalize_func": kebab,
    },
)
@click.version_option(__version__, message="cage-fsm %(version)s")
@global_options
def cage_fsm() -> None:
    """Roll a new task definition out to an Amazon ECS service through one canary task.

    The rollout is a state machine whose state is saved after every transition: kill it anywhere, and
    `cage-fsm resume ID` goes on, `cage-fsm rollback ID` goes back, from any machine.

    \b
    Example:
      cage-fsm rollout deploy/web --region eu-west-1

    \b
    To complete words with the TAB key, put this into the start file of a shell:
      bash  eval "$(_CAGE_FSM_COMPLETE=bash_source cage-fsm)"
      zsh   eval "$(_CAGE_FSM_COMPLETE=zsh_source cage-fsm)"
      fish  _CAGE_FSM_COMPLETE=fish_source cage-fsm | source
    """
