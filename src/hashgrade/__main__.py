"""`hashgrade` and `python -m hashgrade`: run a command, turn an error into text and an exit code."""

import sys

from hashgrade.errors import HashgradeError


def main() -> None:
    """Run the command line; exit 0 on success, non-zero with the error on stderr otherwise."""
    from hashgrade.cli.root import commands  # noqa: PLC0415 - an interrupt during the import is caught below

    try:
        commands()
    except HashgradeError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; what was finished is kept, run the same command again to go on\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
