"""Install what these tests need from npm, as the lock file says, unless it lies there: python -m tests.gateway.install."""

import sys
from pathlib import Path

from hatch_build import BundleNotBuilt, find_node, install_packages

PACKAGE = Path(__file__).resolve().parent


def main() -> int:
    """Install, and say so if it cannot be done."""
    try:
        install_packages(PACKAGE, *find_node())
    except BundleNotBuilt as problem:
        sys.stderr.write(f"The composers and gateways were not installed: {problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
