"""Real charging data through the public API. Skips where the data is not at hand."""

import csv
import gzip
import io
import json
import subprocess

import pytest

from conftest import BUILD, ROOT

PERTH = ROOT.parent / "shared" / "data" / "perth"
IMPORTER = BUILD / "release" / "import-sessions"

pytestmark = pytest.mark.skipif(not PERTH.is_dir(), reason="../shared/data is not here")


def rows():
    """The rows of the first year, and with each its energy."""
    file = sorted(PERTH.glob("*.csv.gz"))[0]
    with gzip.open(file, "rt", encoding="utf-8-sig") as text:
        return file.name, list(csv.DictReader(text))


def sample(folder, extra):
    """A few hundred ordinary rows and those of `extra`, in a file named like the whole year's."""
    name, all_rows = rows()
    wanted = {row["_id"] for row in all_rows[:300]} | {row["_id"] for row in extra(all_rows)}
    text = io.StringIO()
    writer = csv.DictWriter(text, all_rows[0].keys())
    writer.writeheader()
    writer.writerows(row for row in all_rows if row["_id"] in wanted)
    path = folder / name
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(text.getvalue())
    return path, len(wanted)


def run(host, tenant, path, *options):
    done = subprocess.run(
        [IMPORTER, "--url", f"http://127.0.0.1:{host.port}", "--key", host.key(tenant), "--format", "perth", "--json",
         *options, path], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("tenant, options", [("harbor", ()), ("linden", ("--scale", "0.5", "--shift-days", "100"))])
def test_every_row_is_accounted_for_and_the_natural_faults_come_out(host, tmp_path, tenant, options):
    def natural(all_rows):
        """Whatever year this is: the lowest energy, by its property and not by its value."""
        by_energy = sorted((row for row in all_rows if row["Total kWh"]), key=lambda row: float(row["Total kWh"]))
        return by_energy[:1] + by_energy[-1:]

    path, count = sample(tmp_path, natural)
    summary = run(host, tenant, path, *options)
    assert summary["rows"] == count
    assert summary["rows"] == (summary["analysed"]["clean"] + summary["analysed"]["anomalous"]
                               + summary["storedWithoutVerdict"] + sum(summary["refused"].values())
                               + summary["alreadyStored"] + summary["unreadable"])
    again = run(host, tenant, path, *options)
    assert again["alreadyStored"] == count - again["unreadable"] - sum(again["refused"].values())
