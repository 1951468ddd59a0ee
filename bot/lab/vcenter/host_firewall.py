"""Opening and closing a host's firewall."""

from pyVmomi import vim, vmodl

from bot.lab.firewall import Ruleset
from bot.lab.vcenter.call import Call
from bot.lab.vcenter.firewall_properties import allowed_of


async def enable_ruleset(call: Call) -> None:
    """HostFirewallSystem.EnableRuleset; enabling what is enabled changes nothing. Raises NotFound."""
    await call.world.set_ruleset(call.reached_host(), _ruleset(call), enabled=True)


async def disable_ruleset(call: Call) -> None:
    """HostFirewallSystem.DisableRuleset. Raises the fault NotFound."""
    await call.world.set_ruleset(call.reached_host(), _ruleset(call), enabled=False)


async def update_ruleset(call: Call) -> None:
    """HostFirewallSystem.UpdateRuleset: who may come. Raises the faults NotFound and InvalidArgument."""
    ruleset = _ruleset(call)
    try:
        allowed = allowed_of(call.args["spec"].allowedHosts)
    except ValueError:
        raise vmodl.fault.InvalidArgument(
            invalidProperty="spec.allowedHosts",
            msg="A specified parameter was not correct: spec.allowedHosts",
        ) from None
    await call.world.set_ruleset(call.reached_host(), ruleset, allowed=allowed)


def _ruleset(call: Call) -> Ruleset:
    try:
        return call.managed_host().ruleset(call.args["id"])
    except KeyError:
        sentence = f"The object or item referred to could not be found: {call.args['id']}"
        raise vim.fault.NotFound(msg=sentence) from None
