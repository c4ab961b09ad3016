"""`python -m rec_tutor.recommend`: the same as `rec-tutor recommend`."""

import sys
from collections.abc import Sequence

from rec_tutor.cli import recommend


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    return recommend.main(arguments, prog="python -m rec_tutor.recommend")


if __name__ == "__main__":
    sys.exit(main())
