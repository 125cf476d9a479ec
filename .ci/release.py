"""Builds the wheel and the addon as they are published, and checks them: `release.py TARGET OUT`.

TARGET is cargo's target folder, OUT is made anew: the source distribution, the wheel built from it, and the addon. maturin is that
of the Python which runs this; the addon needs `npm ci` in bindings-node.

Panic messages and debug information hold the paths of source files. So that a package holds none of the machine that built it,
rustc and the C compiler write names in their place; `trim-paths` of cargo will replace this when it is stable.
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

# In bytes: a wheel is compressed, an addon is not.
LARGEST_WHEEL = 20_000_000
LARGEST_ADDON = 40_000_000

# What a path of some other machine looks like: prebuilt code may bring one.
FOREIGN_PATH = re.compile(rb"(/home/|/Users/|[A-Z]:\\Users\\)[A-Za-z0-9._-]+[/\\]|\.cargo[/\\]registry")


def folders(target: Path, out: Path) -> dict[str, str]:
    """The folders of this machine that a compiler may name, and what it writes instead. A later one wins over an earlier one."""
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
    """The variables of a build which writes no path of this machine."""
    given = os.environ.get("CARGO_ENCODED_RUSTFLAGS", "").split("\x1f") if "CARGO_ENCODED_RUSTFLAGS" in os.environ else []
    given = given or os.environ.get("RUSTFLAGS", "").split()
    flags = [*given, *(f"--remap-path-prefix={path}={name}" for path, name in known.items())]
    # napi strips by RUSTFLAGS, which cargo does not read beside the encoded ones.
    variables = {**os.environ, "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags), "CARGO_PROFILE_RELEASE_STRIP": "symbols"}
    if os.name != "nt":
        # The crate `cc` then splits the flags as a shell does, so that a path may have blanks.
        variables["CC_SHELL_ESCAPED_FLAGS"] = "1"
        # GCC and Clang take the last prefix that fits, as rustc does.
        prefixes = shlex.join(f"-ffile-prefix-map={path}={name}" for path, name in known.items())
        for name in ("CFLAGS", "CXXFLAGS"):
            variables[name] = f"{os.environ.get(name, '')} {prefixes}".strip()
    return variables


def build(target: Path, out: Path, variables: dict[str, str]) -> list[Path]:
    """The wheel and the addon. Both name the target, so that what they have in common is compiled once."""
    version = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    triple = re.search(r"^host: (.*)$", version, re.MULTILINE)
    assert triple, version
    to = ["--target", triple[1], "--target-dir", str(target)]
    maturin = [sys.executable, "-m", "maturin"]
    sdist = [*maturin, "sdist", "--out", str(out), "-m", str(ROOT / "bindings-python/Cargo.toml")]
    subprocess.run(sdist, check=True, env=variables, stderr=subprocess.DEVNULL)
    # From what is published, so that nothing which the build needs is missing there.
    (archive,) = out.glob("*.tar.gz")
    with tarfile.open(archive) as source:
        source.extractall(out, filter="data")
    unpacked = out / archive.name.removesuffix(".tar.gz")
    # The archive gives all files one time, by which cargo would take changed ones for those of the last build.
    for file in unpacked.rglob("*"):
        os.utime(file)
    wheel = [*maturin, "build", "--quiet", "--release", "--out", str(out), *to]
    subprocess.run(wheel, check=True, env=variables, cwd=unpacked)
    package = ROOT / "bindings-node"
    # The command of the package, with its output beside the wheel: the addon of the tests stays as it is.
    options, _, cargo = json.loads((package / "package.json").read_text())["scripts"]["build"].partition(" -- ")
    napi = [str(package / "node_modules/.bin/napi"), *options.split()[1:], "--output-dir", str(out), *to]
    subprocess.run([*napi, "--", *cargo.split()], check=True, env=variables, cwd=package, stdout=subprocess.DEVNULL)
    return [*out.glob("*.whl"), *out.glob("*.node")]


def paths(known: dict[str, str], name: str, content: bytes) -> list[str]:
    """The paths of a machine in a file, with what stands around them."""
    needles = [re.escape(os.fsencode(path.rstrip("/\\"))) + rb"[/\\]" for path in known if len(path) > 1]
    found = []
    for match in re.finditer(b"|".join([*needles, FOREIGN_PATH.pattern]), content):
        # The text around it, up to what cannot be printed.
        before = re.search(rb"[ -~]*\Z", content[max(match.start() - 80, 0) : match.start()])
        after = re.match(rb"[ -~]*", content[match.end() : match.end() + 120])
        text = (before[0] if before else b"") + match[0] + (after[0] if after else b"")
        found.append(f"{name}: {text.decode('ascii', 'replace')}")
    return found


def check_wheel(known: dict[str, str], wheel: Path) -> list[str]:
    """What is wrong with a wheel."""
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
    """What is wrong with an addon."""
    wrong = [] if addon.stat().st_size <= LARGEST_ADDON else [f"{addon.name} has {addon.stat().st_size} bytes"]
    return wrong + paths(known, addon.name, addon.read_bytes())


def main() -> None:
    """Builds, then says what is wrong."""
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
