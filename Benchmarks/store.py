"""Durable one-row writes of the Store by 64 callers, beside one sync for each write on the same disk and in one run."""

import json
import subprocess
import sys
import tempfile

from harness import servers

TARGET = 10


def main() -> int:
    # On the disk of the build and not in /tmp, which may be memory: a commit must reach a disk.
    with tempfile.TemporaryDirectory(prefix="bench-store-", dir=servers.BUILD) as folder:
        figures = json.loads(subprocess.run(
            [servers.BUILD / "release/store-load", folder], check=True, capture_output=True, text=True).stdout)
    syncs = max(figures["bare"], figures["one"])
    ratio = figures["many"] / syncs
    print("durable one-row writes per second, medians of five rounds of one second")
    print(f"  a bare file, one sync for each write   {figures['bare']:10.0f}")
    print(f"  the Store, one caller                  {figures['one']:10.0f}")
    print(f"  the Store, {figures['callers']} callers                 {figures['many']:10.0f}")
    print(f"  target: at least {TARGET} x one sync for each write: {ratio:.1f} x, "
          f"{'met' if ratio >= TARGET else 'not met'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
