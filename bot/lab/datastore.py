"""Where virtual machines' files lie."""

from dataclasses import dataclass

from bot.lab.watched import Watched


@dataclass(eq=False)
class Datastore(Watched):
    """A datastore; `mount` is its path on the hosts, without a slash at the end.

    vCenter writes the same place differently in `summary.url` (`ds://…/`) and, as far as one public program
    that joins it with a slash shows, in a machine's `config.datastoreUrl` (the mount). The exact form of the
    latter is unknown, so each has its field.

    Switches for stories: `free_bytes`, and `accessible` (off, no host reaches it). Of `type`, `NFS` and
    `VMFS` are known here.
    """

    moid: str
    name: str
    mount: str
    url: str
    vm_url: str
    remote_host: str
    remote_path: str
    capacity_bytes: int = 2 * 2**40
    free_bytes: int = 900 * 2**30
    type: str = "NFS"
    accessible: bool = True

    def take(self, size: int) -> None:
        """So many bytes more are used."""
        self.free_bytes = max(0, self.free_bytes - size)
