"""Each example is built alone, as its reader would, and tried through HTTP with two tenants; and what their kits
promise: private libraries stay private, and neither exceptions nor panics reach the host."""

import os
import re
import shutil
import subprocess

import pytest
from conftest import BUILD, GANTRY, ROOT, eventually

EXAMPLES = {"stock-c": "stock", "search-cpp": "search", "links-rust": "links", "notes-swift": "notes"}
KIT = ROOT / "PluginAPI"


def make(folder, *goals):
    done = subprocess.run(
        ["make", *goals], cwd=folder, capture_output=True, text=True, timeout=600,
        env={**os.environ, "GANTRY": str(GANTRY)})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_built_alone_and_keeps_tenants_apart(example):
    folder = ROOT / "Examples" / example
    make(folder, "bundle")
    assert "0 failed" in make(folder, "check")
    output = subprocess.run(
        [GANTRY, "dev", folder, "--test", "tests/http.sh"], capture_output=True, text=True, timeout=300)
    assert output.returncode == 0, output.stdout + output.stderr
    assert output.stdout.splitlines()[-1] == "passed"


def test_libraries_of_one_name_in_two_modules_do_not_meet(tmp_path, own_host):
    """The example, and the same with a reader of another kind under the very same names, in one process."""
    source = ROOT / "Examples/stock-c"
    for name, separator in (("stock", "','"), ("semicolons", "';'")):
        project = tmp_path / name
        shutil.copytree(source, project, ignore=shutil.ignore_patterns("build"))
        reader = project / "csv/csv.c"
        text = reader.read_text()
        reader.write_text(text.replace('",\\r\\n"', f'"{separator[1]}\\r\\n"').replace("','", separator))
        for file in [project / "stock.c", *project.glob("bundle/*.yaml")]:
            text = file.read_text()
            file.write_text(text.replace('"stock"', f'"{name}"').replace("id: stock", f"id: {name}")
                            .replace("/v1/stock", f"/v1/{name}"))
        make(project, "build/libstock.so", f"SDK={KIT}")
        symbols = subprocess.run(
            ["nm", "-D", "--defined-only", project / "build/libstock.so"], capture_output=True, text=True, check=True)
        assert [line.split()[-1] for line in symbols.stdout.splitlines()] == ["gantry_entry_v1"]
        subprocess.run([GANTRY, "bundle", "build", "--manifest", project / "bundle", "--library",
                        project / "build/libstock.so", "--output", tmp_path / "bundles"], check=True,
                       capture_output=True)
    own_host.deployment.write_text(
        f"bundles: [{tmp_path}/bundles]\ntenants:\n  - {{id: north, modules: {{stock: {{}}, semicolons: {{}}}}}}\n")
    own_host.start()
    for name, good, bad in (("stock", b"a,b,1\n", b"a;b;1\n"), ("semicolons", b"a;b;1\n", b"a,b,1\n")):
        for body, status in ((good, 200), (bad, 422), (good, 200)):
            answer = own_host.call("POST", f"/v1/{name}/imports", body, own_host.key("north"),
                                   {"Content-Type": "text/csv"})
            assert answer.status == status, (name, body, answer.body)


MODULES = ROOT / "Tests/EndToEndTests/modules"
COMMON = ["-O1", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{KIT}/C/include",
          f"-Wl,--version-script={KIT}/C/gantry.map"]


def build_c(folder, source, name):
    subprocess.run(["gcc", "-std=c11", *COMMON, f"-I{KIT}/CKit", "-o", folder / f"lib{name}.so", source], check=True)


def build_cpp(folder, source=MODULES / "throws/throws.cpp", name="throws"):
    subprocess.run(["g++", "-std=c++17", *COMMON, "-fno-gnu-unique", f"-I{KIT}/Cpp", "-o", folder / f"lib{name}.so",
                    source], check=True)


