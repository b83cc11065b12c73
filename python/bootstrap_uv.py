"""Put the uv that uv.lock pins into .uv/bin/, with nothing but the standard library.

Debian's python3 comes without pip and venv, so neither can be relied on. uv.lock names the wheel of uv for this machine
and its checksum; a wheel is a zip file. Run as: python3 python/bootstrap_uv.py
"""

from __future__ import annotations

import hashlib
import platform
import sys
import sysconfig
import tomllib
import urllib.request
import zipfile
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MACHINES = {"arm64": ("arm64", "aarch64"), "aarch64": ("aarch64",), "x86_64": ("x86_64",), "amd64": ("x86_64",)}


def fits(wheel: str) -> bool:
    """Whether a wheel of this file name runs on this machine, on Linux also by its C library."""
    tag = wheel.removesuffix(".whl").split("-")[-1]
    machine = any(name in tag for name in MACHINES.get(platform.machine().lower(), ()))
    if sys.platform == "darwin":
        return "macosx" in tag and machine
    libc = "musllinux" if "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or "") else "manylinux"
    return libc in tag and machine


def main() -> None:
    """Fetch the wheel, compare its checksum with uv.lock, and unpack the program.

    Raises:
        SystemExit: no wheel runs here, or what arrived has another checksum.
        OSError: the network or the disk fails.
    """
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    wheels = next(package["wheels"] for package in lock["package"] if package["name"] == "uv")
    wheel = next((wheel for wheel in wheels if fits(wheel["url"].rsplit("/", 1)[-1])), None)
    if wheel is None:
        sys.exit(f"uv has no wheel for {sys.platform} {platform.machine()}: install uv yourself, then run make again")
    with urllib.request.urlopen(wheel["url"], timeout=120) as response:  # noqa: S310 - an https address from the lock file
        content = response.read()
    if f"sha256:{hashlib.sha256(content).hexdigest()}" != wheel["hash"]:
        sys.exit("the uv that arrived does not match uv.lock: try again on another network")
    target = ROOT / ".uv" / "bin" / "uv"
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        binary = next(name for name in archive.namelist() if name.endswith("/scripts/uv"))
        unfinished = target.with_suffix(".part")
        unfinished.write_bytes(archive.read(binary))
    unfinished.chmod(0o755)
    unfinished.replace(target)


if __name__ == "__main__":
    main()
