"""The report: one table per scenario, the targets below it, and the same as JSON."""

import os
import platform
import statistics
from pathlib import Path

from .scenarios import Contest, Scenario, Target


def summary(contest: Contest, baseline: Contest | None) -> dict:
    """The figures of one server: medians over the rounds."""
    cpu = [sample.cpu_microseconds for sample in contest.samples]
    return {
        "cpuMicrosecondsMedian": statistics.median(cpu),
        "cpuMicrosecondsMinimum": min(cpu),
        "cpuMicrosecondsMaximum": max(cpu),
        "requestsPerSecondMedian": statistics.median(sample.requests_per_second for sample in contest.samples),
        "p50MicrosecondsMedian": statistics.median(sample.p50_microseconds for sample in contest.samples),
        "p99MicrosecondsMedian": statistics.median(sample.p99_microseconds for sample in contest.samples),
        "ratioToBaseline": ratio(contest, baseline, "cpu") if baseline else None,
        "memoryMebibytes": contest.samples[-1].memory_mebibytes,
        "rounds": [
            {
                "cpuMicroseconds": sample.cpu_microseconds,
                "requestsPerSecond": sample.requests_per_second,
                "p50Microseconds": sample.p50_microseconds,
                "p99Microseconds": sample.p99_microseconds,
                "responseBytes": sample.response_bytes,
                "requests": sample.requests,
            }
            for sample in contest.samples
        ],
    }


def ratio(first: Contest, second: Contest, figure: str) -> float:
    """The median of the rounds' ratios: neighbours in time are compared, so that a slow minute hits both."""
    name = "cpu_microseconds" if figure == "cpu" else "requests_per_second"
    return statistics.median(
        getattr(one, name) / getattr(other, name) for one, other in zip(first.samples, second.samples, strict=True)
    )


def judge(target: Target, contests: dict[str, Contest]) -> dict:
    """A target with what was measured; `met` is None when one of the two did not run."""
    first, second = contests.get(target.first), contests.get(target.second)
    if first is None or second is None:
        return {"target": target.text, "ratio": None, "met": None, "required": target.required}
    found = ratio(first, second, target.figure)
    return {"target": target.text, "ratio": found, "met": target.is_met(found), "required": target.required}


def result(scenario: Scenario, contests: list[Contest]) -> dict:
    """Everything about one scenario, ready for JSON."""
    by_label = {contest.entrant.label: contest for contest in contests}
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "connections": scenario.connections,
        "baseline": scenario.baseline,
        "servers": {label: summary(contest, by_label.get(scenario.baseline)) for label, contest in by_label.items()},
        "targets": [judge(target, by_label) for target in scenario.targets],
    }


def text(found: dict) -> str:
    """The table that people read."""
    lines = [
        "",
        f"{found['scenario']}: {found['title']}",
        f"  {'':<20}{'CPU µs/request':>15}{'min – max':>18}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}"
        f"{'MiB':>7}  ÷ {found['baseline']}",
    ]
    for label, one in found["servers"].items():
        spread = f"{_figure(one['cpuMicrosecondsMinimum'])} – {_figure(one['cpuMicrosecondsMaximum'])}"
        relative = "" if one["ratioToBaseline"] is None else f"{one['ratioToBaseline']:.2f}"
        lines.append(
            f"  {label:<20}{_figure(one['cpuMicrosecondsMedian']):>15}{spread:>18}"
            f"{one['requestsPerSecondMedian']:>12,.0f}{one['p50MicrosecondsMedian'] / 1000:>9.2f}"
            f"{one['p99MicrosecondsMedian'] / 1000:>9.2f}{one['memoryMebibytes']:>7.0f}  {relative}"
        )
    for target in found["targets"]:
        verdict = "not measured" if target["met"] is None else "met" if target["met"] else "NOT MET"
        measured = "" if target["ratio"] is None else f" ({target['ratio']:.2f})"
        lines.append(f"  target {target['target']}: {verdict}{measured}")
    return "\n".join(lines)


def machine() -> dict:
    """What the figures were taken on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def _figure(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"