def build_rust(folder, source=MODULES / "panics/lib.rs", name="throws"):
    common = ["rustc", "--edition", "2021", "-D", "warnings", "-C", "link-arg=-Wl,--no-gc-sections"]
    subprocess.run([*common, "--crate-type", "rlib", "--crate-name", "gantry", "-o", folder / "libgantry.rlib",
                    KIT / "Rust/kit/lib.rs"], check=True)
    subprocess.run([*common, "--crate-type", "cdylib", "--crate-name", name, "--extern",
                    f"gantry={folder}/libgantry.rlib", "-o", folder / f"lib{name}.so", source], check=True)


@pytest.mark.parametrize("build", [build_cpp, build_rust])
def test_neither_exceptions_nor_panics_reach_the_host(tmp_path, own_host, build):
    build(tmp_path)
    subprocess.run([GANTRY, "bundle", "build", "--manifest", ROOT / "Tests/EndToEndTests/modules/throws/bundle",
                    "--library", tmp_path / "libthrows.so", "--output", tmp_path / "bundles"], check=True,
                   capture_output=True)
    own_host.deployment.write_text(
        f"bundles: [{BUILD}/bundles, {tmp_path}/bundles]\ntenants:\n  - {{id: north, modules: {{throws: {{}}}}}}\n"
        "  - {id: south, modules: {throws: {}}}\n")
    own_host.start()

    def fail(place, how, tenant="north"):
        return own_host.call("POST", f"/v1/fail/{place}/{how}", headers={"X-Tenant-Id": tenant})

    assert fail("nowhere", "x").json == 1
    for place in ("handler", "transaction", "row"):
        assert fail(place, "text").status == 500
        assert fail(place, "number").status == 500
        refused = fail(place, "refusal")
        assert (refused.status, refused.reason) == (409, "refused"), refused.body
    assert fail("statement", "x").status == 500
    # The host lives, what failed left nothing behind, and the operator can read why.
    assert fail("nowhere", "x").json == 2
    assert fail("nowhere", "x", tenant="south").json == 1
    assert own_host.process.poll() is None
    for words in ("it is said", "nowhere"):
        eventually(lambda: any(
            line["level"] == "error" and words in line["message"] for line in own_host.log_lines()))


@pytest.mark.parametrize(
    "build, source", [(build_c, "handover.c"), (build_cpp, "handover.cpp"), (build_rust, "lib.rs")])
def test_state_jobs_and_secrets_are_within_reach_of_each_kit(tmp_path, build, source):
    """A module that hands its count to the next generation keeps every promise: the check `state` among them."""
    build(tmp_path, MODULES / "handover" / source, "handover")
    done = subprocess.run(
        [GANTRY, "check", MODULES / "handover/bundle", "--library", tmp_path / "libhandover.so"], capture_output=True,
        text=True, timeout=300)
    assert done.returncode == 0 and "0 failed" in done.stdout and "skipped" not in done.stdout, done.stdout


def test_the_table_of_kits_is_what_their_sources_say():
    """Each table of the interface, and which kits have more for it than its header."""
    headers = "".join(path.read_text() for path in (KIT / "C/include/gantry").glob("*.h"))
    names = dict(re.findall(r'#define (GANTRY_[A-Z_]+_ID) "([a-z_.]+)"', headers))
    folders = [KIT / "CKit", KIT / "Cpp", KIT / "Rust/kit", KIT / "Swift"]
    sources = ["".join(path.read_text() for path in folder.rglob("*.*") if path.is_file()) for folder in folders]
    chapter = (ROOT / "Documentation/AUTHORING.md").read_text().split("| table | C | C++ | Rust | Swift |\n")[1]
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \| (.*) \|$", chapter.split("\n\n")[0], re.M))
    assert set(rows) == set(names.values())
    for macro, table in names.items():
        there = ["yes" if re.search(rf"\b{macro}\b", source) else "" for source in sources]
        assert [one.strip() for one in rows[table].split("|")] == there, table
