"""The shell of an ESXi host: logging in, its list of running VMs, and vmdumper.

What is sent to a host is one of four fixed command lines; the only thing ever filled in is an integer World
ID. asyncssh writes whole packets to its log at its highest debug level: this package fixes a lower one, and
keeps asyncssh's log at warnings.
"""

import logging

import asyncssh

from bot.esxi.access import Bastion, HostAccess, NoAccess
from bot.esxi.shells import SshShells

__all__ = ["Bastion", "HostAccess", "NoAccess", "SshShells"]

asyncssh.set_debug_level(1)
logging.getLogger("asyncssh").setLevel(logging.WARNING)
