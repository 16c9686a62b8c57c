"""A stranger with the README alone: its commands, one after the other, in an empty folder and a clean environment."""

import os
import re
import shutil
import signal
import socket
import subprocess

from conftest import GANTRY, ROOT


def commands():
    """The blocks of the chapter, without the build of the repository and what runs until Ctrl-C."""
    chapter = re.search(r"^## Write a module\n(.*?)^## ", (ROOT / "README.md").read_text(), re.M | re.S).group(1)
    blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", chapter, re.M)
    texts = ["\n".join(line[4:] for line in block.strip("\n").split("\n")) for block in blocks]
    assert [text for text in texts if text == "make dev"], "the README speaks of `make dev`"
    assert "make build\n" in texts[0]
    return [text for text in texts[1:] if text != "make dev"]


def test_the_commands_of_the_readme_serve_a_module_of_ones_own(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = "set -eu\n" + "\n".join(commands()).replace("127.0.0.1:8080", f"127.0.0.1:{port}")
    # The host that the script leaves in the background is ended with it.
    process = subprocess.Popen(
        ["bash", "-c", script + "\nkill $!; wait $! || true\n"], cwd=tmp_path, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={"PATH": f"{GANTRY.parent}:/usr/bin:/bin", "HOME": str(tmp_path)})
    try:
        output, errors = process.communicate(timeout=120)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, errors[-3000:]
    lines = output.splitlines()
    assert "passed" in lines, output
    assert lines[-1].count('"text":"Nuts, 3 cents"') == 2, lines[-1]  # the note, and the list that has it
    shutil.rmtree(tmp_path / "price-list")
