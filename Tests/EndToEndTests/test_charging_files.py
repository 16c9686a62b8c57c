"""The example for charging operators: its files through its command against a running host."""

import subprocess

from conftest import PRODUCTS, ROOT

FILES = ROOT / "Examples/charging/files"
COMMAND = PRODUCTS / "charging-verdicts"


def run(host, *arguments, tenant="harbor"):
    return subprocess.run(
        [COMMAND, "--url", f"http://127.0.0.1:{host.port}", "--key", host.key(tenant), *map(str, arguments)],
        capture_output=True, text=True, timeout=120)


def rows(done):
    """The table: session, station, verdict of each row; rows that belong to the session above have an empty name."""
    table = done.stdout.split("\n\n")[0].splitlines()
    starts = [table[0].index(name) for name in ("SESSION", "STATION", "VERDICT", "SCORE")]
    return [tuple(line[start:end].strip() for start, end in zip(starts, starts[1:])) for line in table[1:]]


def test_a_stations_log(host):
    done = run(host, "--rated-power", "22", "--language", "de", FILES / "ocpp16-station.jsonl")
    assert done.returncode == 2, done.stderr
    assert rows(done) == [("HH-DEPOT-07-4711", "HH-DEPOT-07", "KWH_DECREASE"),
                          ("HH-DEPOT-07-4712", "HH-DEPOT-07", "clean")]
    assert "2026-06-14 05:18 to 05:33" in done.stdout
    assert "von 18.214,1 kWh auf 18.209,8 kWh" in done.stdout
    assert "1 signed values left out" in done.stderr
    # Once more: what is stored is replaced, and the verdicts are the same.
    again = run(host, "--rated-power", "22", "--language", "de", FILES / "ocpp16-station.jsonl")
    assert again.returncode == 2 and again.stdout == done.stdout


def test_charge_detail_records(host):
    done = run(host, "--explain", "none", FILES / "ocpi-cdrs.json")
    assert done.returncode == 2, done.stderr
    assert rows(done) == [("DE-HHX-2026-0614-001", "HH-KAI-01", "clean"),
                          ("DE-HHX-2026-0614-002", "HH-KAI-01", "ZERO_ENERGY"),
                          ("DE-HHX-2026-0614-003", "HH-KAI-01", "ENERGY_SPIKE")]


def test_single_meter_values_and_the_exit_status(host, tmp_path):
    done = run(host, "--station", "FAST-1", "--language", "fr", FILES / "ocpp16-metervalues.json")
    assert done.returncode == 2 and "SOC_OUT_OF_RANGE" in done.stdout and "128 %" in done.stdout
    clean = tmp_path / "clean.jsonl"
    clean.write_text("\n".join(
        line for line in (FILES / "ocpp16-station.jsonl").read_text().splitlines() if "4711" not in line
        and "18211400" not in line))
    done = run(host, clean, tenant="linden")
    assert done.returncode == 0, done.stdout + done.stderr
    assert run(host, FILES / "ocpp16-metervalues.json").returncode == 1
    assert run(host).returncode == 64
    missing = run(host, tmp_path / "missing.json")
    assert missing.returncode == 1 and "missing.json" in missing.stderr
