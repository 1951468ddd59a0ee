"""Who gets into a host in lockdown."""

from bot.lab.vcenter.call import Call


async def query_lockdown_exceptions(call: Call) -> list[str]:
    """HostAccessManager.QueryLockdownExceptions: the exception users."""
    return list(call.managed_host().lockdown_exceptions)
