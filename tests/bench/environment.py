# SPDX-License-Identifier: GPL-3.0-or-later
"""Python environments that the benchmarks make for themselves."""
import json, os, pathlib, shutil, subprocess, sys


def cache_folder():
    """The person's cache."""
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "foothold"


def make_environment(folder, packages, who, size):
    """The Python of an environment with these packages; made anew unless this very list was installed to the end."""
    python, stamp, wanted = folder / "bin/python", folder / "installed.json", json.dumps(packages)
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    print(f"{who}: making a Python environment in {folder} ({size})", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--no-input", "--no-cache-dir", "--quiet"]
        subprocess.run([*pip, *packages], check=True)
    except subprocess.CalledProcessError as error:
        sys.exit(f"{who}: the Python environment could not be made ({error}). It needs the network (packages from PyPI), "
                 f"python3-venv and {size} in {folder.parent}; --environment names another folder.")
    stamp.write_text(wanted)
    return python
