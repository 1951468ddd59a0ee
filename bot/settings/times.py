"""The `timeouts` and `watch` sections: how long things may take."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.settings.kinds import Duration, Section

Brief = Annotated[Duration, Field(ge=0.1, le=600)]
"""of one call: at most ten minutes"""


class Timeouts(Section):
    connect: Brief = 10.0
    """To reach vCenter or a host: TCP and TLS."""

    call: Brief = 30.0
    """One call to vCenter."""

    ssh: Brief = 30.0
    """To log in to a host, connection and host key included."""

    command: Brief = 30.0
    """One command on a host."""

    bundle: Annotated[Duration, Field(ge=1, le=86400)] = 1800.0
    """How long a support bundle is read (route `bundle`); a host whose reader hangs up may break the run off.
    How long a run takes is not published."""

    guest: Brief = 10.0
    """All that a guest is asked before the NMI: one that hangs answers nothing."""

    slack: Brief = 15.0
    """One call to Slack."""

    @property
    def longest(self) -> float:
        """Seconds after which no call that was given up can still take effect at vCenter or on a host."""
        return max(self.connect + self.call, self.ssh + self.command)


class Watch(Section):
    crash: Annotated[Duration, Field(ge=0.1, le=3600)] = 120.0
    """After the NMI: how long signs of a crash are awaited. After that a guest that kept showing signs of
    life counts as `no crash seen`, any other as `unknown`."""

    dump: Annotated[Duration, Field(ge=1, le=7 * 86400)] = 1800.0
    """From the crash: how long writing the dump and starting again may take at least; `watch.dump_per_gib`
    comes on top."""

    dump_per_gib: Annotated[Duration, Field(ge=0, le=3600)] = 60.0
    """The same for each GiB of the VM's memory. No rate is published for such writes: this one is assumed,
    memory written twice at 34 MiB/s."""

    settle: Annotated[Duration, Field(ge=0.1, le=86400)] = 1800.0
    """From the restart: how long Windows may take at least to copy the dump out of its page file;
    `watch.settle_per_gib` comes on top."""

    settle_per_gib: Annotated[Duration, Field(ge=0, le=3600)] = 30.0
    """The same for each GiB of the VM's memory, at the rate that is assumed for `watch.dump_per_gib`."""

    poll: Annotated[Duration, Field(ge=0.02, le=60)] = 5.0
    """Between two looks at the VM."""

    host: Annotated[Duration, Field(ge=0.1, le=86400)] = 1800.0
    """How long a request waits for another one that uses the same host."""

    approval: Annotated[Duration, Field(ge=1, le=86400)] = 3600.0
    """An approval that is older than this crashes nothing any more."""
