"""The Autobahn test suite's cases against a running host: all but the ones for speed, and those of compression against
the route that asks for it.

The suite's own runner needs Python 2, which is nowhere to be had any more; `kosoku` runs the suite's case files under
Python 3.
"""
import asyncio
import collections
import pathlib
import shutil
import sys
import tempfile

import kosoku
from kosoku import _caseindex

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/EndToEndTests"))
from conftest import Host  # noqa: E402
from test_sockets import DEPLOYMENT, bundle  # noqa: E402

# Route, cases, and how many at a time. Answers are made inline on the event loop, by a task of the kit, and folded; the
# cases of compression are measured by the clock, and fail on a machine that is busy with other things.
RUNS = (
    ("/v1/echo", ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"], 4),
    ("/v1/echo-later", ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"], 4),
    ("/v1/echo-folded", ["12.*", "13.*"], 1),
)
GOOD = {"OK", "NON-STRICT", "INFORMATIONAL"}


def mend():
    """Messages of bytes that were not compressed reach the cases of compression as text: their own fault, not ours."""
    _caseindex.initialize_shims()
    cases = __import__("case12_x_x")
    for case in cases.Case12_X_X + cases.Case13_X_X:
        def take(self, message, binary, own=case.onMessage):
            own(self, message.encode("latin-1") if isinstance(message, str) else message, binary)
        case.onMessage = take


def outcome(result):
    """What a case ended with: its behaviour, and that of the closing handshake where that is worse."""
    kind, close = result.behavior.value, result.behavior_close.value
    return kind if close in GOOD else f"{kind}, close {close}"


async def run(url, cases, count):
    """The results of the cases, so many at a time."""
    try:
        return await kosoku.run_fuzzingclient(url, cases, concurrency=count)
    except kosoku.FailureError as failure:
        return failure.results


def main():
    """Prints a line for each route and for each case that is not well; the answer is for the shell."""
    mend()
    folder = tempfile.mkdtemp(prefix="gantry-autobahn-")
    host = Host(folder, DEPLOYMENT.format(bundles=bundle(folder))).start()
    total, failed = collections.Counter(), 0
    try:
        for path, cases, count in RUNS:
            results = asyncio.run(run(f"ws://127.0.0.1:{host.port}{path}", cases, count))
            counts = collections.Counter(outcome(result) for result in results)
            for result in results:
                if outcome(result) not in GOOD:
                    failed += 1
                    print(f"  {result.case_id}: {outcome(result)} — {result.description} {result.result}")
                elif outcome(result) == "NON-STRICT":
                    print(f"  {result.case_id}: NON-STRICT")
            total += counts
            print(f"{path}: " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    finally:
        host.stop()
        shutil.rmtree(folder)
    print(f"Autobahn: {sum(total.values())} cases, "
          + ", ".join(f"{count} {name}" for name, count in sorted(total.items())) + f"; {failed} failed")
    return 1 if failed or not total else 0


if __name__ == "__main__":
    sys.exit(main())
