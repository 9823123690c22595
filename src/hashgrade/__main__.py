"""`hashgrade` and `python -m hashgrade`: run a command, turn an error into text and an exit code."""

import os
import sys

from hashgrade.errors import HashgradeError, InputError

PIPE_CLOSED = 141
"""What a shell says of a programme that a closed pipe ended: 128, and the number of SIGPIPE."""


def main() -> None:
    """Run the command line; exit 0 on success, non-zero with the error on stderr otherwise."""
    try:
        from hashgrade.cli.root import commands  # noqa: PLC0415 - an interrupt while it loads is caught below

        try:
            commands()
        finally:
            # Here, and not when Python ends: there it would be too late to catch what goes wrong.
            if sys.__stdout__:
                sys.__stdout__.flush()
    except HashgradeError as error:
        _fail(error)
    except BrokenPipeError:
        # Who reads the output, such as `head`, has enough.
        _drop_output()
        sys.exit(PIPE_CLOSED)
    except SystemExit as error:
        # Typer and rich make an exit code of 1 of a closed pipe, as if the command had failed.
        if isinstance(error.__context__, BrokenPipeError):
            sys.exit(PIPE_CLOSED)
        raise
    except OSError as error:
        _drop_output()
        path = error.filename if isinstance(error.filename, str) else ""
        _fail(InputError("CMD-02", f"the system refused: {error.strerror or type(error).__name__}", where=path))
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; what was finished is kept, run the same command again to go on\n")
        sys.exit(130)


def _drop_output() -> None:
    """Leave unwritten what could not be written: Python would try again as it ends."""
    if sys.__stdout__:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())


def _fail(error: HashgradeError) -> None:
    sys.stderr.write(f"{error}\n")
    sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
