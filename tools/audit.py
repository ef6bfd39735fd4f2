"""Asks the Python index which of the installed packages have known vulnerabilities, by pip-audit.

All arguments are pip-audit's (`audit -- --help` lists them); the packages are those of the Python that runs this. The
exit status is pip-audit's: 0 if none is known, 1 if there are some or the index did not answer. Packages that the index
does not have, such as a PyTorch of another index or one built from source, are listed as skipped.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="audit",
        usage="audit [-h] [ARGUMENT OF pip-audit ...]",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _, passed_on = parser.parse_known_args(arguments)
    if importlib.util.find_spec("pip_audit") is None:
        print("audit: pip-audit is not installed; it is in the manifests' group dev.", file=sys.stderr)
        return 2
    if passed_on[:1] == ["--"]:
        del passed_on[0]
    return subprocess.run([sys.executable, "-m", "pip_audit", *passed_on], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
