"""The calls to the property collector."""

from secrets import token_hex
from typing import Any

from pyVmomi import vim, vmodl

from bot.lab.vcenter.call import Call
from bot.lab.vcenter.collector import Collector
from bot.lab.vcenter.paths import resolve
from bot.lab.vcenter.response import Written
from bot.lab.vcenter.sessions import described


async def retrieve_properties_ex(call: Call) -> Written | None:
    """PropertyCollector.RetrievePropertiesEx: the first page; nothing where nothing was selected."""
    options = call.args.get("options")
    found = _found(call)
    return _page(call, found, (options and options.maxObjects) or len(found)) if found else None


async def continue_retrieve_properties_ex(call: Call) -> Written | None:
    """PropertyCollector.ContinueRetrievePropertiesEx. Raises InvalidArgument for a token that is used up."""
    pages = call.session.pages if call.session else {}
    rest = pages.pop(call.args["token"], None)
    if rest is None:
        raise vmodl.fault.InvalidArgument(
            invalidProperty="token", msg="A specified parameter was not correct: token"
        )
    return _page(call, rest, int(call.args["token"].partition("-")[0]))


async def retrieve_properties(call: Call) -> Written:
    """PropertyCollector.RetrieveProperties, which older clients use: everything at once."""
    return Written("".join(f"<returnval>{content}</returnval>" for content in _found(call)))


async def fetch(call: Call) -> Any:
    """One property of one object, which pyVmomi asks for by this call. Gives (declared type, value).

    `currentSession` differs from caller to caller, and is answered here only: the property collector leaves
    it out.
    """
    if isinstance(call.this, vim.SessionManager) and call.args["prop"] == "currentSession" and call.session:
        return vim.UserSession, described(call.session)
    node = call.site.inventory.find(call.this)
    if node is None:
        raise vmodl.fault.ManagedObjectNotFound(obj=call.this, msg="The object has already been deleted")
    return resolve(call.site.inventory, node, call.args["prop"], call.version)


def _found(call: Call) -> list[str]:
    collector = Collector(call.site.inventory, call.world.vcenter.unreadable, call.version)
    return collector.retrieve(call.args["specSet"])


def _page(call: Call, contents: list[str], size: int) -> Written:
    objects = "".join(f"<objects>{content}</objects>" for content in contents[:size])
    token = ""
    if len(contents) > size and call.session is not None:
        key = f"{size}-{token_hex(8)}"
        call.session.pages[key] = contents[size:]
        token = f"<token>{key}</token>"
    return Written(f"<returnval>{token}{objects}</returnval>")
