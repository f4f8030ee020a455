"""The table of UpdateService's fields, held against the model of the installed botocore."""

from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from cage_fsm.deployfiles import service_differences
from cage_fsm.phases import service_fields
from cage_fsm.phases.service_fields import FORWARDED, shown, undoing

MODEL: Any = ServiceModel(Loader().load_service_model("ecs", "service-2"), "ecs")
RETRIED_BY = {"tags"}
"""Not UpdateService's: TagResource and UntagResource."""

WRITTEN_OUT = {"monitoring", "platformVersion"}
"""What ECS takes where it is told nothing; a file that says it says something."""


def members(shape: str) -> set[str]:
    return set(MODEL.shape_for(shape).members)


def test_every_field_of_update_service_is_forwarded_or_left_out_with_a_reason() -> None:
    assert FORWARDED.keys() | service_fields.LEFT_OUT.keys() == members("UpdateServiceRequest")
    assert not FORWARDED.keys() & service_fields.LEFT_OUT.keys()


def test_every_field_that_only_create_service_takes_is_known() -> None:
    only = members("CreateServiceRequest") - members("UpdateServiceRequest")
    controller = {"deploymentController"}

    assert service_fields.CREATED_WITH.keys() - controller | service_fields.ONLY_NAMED | RETRIED_BY == only


def test_every_field_of_a_deployment_configuration_has_what_unsets_it() -> None:
    known = service_fields.CONFIGURATION.keys() | service_fields.OTHER_STRATEGIES.keys()

    assert known == members("DeploymentConfiguration")


@pytest.mark.parametrize("name", FORWARDED)
def test_a_field_is_shown_where_the_table_says_so(name: str) -> None:
    where = {"service": "Service", "deployment": "Deployment", "revision": "ServiceRevision"}

    assert name in members(where[FORWARDED[name].shown])
    assert not FORWARDED[name].guarded or name in members("ServiceRevision")


@pytest.mark.parametrize("name", FORWARDED)
def test_what_unsets_a_field_is_of_its_type_and_no_change_where_there_is_none(name: str) -> None:
    kinds = {"list": list, "structure": dict, "string": str, "boolean": bool, "integer": int}
    unset = FORWARDED[name].unset
    shape = MODEL.shape_for("UpdateServiceRequest").members[name]

    assert unset is None or type(unset) is kinds[shape.type_name]
    assert unset is None or name in WRITTEN_OUT or service_differences({}, {name: unset}) == []
    assert undoing(name, None, ["anything"]) == unset or name == "deploymentConfiguration"


def test_a_deployment_configuration_is_brought_back_field_by_field() -> None:
    old = {"maximumPercent": 150, "strategy": "ROLLING", "bakeTimeInMinutes": 0}
    new = {"minimumHealthyPercent": 50, "alarms": {"alarmNames": ["a"], "enable": True, "rollback": True}}

    assert undoing("deploymentConfiguration", old, new) == {
        "maximumPercent": 150,
        "strategy": "ROLLING",
        "minimumHealthyPercent": 100,
        "alarms": {"alarmNames": [], "enable": False, "rollback": False},
    }


def test_volumes_are_those_of_the_primary_deployment() -> None:
    primary = {"status": "PRIMARY", "volumeConfigurations": [{"name": "data"}]}
    service = {"deployments": [{"status": "ACTIVE"}, primary], "loadBalancers": []}

    assert shown(service, {}, "volumeConfigurations") == [{"name": "data"}]
    assert shown(service, {"monitoring": {}}, "monitoring") == {}
    assert shown(service, {}, "loadBalancers") == []
