"""What a Windows dump says of itself, in the words of ``core``."""

from __future__ import annotations

from bot.core.dump_facts import DumpFacts
from bot.core.errors import Code, VmdumpError
from bot.dumps import DumpFormatError, read_windows_header


class WindowsDumps:
    """Implements ``DumpFormats`` for Windows."""

    def read(self, start: bytes, size: int) -> DumpFacts:
        """Raises ``VmdumpError(DUMP_FORMAT)``; ``size`` is the whole file's, bytes."""
        try:
            header = read_windows_header(lambda offset, length: start[offset : offset + length])
        except DumpFormatError as error:
            raise VmdumpError(
                Code.DUMP_FORMAT, reason=f"{error.reason}; the file has {size:,} bytes"
            ) from error
        return DumpFacts(
            format=header.format,
            signature=header.signature,
            holds_all_memory=header.holds_all_memory,
            expected_size=header.expected_size,
            header_size=header.header_size,
            memory=header.memory,
            cpus=header.processors,
            bug_check=header.bug_check,
            bug_check_parameters=header.bug_check_parameters,
            crashed_at=header.crashed_at,
            build=header.build,
        )
