#!/usr/bin/env python3
"""Counts what one request costs, in instructions and allocations, and fails where it is more than was agreed.

The counts are valgrind's, of one connection that sends one request after the other, so that they hardly depend on the
machine and not at all on what else it does. They leave out the kernel. See BENCHMARKS.md.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

from harness import counting, servers  # noqa: E402

THRESHOLDS = Path(__file__).resolve().parent / "count/thresholds.json"


def main() -> int:
    thresholds = json.loads(THRESHOLDS.read_text())
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=list(counting.KINDS), help="may be given several times")
    parser.add_argument("--requests", type=int, default=500, help="requests of each kind that are counted")
    parser.add_argument("--calls", action="store_true", help="also how often the runtime's functions are called")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep callgrind's output there")
    options = parser.parse_args()
    if missing := counting.missing_tools():
        print(f"missing: {', '.join(missing)}; on Debian: apt-get install valgrind binutils gcc", file=sys.stderr)
        return 2
    failed = False
    with tempfile.TemporaryDirectory(prefix="count-", dir=servers.BUILD) as folder:
        try:
            program = counting.prepare(Path(folder))
            for kind in options.only or counting.KINDS:
                found = counting.count(kind, program, Path(folder) / kind, options.requests, options.keep)
                failed |= not _report(kind, found, thresholds.get(kind, {}), options.calls)
        except servers.ServerFailed as failure:
            print(f"failed: {failure}", file=sys.stderr)
            return 1
    return 3 if failed else 0


def _report(kind: str, found: counting.Count, allowed: dict, calls: bool) -> bool:
    """Prints a line; true when nothing is above what is allowed."""
    is_good = True
    parts = []
    for name, value in (("instructions", found.instructions), ("allocations", found.allocations)):
        bound = allowed.get(name)
        is_above = bound is not None and value > bound
        is_good &= not is_above
        limit = "" if bound is None else f" (at most {bound:,}{': TOO MANY' if is_above else ''})"
        parts.append(f"{value:,.0f} {name}{limit}" if name == "instructions" else f"{value:.1f} {name}{limit}")
    print(f"{kind:<6} {', '.join(parts)}", flush=True)
    if calls:
        for name, value in found.calls.most_common():
            print(f"         {value:9.2f}  {name}")
    return is_good


if __name__ == "__main__":
    sys.exit(main())
