#!/bin/bash
# Builds the tests, the host and the modules under one sanitizer, runs the unit tests and then end-to-end tests on that
# build, and fails on any report: of the tests, of the hosts that they start, of any child of those.
#
# Usage: Tests/Sanitizers/run.sh address|thread [filter of unit tests]
set -euo pipefail
cd "$(dirname "$0")/../.."

sanitizer=${1:?address or thread}
filter=${2:-.}
build=.build/sanitize-$sanitizer
python=.build/venv/bin/python
suppressions=$PWD/Tests/Sanitizers
reports=$PWD/$build/reports
flags=(--build-tests --sanitize="$sanitizer" --scratch-path "$build" --jobs "${SANITIZER_JOBS:-$(nproc)}")

# Without tests of the repository's documents, and those of troubles, which measure the time of slow starts and stops.
files=()
for name in anomaly attacks cli events import isolation jobs life services_between_modules smuggling sockets streams \
  way_of_a_request; do
  files+=("Tests/EndToEndTests/test_$name.py")
done

# A crash is no report: some tests crash a child on purpose, and any other crash fails its test.
options="log_path=$reports/report:handle_segv=0:handle_abort=0:print_suppressions=0"
export ASAN_OPTIONS="$options:detect_leaks=1" LSAN_OPTIONS="suppressions=$suppressions/leak.supp:print_suppressions=0"
export TSAN_OPTIONS="$options:history_size=4"

# The Swift run time's own look at a crash reads a dying process's stack, which AddressSanitizer takes for a fault.
export SWIFT_BACKTRACE=enable=no

# What is undefined in C traps. That needs no run time of its own, so such a library can be loaded anywhere.
if [ "$sanitizer" = address ]; then
  flags+=(-Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined)
  export GANTRY_FIXTURE_FLAGS="-fsanitize=undefined -fsanitize-undefined-trap-on-error"
fi
# The modules' libraries use what the host's executable has of the run time; these the linker would not show to them.
if [ "$sanitizer" = thread ]; then
  for name in external_read external_write ignore_thread_begin ignore_thread_end; do
    flags+=(-Xlinker --export-dynamic-symbol="__tsan_$name")
  done
fi

rm -rf "$reports"
mkdir -p "$reports"
swift build "${flags[@]}"

unit=0
# Left out is what counts a process's threads, memory and symbols, which a sanitizer adds to: the conformance of
# modules, of which `gantry check --sanitizer` is a form of its own, and the limits of a worker.
"$build/debug/GantryPackageTests.xctest" --testing-library swift-testing --filter "$filter" \
  --skip 'ConformanceTests|boundsResources' >"$build/unit.log" 2>&1 || unit=$?

# What a host holds until its process ends is no leak; what it loses on the way, the unit tests find. A worker may have
# less memory than a sanitizer needs for itself.
end_to_end=0
{
  make --no-print-directory bundles BUILD="$build" CONFIGURATION=debug TALLY_FLAGS="${GANTRY_FIXTURE_FLAGS:-}" &&
    ASAN_OPTIONS="$options:detect_leaks=0" GANTRY_BUILD="$build" GANTRY_CONFIGURATION=debug "$python" \
      -m pytest -q -k "not worker" "${files[@]}"
} >"$build/end-to-end.log" 2>&1 || end_to_end=$?

found=$(cat "$reports"/report.* 2>/dev/null | grep -ac '^SUMMARY: ' || true)
grep -a '✘' "$build/unit.log" | head -40 || true
grep -aE '^(FAILED|ERROR) ' "$build/end-to-end.log" | head -40 || true
cat "$reports"/report.* 2>/dev/null | grep -a '^SUMMARY: ' | sort | uniq -c | sort -rn | head -40 || true
verdict() {
  if [ "$found" = 0 ] && [ "$unit" = 0 ] && [ "$end_to_end" = 0 ]; then echo "clean"; return; fi
  echo "NOT CLEAN: $found reports, unit tests ended with $unit, end-to-end tests with $end_to_end"
}
unit_summary=$(grep -a 'Test run with' "$build/unit.log" | tail -1 || echo "they did not end, see $build/unit.log")
cat >"$build/summary.txt" <<SUMMARY
$sanitizer sanitizer, unit tests: $unit_summary
$sanitizer sanitizer, end-to-end tests: $(tail -1 "$build/end-to-end.log")
$sanitizer sanitizer, reports: $found
$sanitizer sanitizer: $(verdict)
SUMMARY
cat "$build/summary.txt"
[ "$found" = 0 ] && [ "$unit" = 0 ] && [ "$end_to_end" = 0 ]
