#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is it slower than before? The benchmarks of this tree and of another commit, both built here, taking turns in one run.

  tests/bench/against.py [--commit COMMIT] [--folder FOLDER] [--rounds 5] [--build build]

COMMIT (default: the one before the newest) is cloned into FOLDER and built there, release; FOLDER is kept for the next time. A line of JSON a
benchmark: medians of seconds, and how many times as long it takes now. Exit status 1: one of them takes more than a tenth longer.
Nothing else should run on the machine meanwhile.
"""
import argparse, json, os, pathlib, statistics, subprocess, sys

BENCHES = {"step": ["step"], "step, shipped size": ["step", "--hidden", "64", "--layers", "2", "--mlp", "128"], "verify": ["verify"]}
SLOWER = 1.1


def call(*words, **more):
    done = subprocess.run([*map(str, words)], stdout=subprocess.PIPE, text=True, **more)
    if done.returncode != 0:
        sys.exit(f"against: `{' '.join(map(str, words))}` failed (see above)")
    return done.stdout


def build(project, commit, folder):
    """The other commit's command line and engine, in folder/build."""
    if not (folder / ".git").exists():
        call("git", "clone", "--quiet", project, folder)
    call("git", "-C", folder, "fetch", "--quiet", "origin")
    call("git", "-C", folder, "checkout", "--quiet", commit)
    if not (folder / ".deps").exists():
        (folder / ".deps").symlink_to(project / ".deps")  # Neither fetched nor stored twice.
    for words in (["./packaging/configure", "release"], ["ninja", "-C", "build", "foothold-cli", "foothold_engine"]):
        call(*words, cwd=folder)
    return folder / "build"


def seconds(build_folder, words):
    """One turn: seconds of a step, or of a thousand checks."""
    line = json.loads(call(build_folder / "bin/foothold-cli", "bench", *words).splitlines()[-1])
    return line["seconds"] if "seconds" in line else 1000 / line["checks_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commit", default="HEAD~1")
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    parser.add_argument("--folder", type=pathlib.Path, default=cache / "foothold/against")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each")
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"), help="this tree's build")
    arguments = parser.parse_args()
    project = pathlib.Path(call("git", "rev-parse", "--show-toplevel").strip())
    commit = call("git", "rev-parse", "--verify", arguments.commit + "^{commit}").strip()
    before, slower = build(project, commit, arguments.folder.absolute()), False
    for name, words in BENCHES.items():
        then, now = [], []
        for _ in range(arguments.rounds):
            then.append(seconds(before, words))
            now.append(seconds(arguments.build, words))
        a, b = statistics.median(then), statistics.median(now)
        slower = slower or b > SLOWER * a
        print(json.dumps({"name": name, "seconds": b, "before": a, "times_as_long": b / a, "commit": commit[:12]}), flush=True)
    sys.exit(1 if slower else 0)


if __name__ == "__main__":
    main()
