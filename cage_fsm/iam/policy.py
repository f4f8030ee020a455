"""The least-privilege policy: a statement for each purpose, kind of resource and condition."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from cage_fsm.iam.actions import ACTIONS, Action
from cage_fsm.iam.scope import Scope

VERSION = "2012-10-17"
"""Of the language of policies (IAM user guide, "Version")."""


def policy(scope: Scope) -> dict[str, Any]:
    """The policy as JSON has it. What the scope has not, a bucket or a role, is in no statement."""
    return {"Version": VERSION, "Statement": [*_statements(scope)]}


def _statements(scope: Scope) -> Iterator[dict[str, Any]]:
    wanted = [each for each in ACTIONS if _is_wanted(each, scope)]
    for (purpose, kind, where), actions in groupby(sorted(wanted, key=_place), key=_place):
        if resources := scope.resources(kind):
            condition = scope.condition(where)
            yield {
                "Sid": _sid(purpose, kind, where),
                "Effect": "Allow",
                "Action": [each.name for each in actions],
                "Resource": resources if len(resources) > 1 else resources[0],
                **({"Condition": condition} if condition else {}),
            }


def _place(action: Action) -> tuple[str, str, str]:
    return action.purpose, action.on, action.where


def _sid(*words: str) -> str:
    """Letters and digits, as a Sid has to be."""
    single = " ".join(words).replace("-", " ").split()
    return "".join(f"{word[0].upper()}{word[1:]}" for word in single)


def _is_wanted(action: Action, scope: Scope) -> bool:
    if action.purpose == "StoreKey":
        return bool(scope.bucket and scope.key)
    return action.purpose != "Store" or bool(scope.bucket)
