"""How long things take in the lab, and how much faster than in life it plays them."""

from dataclasses import dataclass


@dataclass
class Pace:
    """Durations in seconds of real life; the lab waits for each divided by `speed`.

    The figures are those of the article's machine: 4 GiB written at about 88 MB/s in 47 s, and three minutes
    and twenty seconds from the end of the dump to a machine that answers. `bug_check` (the blue screen
    before the first byte is written), `task` (a change of settings), `migration_bytes_per_second` (a link of
    ten gigabits), `bundle` (the time that a host takes for a small support bundle) and `program` (that of a
    small program in a guest) are guesses.
    """

    speed: float = 60.0
    bug_check: float = 3.0
    dump_bytes_per_second: float = 88 * 2**20
    reboot: float = 200.0
    task: float = 1.0
    migration_bytes_per_second: float = 2**30
    bundle: float = 60.0
    program: float = 0.5

    def of_seconds(self, seconds: float) -> float:
        """Seconds of wall-clock time for so many of real life."""
        return seconds / self.speed

    def of_task(self) -> float:
        """Seconds of wall-clock time that a task takes which only changes settings."""
        return self.of_seconds(self.task)

    def of_bug_check(self) -> float:
        """Seconds of wall-clock time between the NMI and the first byte of the dump."""
        return self.of_seconds(self.bug_check)

    def of_dump(self, memory_bytes: int) -> float:
        """Seconds of wall-clock time for writing out so much memory."""
        return self.of_seconds(memory_bytes / self.dump_bytes_per_second)

    def of_migration(self, memory_bytes: int) -> float:
        """Seconds of wall-clock time for moving a running machine to another host."""
        return self.of_seconds(memory_bytes / self.migration_bytes_per_second)

    def of_reboot(self) -> float:
        """Seconds of wall-clock time from the reset until the guest answers again."""
        return self.of_seconds(self.reboot)

    def of_bundle(self) -> float:
        """Seconds of wall-clock time from the first to the last byte of a support bundle."""
        return self.of_seconds(self.bundle)

    def of_program(self) -> float:
        """Seconds of wall-clock time that a program in a guest runs."""
        return self.of_seconds(self.program)
