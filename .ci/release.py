"""Builds the wheel and the addon as they are published, and checks them: `release.py TARGET OUT`.

TARGET is cargo's target folder. OUT is recreated, with the source distribution, the wheel built from it, and the addon. maturin
must be installed in the Python that runs this program. The addon requires `npm ci` in bindings-node.

Panic messages and debug information contain paths of source files. To keep paths of the build machine out of the packages, rustc
and the C compiler replace them with names. Cargo's `trim-paths` can replace this when it is stable.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Limits in bytes. A wheel is compressed, an addon is not.
LARGEST_WHEEL = 20_000_000
LARGEST_ADDON = 40_000_000

# Matches paths of other machines, which prebuilt code may contain.
FOREIGN_PATH = re.compile(rb"(/home/|/Users/|[A-Z]:\\Users\\)[A-Za-z0-9._-]+[/\\]|\.cargo[/\\]registry")


def folders(target: Path, out: Path) -> dict[str, str]:
    """Returns the folders that a compiler may embed, with their replacements. A later one overrides an earlier one."""
    home = Path.home()
    sysroot = subprocess.run(["rustc", "--print", "sysroot"], check=True, capture_output=True, text=True).stdout.strip()
    return {
        str(home): "home",
        os.environ.get("RUSTUP_HOME") or str(home / ".rustup"): "rustup",
        str(Path(sysroot) / "lib/rustlib/src/rust"): "rust",
        os.environ.get("CARGO_HOME") or str(home / ".cargo"): "cargo",
        str(ROOT): "outlay",
        str(target): "target",
        str(out): "sdist",
    }


def environment(known: dict[str, str]) -> dict[str, str]:
    """Returns the environment of a build that embeds no path of this machine."""
    given = os.environ.get("CARGO_ENCODED_RUSTFLAGS", "").split("\x1f") if "CARGO_ENCODED_RUSTFLAGS" in os.environ else []
    given = given or os.environ.get("RUSTFLAGS", "").split()
    flags = [*given, *(f"--remap-path-prefix={path}={name}" for path, name in known.items())]
    # napi strips symbols by RUSTFLAGS, which cargo ignores when CARGO_ENCODED_RUSTFLAGS is set.
    variables = {**os.environ, "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags), "CARGO_PROFILE_RELEASE_STRIP": "symbols"}
    if os.name != "nt":
        # Makes the crate `cc` split the flags as a shell does, so that paths may contain blanks.
        variables["CC_SHELL_ESCAPED_FLAGS"] = "1"
        # GCC and Clang use the last prefix that matches, as rustc does.
        prefixes = shlex.join(f"-ffile-prefix-map={path}={name}" for path, name in known.items())
        for name in ("CFLAGS", "CXXFLAGS"):
            variables[name] = f"{os.environ.get(name, '')} {prefixes}".strip()
    return variables


def build(target: Path, out: Path, variables: dict[str, str]) -> list[Path]:
    """Builds the wheel and the addon. Both name the same target, so that shared dependencies are compiled once."""
    version = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    triple = re.search(r"^host: (.*)$", version, re.MULTILINE)
    assert triple, version
    to = ["--target", triple[1], "--target-dir", str(target)]
    maturin = [sys.executable, "-m", "maturin"]
    sdist = [*maturin, "sdist", "--out", str(out), "-m", str(ROOT / "bindings-python/Cargo.toml")]
    subprocess.run(sdist, check=True, env=variables, stderr=subprocess.DEVNULL)
    # Builds from the source distribution, to show that it contains everything the build needs.
    (archive,) = out.glob("*.tar.gz")
    with tarfile.open(archive) as source:
        source.extractall(out, filter="data")
    unpacked = out / archive.name.removesuffix(".tar.gz")
    # All files in the archive have the same modification time, so cargo would not detect changes since the last build.
    for file in unpacked.rglob("*"):
        os.utime(file)
    wheel = [*maturin, "build", "--quiet", "--release", "--out", str(out), *to]
    subprocess.run(wheel, check=True, env=variables, cwd=unpacked)
    package = ROOT / "bindings-node"
    # The package's own build command, with a separate output folder, so that the addon of the tests is not overwritten.
    options, _, cargo = json.loads((package / "package.json").read_text())["scripts"]["build"].partition(" -- ")
    napi = [str(package / "node_modules/.bin/napi"), *options.split()[1:], "--output-dir", str(out), *to]
    subprocess.run([*napi, "--", *cargo.split()], check=True, env=variables, cwd=package, stdout=subprocess.DEVNULL)
    return [*out.glob("*.whl"), *out.glob("*.node")]


def paths(known: dict[str, str], name: str, content: bytes) -> list[str]:
    """Returns the machine paths found in a file, with the surrounding text."""
    needles = [re.escape(os.fsencode(path.rstrip("/\\"))) + rb"[/\\]" for path in known if len(path) > 1]
    found = []
    for match in re.finditer(b"|".join([*needles, FOREIGN_PATH.pattern]), content):
        # The surrounding text, up to the next byte that is not printable.
        before = re.search(rb"[ -~]*\Z", content[max(match.start() - 80, 0) : match.start()])
        after = re.match(rb"[ -~]*", content[match.end() : match.end() + 120])
        text = (before[0] if before else b"") + match[0] + (after[0] if after else b"")
        found.append(f"{name}: {text.decode('ascii', 'replace')}")
    return found


def check_wheel(known: dict[str, str], wheel: Path) -> list[str]:
    """Returns the problems of a wheel."""
    wrong = [] if wheel.stat().st_size <= LARGEST_WHEEL else [f"{wheel.name} has {wheel.stat().st_size} bytes"]
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        for name in names:
            wrong += paths(known, name, archive.read(name))
    for wanted in (
        r"outlay/__init__\.py",
        r"outlay/py\.typed",
        r"outlay/_native\.pyi",
        r"outlay/_native\.abi3\.(so|pyd)",
        r"outlay-[^/]*\.dist-info/licenses/LICENSE-APACHE",
        r"outlay-[^/]*\.dist-info/licenses/LICENSE-MIT",
    ):
        if not any(re.fullmatch(wanted, name) for name in names):
            wrong.append(f"{wheel.name} has no {wanted}")
    allowed = r"outlay/[_a-z]+\.py|outlay/py\.typed|outlay/_native\..*|outlay-[^/]*\.dist-info/.*"
    return wrong + [f"{wheel.name} has {name}" for name in names if not re.fullmatch(allowed, name)]


def check_addon(known: dict[str, str], addon: Path) -> list[str]:
    """Returns the problems of an addon."""
    wrong = [] if addon.stat().st_size <= LARGEST_ADDON else [f"{addon.name} has {addon.stat().st_size} bytes"]
    return wrong + paths(known, addon.name, addon.read_bytes())


def main() -> None:
    """Builds the packages and prints their problems."""
    target, out = (Path(given).resolve() for given in sys.argv[1:])
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    known = folders(target, out)
    built = build(target, out, environment(known))
    wrong = []
    for file in built:
        wrong += check_wheel(known, file) if file.suffix == ".whl" else check_addon(known, file)
        print(f"{file} has {file.stat().st_size:,} bytes")
    kinds = sorted(file.suffix for file in built)
    if kinds != [".node", ".whl"]:
        wrong.append(f"one wheel and one addon were to be built, and these were: {kinds}")
    if wrong:
        sys.exit("\n".join([*wrong[:40], f"{len(wrong)} things are wrong with what is to be published"]))


if __name__ == "__main__":
    main()
