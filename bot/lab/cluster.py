"""A cluster of hosts."""

from dataclasses import dataclass

from bot.lab.watched import Watched


@dataclass(eq=False)
class Cluster(Watched):
    """A cluster; `pool` is the managed object id of its root resource pool, which holds its machines."""

    moid: str
    name: str
    pool: str
