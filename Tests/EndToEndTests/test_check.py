"""`gantry check`: what it says to programs, and that its commands for doing something again do it."""

import json
import shlex
import shutil
import subprocess

import jsonschema
import pytest
from conftest import BUILD, GANTRY, ROOT

SCHEMA = json.loads((ROOT / "manifests/schema/check.schema.json").read_text())
FIXTURES = ROOT / "Tests/Fixtures"


@pytest.fixture
def faulty(tmp_path):
    """A bundle whose module loses memory with each call."""
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    shutil.copy(FIXTURES / "module.yaml", bundle)
    shutil.copy(FIXTURES / "Good/openapi.yaml", bundle)
    subprocess.run(
        ["cc", "-std=c11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{ROOT}/PluginAPI/C/include",
         f"-Wl,--version-script={ROOT}/PluginAPI/C/gantry.map", "-o", bundle / "fixture.so",
         FIXTURES / "LosesMemory/fault.c"], check=True)
    return bundle


def check(*words):
    done = subprocess.run([GANTRY, "check", *words], capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout


def examined(*words):
    code, said = check(*words, "--json")
    report = json.loads(said)
    jsonschema.validate(report, SCHEMA)
    return code, report


def test_what_programs_are_told_fits_its_schema(faulty):
    code, report = examined(BUILD / "bundles/tally", "--only", "[dr]*", "--isolation", "worker")
    assert (code, report["failed"], report["isolation"]) == (0, 0, "worker"), report
    assert [one["name"] for one in report["checks"]] == ["describe", "revisions", "denied", "repeated"]
    code, report = examined(faulty, "--only", "[ds]*e*", "--sanitizer", "--reproduce", "7")
    verdicts = {one["name"]: one["verdict"] for one in report["checks"]}
    expected = {"describe": "passed", "state": "skipped", "denied": "failed", "slow-reader": "passed"}
    assert (code, verdicts) == (1, expected), report
    assert report["sanitizer"]["isBuiltIn"] is False and report["seed"] == 7
    assert "loses memory" in report["checks"][2]["happened"]
    # A member that is missing, or has another name, would be seen.
    for wrong in ({**report, "format": 2}, {key: report[key] for key in report if key != "seed"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, SCHEMA)


def test_the_command_that_does_it_again_does(faulty):
    code, report = examined(faulty, "--only", "growth")
    again = report["checks"][0]["reproduce"]
    assert code == 1 and again.startswith("gantry check ")
    code, said = check(*shlex.split(again)[2:])
    assert code == 1 and f"(seed {report['seed']})" in said and "FAILED  growth" in said, said
