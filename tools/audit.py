"""Asks the Python index which of the installed packages have known vulnerabilities, by pip-audit.

The packages are those of the Python that runs this. Arguments are passed on to pip-audit (`--ignore-vuln ID`, say;
`pip-audit --help` lists them). Packages that the index does not have are listed as not audited: a PyTorch of another
index or one built from source, and these tools.

Exit status: 0 if no vulnerability is known, 1 if one is, 2 if pip-audit is not installed or failed, or if the index
knew none of the packages, as a mirror that only serves files does not.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any


def report(packages: Sequence[dict[str, Any]]) -> int:
    audited = [package for package in packages if "skip_reason" not in package]
    vulnerable = [package for package in audited if package["vulns"]]
    for package in vulnerable:
        for found in package["vulns"]:
            fixed = ", ".join(found["fix_versions"]) or "no version"
            names = ", ".join([found["id"], *found.get("aliases", [])])
            print(f"{package['name']} {package['version']}: {names}; fixed in {fixed}")
    left = sorted(package["name"] for package in packages if "skip_reason" in package)
    if left:
        print(f"Not audited, unknown to the index: {', '.join(left)}")
    print(f"Packages audited: {len(audited)}; with known vulnerabilities: {len(vulnerable)}.")
    if not audited:
        print("audit: the index knew none of the packages, so that this says nothing.", file=sys.stderr)
        return 2
    return 1 if vulnerable else 0


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
    command = [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", *passed_on, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (json.JSONDecodeError, KeyError, TypeError):
        print(done.stdout, done.stderr, sep="", end="", file=sys.stderr)
        print(f"audit: pip-audit failed with exit status {done.returncode}.", file=sys.stderr)
        return 2
    return report(packages)


if __name__ == "__main__":
    sys.exit(main())
