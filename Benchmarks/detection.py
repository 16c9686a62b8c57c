"""What the session pipeline takes for one session of 300 readings: CPU, instructions and allocations."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import servers

TARGET_MICROSECONDS = 100
KINDS = {
    "ordinary": "ordinary, all that stations send",
    "faulty": "with a fault",
    "unsorted": "readings mixed up",
    "uniform": "register, power and state of charge",
}
COUNTED = 200


def main() -> int:
    program = servers.BUILD / "release/detection-load"
    figures = json.loads(subprocess.run([program], check=True, capture_output=True, text=True).stdout)
    print("judging a session of 300 readings, CPU in microseconds, medians of eleven rounds of 2,000 sessions")
    for kind, name in KINDS.items():
        print(f"  {name:<38} {figures[kind]:10.1f}")
    slowest = max(figures.values())
    print(f"  target: at most {TARGET_MICROSECONDS} us: {slowest:.1f} us, "
          f"{'met' if slowest <= TARGET_MICROSECONDS else 'not met'}")
    if shutil.which("valgrind"):
        with tempfile.TemporaryDirectory(prefix="bench-detection-", dir=servers.BUILD) as folder:
            # What the build has for debuggers is newer than valgrind.
            bare = Path(folder) / "detection-load"
            subprocess.run(["strip", "--strip-debug", "-o", bare, program], check=True)
            instructions = _difference(bare, ["--tool=callgrind", f"--callgrind-out-file={folder}/out"],
                                       r"Collected : (\d+)")
            allocations = _difference(bare, ["--tool=memcheck", "--undef-value-errors=no"],
                                      r"total heap usage: ([\d,]+) allocs")
        print(f"  ordinary: {instructions:,.0f} instructions, {allocations:.1f} allocations")
    return 0


def _difference(program: Path, options: list[str], pattern: str) -> float:
    """What one session adds to a count of valgrind's."""
    counts = []
    for sessions in (COUNTED, 2 * COUNTED):
        report = subprocess.run(["valgrind", *options, program, str(sessions)], check=True, capture_output=True,
                                text=True).stderr
        found = re.search(pattern, report)
        if found is None:
            raise SystemExit(f"valgrind did not report {pattern}")
        counts.append(int(found.group(1).replace(",", "")))
    return (counts[1] - counts[0]) / COUNTED


if __name__ == "__main__":
    sys.exit(main())
