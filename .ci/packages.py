"""Checks the files and the metadata of the crate, the source distribution for Python and the package for Node.

Run by `make test-packages`. Nothing is compiled: `release.py` checks the built packages.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from email.message import Message
from email.parser import BytesParser
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LICENCES = ("LICENSE-APACHE", "LICENSE-MIT")
KEYWORDS = ["aws", "billing", "finops", "focus", "arrow"]
# Headings that the page of a package must have.
HEADINGS = ("Install", "First program", "What is checked", "Options", "Errors", "From AWS", "Licence")

# Each file matches a line, and each line matches a file. `*` also matches `/`.
CRATE = """
    .cargo_vcs_info.json
    Cargo.lock
    Cargo.toml
    Cargo.toml.orig
    LICENSE-APACHE
    LICENSE-MIT
    MAPPING.md
    PROOF.md
    README.md
    src/*.rs
    src/rules/regions.csv
    src/rules/services.csv
"""
SDIST = """
    Cargo.lock
    Cargo.toml
    LICENSE-APACHE
    LICENSE-MIT
    PKG-INFO
    README.md
    bindings-python/Cargo.toml
    bindings-python/LICENSE-APACHE
    bindings-python/LICENSE-MIT
    bindings-python/README.md
    bindings-python/src/*.rs
    core/Cargo.toml
    core/LICENSE-APACHE
    core/LICENSE-MIT
    core/MAPPING.md
    core/PROOF.md
    core/README.md
    core/src/*.rs
    core/src/rules/regions.csv
    core/src/rules/services.csv
    pyproject.toml
    python/outlay/*.py
    python/outlay/_native.pyi
    python/outlay/py.typed
"""
NPM = """
    LICENSE-APACHE
    LICENSE-MIT
    README.md
    bin/outlay.js
    lib/*.d.mts
    lib/*.d.ts
    lib/*.js
    lib/*.mjs
    package.json
"""
# Limits of the download sizes, in bytes.
MOST_BYTES = {"crate": 600_000, "sdist": 800_000, "npm": 80_000}


def run(*command: str, folder: Path = ROOT) -> str:
    """Returns the output of a command."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


NPM_COMMAND = "npm.cmd" if os.name == "nt" else "npm"


def without_addons(copy: Path) -> Path:
    """Copies the package for Node without its dependencies and local builds."""
    shutil.copytree(ROOT / "bindings-node", copy, ignore=shutil.ignore_patterns("node_modules", "*.node", "test"))
    return copy


def files(archive: Path) -> dict[str, bytes]:
    """Returns the files of an archive, by their paths below its single top folder."""
    with tarfile.open(archive) as opened:
        members = [member for member in opened if member.isfile()]
        return {member.name.partition("/")[2]: opened.extractfile(member).read() for member in members}


class Packages(unittest.TestCase):
    """Compares each package with its list."""

    def holds(self, names: list[str], listed: str) -> None:
        """Compares names with a list."""
        lines = listed.split()
        alien = [name for name in names if not any(fnmatchcase(name, line) for line in lines)]
        missing = [line for line in lines if not any(fnmatchcase(name, line) for name in names)]
        self.assertEqual((alien, missing), ([], []), "files that no line allows, and lines without a file")
        tests = [name for name in names if re.search(r"(^|/)(tests?|data|golden)/", name) and not name.endswith(".rs")]
        self.assertEqual(tests, [], "data of tests")

    def has_licences(self, held: dict[str, bytes], folder: str = "") -> None:
        """Compares the licences with those of the repository."""
        for name in LICENCES:
            self.assertEqual(held[folder + name], (ROOT / name).read_bytes(), folder + name)

    def is_page(self, text: str) -> None:
        """Checks that a page has the required headings and no links into the repository."""
        found = re.findall(r"^## (.*)$", text, re.MULTILINE)
        self.assertEqual([wanted for wanted in HEADINGS if wanted not in found], [], f"headings that are not in {found}")
        links = re.findall(r"\]\(([^)]*)\)", text)
        self.assertEqual([link for link in links if not link.startswith("https://")], [], "links into the repository")

    def test_lists(self) -> None:
        """Tests the comparison itself."""
        for names, listed in ((["a.rs"], "b.rs"), (["a.rs", "x.csv"], "a.rs"), (["a.rs"], "a.rs x.csv")):
            with self.assertRaises(AssertionError):
                self.holds(names, listed)
        with self.assertRaises(AssertionError):
            self.holds(["tests/data/report.csv"], "*")
        with self.assertRaises(AssertionError):
            self.is_page("# outlay\n")
        self.holds(["src/a/b.rs"], "src/*.rs")

    def test_crate(self) -> None:
        """Checks the crate, as `cargo publish` would upload it."""
        command = ("cargo", "package", "--package", "outlay", "--locked", "--allow-dirty", "--quiet")
        listed = run(*command, "--list").splitlines()
        with tempfile.TemporaryDirectory() as folder:
            run(*command, "--no-verify", "--target-dir", folder)
            (archive,) = Path(folder).glob("package/*.crate")
            self.assertLessEqual(archive.stat().st_size, MOST_BYTES["crate"])
            held = files(archive)
        # This file is absent when the tree has no Git commit.
        vcs = {".cargo_vcs_info.json"}
        self.assertEqual(set(listed) - vcs, set(held) - vcs)
        self.holds(sorted({*held, *vcs}), CRATE)
        self.has_licences(held)
        self.assertEqual(held["README.md"], (ROOT / "README.md").read_bytes())

    def test_crate_metadata(self) -> None:
        """Checks the metadata that the registry shows for the crate."""
        packages = json.loads(run("cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"))["packages"]
        (crate,) = (package for package in packages if package["name"] == "outlay")
        told = {name: crate[name] for name in ("license", "keywords", "documentation", "readme")}
        self.assertEqual(told, {
            "license": "MIT OR Apache-2.0",
            "keywords": KEYWORDS,
            "documentation": "https://docs.rs/outlay",
            "readme": "../README.md",
        })
        self.assertTrue(crate["description"] and crate["categories"] and crate["rust_version"])
        self.assertEqual([package["name"] for package in packages if package["publish"] is None], ["outlay"])

    def test_sdist(self) -> None:
        """Checks the source distribution for Python and its metadata."""
        with tempfile.TemporaryDirectory() as folder:
            run(sys.executable, "-m", "maturin", "sdist", "-m", "bindings-python/Cargo.toml", "-o", folder)
            (archive,) = Path(folder).glob("*.tar.gz")
            self.assertLessEqual(archive.stat().st_size, MOST_BYTES["sdist"])
            held = files(archive)
        self.holds(sorted(held), SDIST)
        self.has_licences(held)
        told: Message = BytesParser().parsebytes(held["PKG-INFO"])
        self.assertEqual(told["License-Expression"], "MIT OR Apache-2.0")
        self.assertEqual(sorted(told.get_all("License-File")), sorted(LICENCES))
        self.assertEqual(told["Keywords"].split(","), KEYWORDS)
        self.assertEqual(told.get_all("Project-URL"), ["Documentation, https://docs.rs/outlay"])
        self.assertTrue(told["Summary"] and told["Requires-Python"] and told.get_all("Classifier"))
        page = told.get_payload(decode=True).decode()
        self.assertEqual(page.strip(), (ROOT / "bindings-python/README.md").read_text(encoding="utf-8").strip())
        self.is_page(page)

    def test_npm(self) -> None:
        """Checks the package for Node and its metadata. In the registry the addons are separate packages."""
        folder = ROOT / "bindings-node"
        with tempfile.TemporaryDirectory() as place:
            copy = without_addons(Path(place) / "copy")
            # The script `prepare` builds an addon, which is not needed here.
            (packed,) = json.loads(run(NPM_COMMAND, "pack", "--dry-run", "--json", "--ignore-scripts", folder=copy))
        self.assertLessEqual(packed["size"], MOST_BYTES["npm"])
        self.holds([file["path"] for file in packed["files"]], NPM)
        self.has_licences({name: (folder / name).read_bytes() for name in LICENCES})
        told = json.loads((folder / "package.json").read_text())
        self.assertEqual((told["license"], told["keywords"]), ("MIT OR Apache-2.0", KEYWORDS))
        self.assertEqual(told["homepage"], "https://docs.rs/outlay")
        self.assertTrue(told["description"] and told["engines"] and told["types"])
        self.is_page((folder / "README.md").read_text(encoding="utf-8"))

    def test_npm_addon(self) -> None:
        """Checks that a local build is in the archive of `npm pack` and in the copy of `npm install --install-links`."""
        with tempfile.TemporaryDirectory() as place:
            copy = without_addons(Path(place) / "copy")
            addon = "outlay.linux-x64-gnu.node"
            (copy / addon).write_bytes(b"an addon")
            run(NPM_COMMAND, "pack", "--ignore-scripts", "--pack-destination", place, folder=copy)
            (archive,) = Path(place).glob("*.tgz")
            self.assertEqual(files(archive)[addon], b"an addon")
            project = Path(place) / "project"
            project.mkdir()
            (project / "package.json").write_text('{ "private": true }')
            run(NPM_COMMAND, "install", "--install-links", "--ignore-scripts", "--offline", "--no-audit", str(copy), folder=project)
            self.assertEqual((project / "node_modules/outlay" / addon).read_bytes(), b"an addon")
            # Before a package is published, it is removed.
            run("node", "unbuild.mjs", folder=copy)
            self.assertEqual(list(copy.glob("*.node")), [])

    def test_versions(self) -> None:
        """Checks that the three packages have the same version and description."""
        cargo = (ROOT / "Cargo.toml").read_text()
        node = json.loads((ROOT / "bindings-node/package.json").read_text())
        version = re.search(r'^version = "(.*)"', cargo, re.MULTILINE)
        self.assertEqual(node["version"], version and version[1])
        for file in ("core/Cargo.toml", "bindings-python/pyproject.toml"):
            self.assertIn(f'description = "{node["description"]}"', (ROOT / file).read_text(), file)


if __name__ == "__main__":
    unittest.main()
