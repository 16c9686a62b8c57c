"""Real charging data through the public API. Skips where the data is not at hand."""

import csv
import gzip
import io
import json
import re
import subprocess

import pytest

from conftest import PRODUCTS, ROOT

PERTH = ROOT.parent / "shared" / "data" / "perth"
IMPORTER = PRODUCTS / "import-sessions"

pytestmark = pytest.mark.skipif(not PERTH.is_dir(), reason="../shared/data is not here")


def energy(row):
    """Energy of a row in kWh; 0 where the file says nothing."""
    return float(row["Total kWh"] or 0)


def pace(row):
    """Energy for each minute of a session of one day; a minute more, since the file knows no seconds."""
    if not row["Start Time"] or not row["End Time"]:
        return 0
    minutes = [int(row[name][:2]) * 60 + int(row[name][3:5]) for name in ("Start Time", "End Time")]
    same_day = row["Start Date"] == row["End Date"] and minutes[1] > minutes[0]
    return energy(row) / (minutes[1] - minutes[0] + 1) if same_day else 0


def year():
    """Name and rows of the year that has the lowest energy of all."""
    years = []
    for file in sorted(PERTH.glob("*.csv.gz")):
        with gzip.open(file, "rt", encoding="utf-8-sig") as text:
            years.append((file.name, list(csv.DictReader(text))))
    return min(years, key=lambda entry: min(map(energy, entry[1])))


def sample(folder, extra):
    """A few hundred ordinary rows and those of `extra`, in a file named like the whole year's."""
    name, all_rows = year()
    wanted = {row["_id"] for row in all_rows[:300] + extra(all_rows)}
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
    faults = {}

    def natural(all_rows):
        """The faults of nature by what they are, whatever their values: the meter that ran back, the impossible pace;
        and the negative energies that are but rounding."""
        faults["KWH_DECREASE"] = [min(all_rows, key=energy)]
        faults["ENERGY_SPIKE"] = [max(all_rows, key=pace)]
        faults["rounding"] = [row for row in all_rows if -0.02 < energy(row) < 0]
        return [row for rows in faults.values() for row in rows]

    path, count = sample(tmp_path, natural)
    summary = run(host, tenant, path, *options)
    assert summary["rows"] == count
    assert summary["rows"] == (summary["analysed"]["clean"] + summary["analysed"]["anomalous"]
                               + summary["storedWithoutVerdict"] + sum(summary["refused"].values())
                               + summary["alreadyStored"] + summary["unreadable"])

    def found(row):
        """Categories that the product found in the row's session."""
        return {category for name, categories in summary["analysed"]["findings"].items()
                if re.search(rf"-{row['_id']}(\D|$)", name) for category in categories}

    for category in ("KWH_DECREASE", "ENERGY_SPIKE"):
        assert category in found(faults[category][0])
    assert not any(found(row) & {"KWH_DECREASE", "ENERGY_NEGATIVE"} for row in faults["rounding"])

    again = run(host, tenant, path, *options)
    assert again["alreadyStored"] == count - again["unreadable"] - sum(again["refused"].values())
