"""What an account may do, for those who ask before they do it."""

from typing import Any

from pyVmomi import vim, vmodl

from bot.lab.vcenter.call import Call
from bot.lab.vcenter.privileges import KNOWN

_Manager = vim.AuthorizationManager


async def has_privilege_on_entity(call: Call) -> list[bool]:
    """AuthorizationManager.HasPrivilegeOnEntity, of the caller's own session only. Faults: as below."""
    _require_own_session(call)
    _require_known(call, call.args["entity"])
    return [call.world.vcenter.grants(privilege) for privilege in call.args.get("privId", [])]


async def has_privilege_on_entities(call: Call) -> list[Any]:
    """AuthorizationManager.HasPrivilegeOnEntities, of the caller's own session only.

    Raises the faults InvalidArgument (another session; what a real vCenter answers is unknown) and
    ManagedObjectNotFound.
    """
    _require_own_session(call)
    for entity in call.args["entity"]:
        _require_known(call, entity)
    grants = call.world.vcenter.grants
    return [
        _Manager.EntityPrivilege(
            entity=entity,
            privAvailability=[
                _Manager.PrivilegeAvailability(privId=privilege, isGranted=grants(privilege))
                for privilege in call.args.get("privId", [])
            ],
        )
        for entity in call.args["entity"]
    ]


async def fetch_user_privileges(call: Call) -> list[Any]:
    """AuthorizationManager.FetchUserPrivilegeOnEntities; nobody but the lab's one user holds any."""
    center = call.world.vcenter
    held = [each for each in KNOWN if center.grants(each)] if call.args["userName"] == center.username else []
    for entity in call.args["entities"]:
        _require_known(call, entity)
    return [_Manager.UserPrivilegeResult(entity=entity, privileges=held) for entity in call.args["entities"]]


def _require_own_session(call: Call) -> None:
    if call.session is None or call.args["sessionId"] != call.session.key:
        raise vmodl.fault.InvalidArgument(
            invalidProperty="sessionId", msg="A specified parameter was not correct: sessionId"
        )


def _require_known(call: Call, entity: Any) -> None:
    if call.site.inventory.find(entity) is None:
        raise vmodl.fault.ManagedObjectNotFound(
            obj=entity, msg="The object has already been deleted or has not been completely created"
        )
