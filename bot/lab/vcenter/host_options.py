"""A host's advanced options."""

from typing import Any

from pyVmomi import vim, vmodl

from bot.lab.vcenter.call import Call
from bot.lab.vcenter.host_managers import options


async def query_options(call: Call) -> list[Any]:
    """OptionManager.QueryOptions of a host: one, or all below a name ending in a dot. Fault: InvalidName."""
    name = call.args.get("name") or ""
    found = options(call.managed_host(), name)
    if not found:
        raise _unknown(name)
    return found


async def update_options(call: Call) -> None:
    """OptionManager.UpdateOptions of a host, all or none. Raises the faults InvalidName and InvalidArgument.

    All of the lab's options are whole numbers that are not negative.
    """
    host = call.reached_host()
    wanted = {each.key: each.value for each in call.args["changedValue"]}
    for key, value in wanted.items():
        if key not in host.options:
            raise _unknown(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise vmodl.fault.InvalidArgument(
                invalidProperty=key, msg=f"A specified parameter was not correct: {key}"
            )
    host.options = {**host.options, **{key: int(value) for key, value in wanted.items()}}


def _unknown(name: str) -> Any:
    return vim.fault.InvalidName(name=name, msg=f"The name '{name}' is not valid.")
