"""Places where nothing can be written, which root can only have in a mount namespace of its own."""

import subprocess

import pytest

FULL = 'mount -t tmpfs -o size=4k full "$0"'
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0"'


def inside(mount, folder, command, **options):
    """Run a command for which `folder` is such a place; the test is skipped where the machine has no namespaces."""
    unshare = ["unshare", "--map-root-user", "--mount", "sh", "-c", f'{mount} && exec "$@"', str(folder)]
    options = {"capture_output": True, "encoding": "utf-8"} | options
    try:
        tried = subprocess.run([*unshare, "true"], capture_output=True, encoding="utf-8")
    except FileNotFoundError:
        pytest.skip("no program unshare here, which makes a full or read-only disk")
    if tried.returncode:
        pytest.skip(f"no mount namespace here, which makes a full or read-only disk: {tried.stderr.strip()}")
    return subprocess.run([*unshare, *map(str, command)], **options)
