"""How a host's `/sbin/vmdumper <World ID> nmi` behaves: the stories' switch."""

from dataclasses import dataclass

FIRST_LINE = "Sending NMI to guest..."
INVALID_WORLD = "Operation failed with error: Invalid world"


@dataclass(frozen=True)
class Answer:
    """Whether the NMI reaches the guest, what is printed, and whether the connection breaks before that.

    The first line is printed before the outcome is known, so that an unknown world prints it as well. The
    exit status of a failure is unknown; the only imitation in public leaves it at 0, and so does the lab.
    """

    delivers: bool = True
    lines: tuple[str, ...] = (FIRST_LINE,)
    hangs_up: bool = False
    exit_status: int = 0


NORMAL = Answer()
REFUSING = Answer(delivers=False, lines=(FIRST_LINE, INVALID_WORLD))
HANGING_UP = Answer(lines=(), hangs_up=True)
GARBLED = Answer(lines=("\x1b[0m?? 0x7f vsi_get: 195887105",), exit_status=255)
