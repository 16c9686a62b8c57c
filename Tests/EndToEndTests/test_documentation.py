"""The pages speak of what is there: links lead somewhere, excerpts stand in the sources, commands exist."""

import re
import subprocess

import pytest

from conftest import GANTRY, ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "Documentation").rglob("*.md"))]
SOURCES = ["Examples", "Plugins", "PluginAPI", "manifests", "Tests/GantryKitTests",
           "Tests/GuestbookTests", "Tests/Support", "Tests/EndToEndTests/modules", "Package.swift"]
SUFFIXES = {".swift", ".c", ".cpp", ".h", ".yaml", ".sql"}


def lines(text):
    """The text without indentation and empty lines, so that an excerpt may be moved but not changed."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def headings(text):
    """The anchors that a page's headings make."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", text, re.M)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if link.startswith("http"):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in headings(target.read_text()), link


TESTS = "".join(file.read_text() for file in (ROOT / "Tests").glob("*Tests/*.swift"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_and_tests_that_are_named_exist(page):
    text = page.read_text()
    for path in re.findall(r"`((?:Host|Tests|PluginAPI|Plugins|Examples|manifests|Benchmarks)/[\w./+-]*)`", text):
        assert (ROOT / path).exists(), path
    for name in re.findall(r"`(test_\w+\.py)`", text):
        assert (ROOT / "Tests" / "EndToEndTests" / name).exists(), name
    for name in re.findall(r"`(\w+Tests)`", text):
        assert any((ROOT / "Tests" / name).glob("*.swift")) or f"struct {name} " in TESTS, name


def test_excerpts_stand_in_the_sources():
    files = []
    for place in SOURCES:
        path = ROOT / place
        found = [path] if path.is_file() else path.rglob("*")
        files += [file for file in found if file.is_file() and file.suffix in SUFFIXES
                  and not {".build", "build"} & set(file.parts)]
    sources = ["\n".join(lines(file.read_text())) for file in files]
    authoring = (ROOT / "Documentation/AUTHORING.md").read_text()
    excerpts = re.findall(r"```(?:swift|c|yaml|sql)\n(.*?)```", authoring, re.S)
    assert len(excerpts) > 10
    # The README's ten lines are a test's; its other block in Swift is an export under another name.
    excerpts += re.findall(r"```swift\n(public import.*?)```", (ROOT / "README.md").read_text(), re.S)
    for excerpt in excerpts:
        text = "\n".join(lines(excerpt))
        assert any(text in source for source in sources), excerpt


def test_the_map_names_every_target():
    package = (ROOT / "Package.swift").read_text()
    targets = {f"Gantry{folder}" for folder in re.findall(r'host\(\s*"(\w+)"', package)}
    targets |= set(re.findall(r'(?:arget|Library)\(\s*name: "([\w-]+)"', package))
    assert len(targets) > 20
    text = (ROOT / "README.md").read_text()
    assert [name for name in sorted(targets) if f"`{name}`" not in text] == []


def test_commands_that_are_named_exist():
    rows = re.findall(r"^\| `gantry ([^`]+)`", (ROOT / "Documentation/OPERATING.md").read_text(), re.M)
    assert len(rows) > 10
    for row in rows:
        words = row.split()
        deep = words[0] in {
            "tenant", "module", "migrate", "key", "member", "token", "bundle", "secret", "events", "jobs", "webhook",
            "new", "kit", "audit", "capability", "record", "trust"}
        done = subprocess.run([GANTRY, *words[:2 if deep else 1], "--help"], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, row
        for option in re.findall(r"--[a-z]+", row):
            assert option in done.stdout, (row, option)
