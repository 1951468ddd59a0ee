"""vCenter through pyVmomi, whose objects do not leave this package.

Every vCenter is talked to on threads of its own, never on the event loop. Questions are repeated after a lost
session or connection; effects are sent once.
"""

from bot.vsphere.about import About
from bot.vsphere.endpoint import GuestRule, VCenterEndpoint
from bot.vsphere.vcenter import PyVmomiVCenter

__all__ = ["About", "GuestRule", "PyVmomiVCenter", "VCenterEndpoint"]
