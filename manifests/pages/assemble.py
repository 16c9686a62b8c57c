#!/usr/bin/env python3
"""Puts the files of the pages `/docs` and `/redoc` together: the host's own, and those of Swagger UI and Redoc as the
wheel of drf-spectacular-sidecar has them. Pictures that a stylesheet or a script carries inside become files, since the
host's content security policy lets pages load nothing but files of the host."""

import base64
import hashlib
import pathlib
import re
import shutil
import sys
import urllib.parse
import zipfile

OWN = ["explorer.html", "explorer.js", "reader.html", "reader.js", "reader-styles.js", "reader.css"]
FOREIGN = {
    "swagger-ui-dist/swagger-ui.css": "swagger-ui.css",
    "swagger-ui-dist/swagger-ui-bundle.js": "swagger-ui-bundle.js",
    "swagger-ui-dist/favicon-32x32.png": "favicon-32x32.png",
    "swagger-ui-dist/LICENSE": "swagger-ui.LICENSE.txt",
    "redoc/bundles/redoc.standalone.js": "redoc.standalone.js",
    "redoc/LICENSE": "redoc.LICENSE.txt",
}
PREFIX = "drf_spectacular_sidecar/static/drf_spectacular_sidecar/"
SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg"}
# A mark that Redoc loads from its makers' host; reader.css hides what is left of it.
OUTSIDE_PICTURE = '"https://cdn.redoc.ly/redoc/logo-mini.svg"'
PICTURE = re.compile(r"""url\((["']?)data:(image/[a-z+]+)([^,]*),((?:\\.|(?!\1\)).)*)\1\)""")


def picture(match, folder, place=""):
    """Writes one picture; returns what stands in its place. In scripts reader-styles.js says where the files are."""
    _, kind, parameters, data = match.groups()
    data = re.sub(r"\\(.)", r"\1", data)
    content = base64.b64decode(data) if "base64" in parameters else urllib.parse.unquote(data).encode()
    name = f"{hashlib.sha256(content).hexdigest()[:16]}.{SUFFIXES[kind]}"
    (folder / name).write_bytes(content)
    return f"url({place}{name})"


def main(wheel, output):
    own = pathlib.Path(__file__).resolve().parent
    folder = pathlib.Path(output)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in OWN:
        shutil.copyfile(own / name, folder / name)
    with zipfile.ZipFile(wheel) as files:
        for source, name in FOREIGN.items():
            content = files.read(PREFIX + source)
            if name.endswith((".css", ".js")):
                text = re.sub(r"\n(//|/\*)# sourceMappingURL=[^\n]*", "", content.decode())
                place = "" if name.endswith(".css") else "page-file:"
                text = PICTURE.sub(lambda match: picture(match, folder, place), text)
                content = text.replace(OUTSIDE_PICTURE, "void 0").encode()
            (folder / name).write_bytes(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
