"""Severities on the command line."""

from typing import Any

import click


class Severities(click.ParamType[tuple[str, ...]]):
    """Some severities, apart by commas, in upper case."""

    name = "severities"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Read the list."""
        from cage_fsm.judge.scan import GRAVITY, UNRATED

        if isinstance(value, tuple):
            return value
        named = tuple(each.strip().upper() for each in value.split(","))
        if unknown := [each for each in named if each not in (*GRAVITY, *UNRATED)]:
            there = ", ".join((*GRAVITY, *UNRATED)).lower()
            self.fail(f"{', '.join(unknown).lower()!a} is no severity; there are {there}.", param, ctx)
        return named


SEVERITIES = Severities()
