"""What the interface itself adds to a module's call, over the same handler compiled into the host."""

import json
import subprocess
import sys
import tempfile

from harness import servers

TARGET_NANOSECONDS = 1000


def main() -> int:
    bundle = servers.BUNDLES / "guestbook"
    with tempfile.TemporaryDirectory(prefix="bench-interface-", dir=servers.BUILD) as folder:
        figures = json.loads(subprocess.run(
            [servers.BUILD / "release/interface-load", bundle, folder], check=True, capture_output=True,
            text=True).stdout)
    added = figures["interface"] - figures["compiled"]
    print("a call of an inline handler, CPU in nanoseconds, medians of eleven rounds of 100,000 calls")
    print(f"  in a module, through the interface     {figures['interface']:10.0f}")
    print(f"  compiled into the host                 {figures['compiled']:10.0f}")
    print(f"  target: the interface adds at most {TARGET_NANOSECONDS} ns: {added:.0f} ns, "
          f"{'met' if added <= TARGET_NANOSECONDS else 'not met'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
