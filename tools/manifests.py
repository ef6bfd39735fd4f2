"""The two manifests of the images' Python packages, and what must be the same in both."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BINARY = "pyproject.binary.toml"
SOURCE = "pyproject.source.toml"

# What each manifest has of its own. The groups must be in both, since Poetry knows no `--without` a group that is not;
# their settings, such as `optional`, are shared.
OWN_GROUPS = tuple(f"tool.poetry.group.{name}.dependencies" for name in ("binary-torch", "source-torch", "cupy"))
OWN_KEYS = ("tool.poetry.source",)


class ManifestError(Exception):
    """A manifest is missing, cannot be read or is not TOML."""


def read(path: Path) -> dict[str, Any]:
    """What a manifest says. Throws ManifestError, which names the file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ManifestError(f"{path} is missing.") from None
    except OSError as error:
        raise ManifestError(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, RecursionError, tomllib.TOMLDecodeError) as error:
        raise ManifestError(f"{path} is not TOML: {error}.") from None


def shared_keys(manifest: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Every key that must be the same in both manifests, dotted, with its value as JSON, which tells 1 from 1.0."""
    keys: dict[str, str] = {}
    for name, value in manifest.items():
        quoted = name if name.replace("-", "").replace("_", "").isalnum() else json.dumps(name)
        key = prefix + quoted
        if key in OWN_KEYS:
            continue
        if key in OWN_GROUPS:
            keys[key] = "its own"
        elif isinstance(value, dict) and value:
            keys |= shared_keys(value, key + ".")
        else:
            keys[key] = json.dumps(value, default=str, ensure_ascii=False)
    return keys


def differences(binary: dict[str, Any], source: dict[str, Any]) -> list[str]:
    """Lines in the manner of diff, one for each shared key and manifest that differ; none if the two are in step."""
    ours, theirs = shared_keys(binary), shared_keys(source)
    lines: list[str] = []
    for key in sorted(ours.keys() | theirs.keys()):
        if ours.get(key) != theirs.get(key):
            lines += [f"{sign} {key} = {side[key]}" for sign, side in (("-", ours), ("+", theirs)) if key in side]
    return [f"--- {BINARY}", f"+++ {SOURCE}", *lines] if lines else []
