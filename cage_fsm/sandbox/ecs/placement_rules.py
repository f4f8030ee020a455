"""Placement constraints and strategies, as requests give them."""

from cage_fsm.sandbox import words
from cage_fsm.sandbox.errors import client_error, invalid
from cage_fsm.sandbox.life import expressions
from cage_fsm.sandbox.records import Json


def check(params: Json, launch_type: str) -> None:
    """Refuse constraints and strategies that ECS refuses."""
    if launch_type == "FARGATE":
        if params.get("placementConstraints"):
            raise client_error(words.NO_CONSTRAINTS_ON_FARGATE)
        if params.get("placementStrategy"):
            raise client_error(words.NO_STRATEGIES_ON_FARGATE)
    check_constraints(params)


def check_constraints(params: Json) -> None:
    """Refuse an expression that is not in the cluster query language."""
    for constraint in params.get("placementConstraints", []):
        if constraint.get("type") != "memberOf":
            continue
        check_expression(constraint.get("expression", ""))


def check_expression(expression: str) -> None:
    try:
        expressions.holds(expression, {})
    except expressions.BadExpression:
        raise invalid(words.bad_expression(expression)) from None
