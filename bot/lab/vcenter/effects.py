"""What a call with an effect is done on and with, for the world's log; and the names of its gates."""

from bot.lab.vcenter.call import Call
from bot.lab.vcenter.moid import moid_of


def on_host(call: Call) -> tuple[str, str]:
    """Of a host's manager, on a thing with an id."""
    return call.managed_host().name, call.args["id"]


def by_id(call: Call) -> str:
    """A gate for each thing with an id."""
    return f"{call.method}:{call.args['id']}"


def on_vm(call: Call) -> tuple[str, str]:
    """Of a machine itself."""
    return moid_of(call.this), ""


def of_event(call: Call) -> tuple[str, str]:
    """An entry in the event log."""
    return moid_of(call.args["entity"]), call.args["msg"]


def of_options(call: Call) -> tuple[str, str]:
    """Options of a host."""
    changed = call.args["changedValue"]
    return call.managed_host().name, ", ".join(f"{each.key}={each.value}" for each in changed)


def on_guest_file(call: Call) -> tuple[str, str]:
    """A file in a machine's guest."""
    return moid_of(call.args["vm"]), call.args["filePath"]


def of_program(call: Call) -> tuple[str, str]:
    """A program in a machine's guest."""
    spec = call.args["spec"]
    return moid_of(call.args["vm"]), f"{spec.programPath} {spec.arguments}"
