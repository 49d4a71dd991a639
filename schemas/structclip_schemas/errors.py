"""Errors a user can meet, each with the exit code its command ends with (DESIGN section 3)."""


class StructclipError(Exception):
    """Base of every error structclip raises on purpose; the commands print it without a traceback."""

    exit_code = 1


class InputError(StructclipError):
    """The user's input or usage is wrong; the message says what was found, what was wanted, where, and what to do."""

    exit_code = 2


class ContractError(InputError):
    """A file breaks the contract of the tables: another schema, another version, a span out of range, a wrong hash."""


class UnfinishedDatasetError(InputError):
    """A folder holds shards but no manifest: the run that writes it did not finish."""


class PlanMismatchError(InputError):
    """An output folder belongs to another plan."""


class QuarantineError(StructclipError):
    """The run finished, but more rows were quarantined than --max-quarantine allows."""

    exit_code = 3


class NumericError(StructclipError):
    """A loss or a gradient is not finite."""

    exit_code = 4
