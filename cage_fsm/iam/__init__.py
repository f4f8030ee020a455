"""Which permissions the program needs, as data, and the policy made of them. AWS is not asked."""

from cage_fsm.iam.actions import ACTIONS, PURPOSES, Action
from cage_fsm.iam.policy import policy
from cage_fsm.iam.scope import Scope

__all__ = ["ACTIONS", "PURPOSES", "Action", "Scope", "policy"]
