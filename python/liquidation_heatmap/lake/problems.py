"""What can be wrong with one source file, as opposed to with the machine it is read on."""

from __future__ import annotations

DOWNLOAD_AGAIN = "Download the file and its .CHECKSUM again, then run the ingest again."
ASK_THE_SOURCE = (
    "Download the file again; if the new copy is the same, the archive itself is wrong here: leave the file out "
    "and use the monthly (or daily) file of the same period instead."
)


class BadFileError(Exception):
    """One source file cannot be trusted: it is quarantined with this reason and the others go on.

    ``line`` is the 1-based line of the CSV (the header counts), or None where no line is to blame. Full disks and
    missing permissions are never this error: they would be the same for every file.
    """

    def __init__(self, reason: str, remedy: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.line = line


class UnrecognisedError(Exception):
    """A path that does not follow the archive's naming; it is skipped with this reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
