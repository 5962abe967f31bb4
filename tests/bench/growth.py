#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How costs grow with the work, as the tables in resources/help/performance.md.

  tests/bench/growth.py --bin build/bin --runs FOLDER

From the embedded default's step (16 problems x 8 attempts, 32 + 96 tokens, 362 thousand parameters, 2 threads) one size is changed at a time.
"work" is the arithmetic that `bench step` counts for its floor, so that "seconds" against "work" shows every bend. Runs of the second table are
made in FOLDER, some gigabytes, and kept. Nothing else should run on the machine meanwhile.
"""
import argparse, json, os, pathlib, subprocess, sys

SIZES = [("attempts", "attempts a problem", (4, 8, 16, 32)), ("problems", "problems", (8, 16, 32, 64)), ("prompt-tokens", "prompt tokens", (16, 32, 128, 384)),
         ("new-tokens", "completion tokens", (48, 96, 192, 384)), ("hidden", "hidden size", (48, 96, 192, 384)), ("layers", "layers", (1, 3, 6, 12)),
         ("threads", "threads", (1, 2))]
USUAL = {"attempts": 8, "problems": 16, "prompt-tokens": 32, "new-tokens": 96, "hidden": 96, "layers": 3, "threads": 2}
STORED = [(128, 500), (512, 500), (512, 2000)]  # Problems a step, steps.


def measure(*arguments):
    """The benchmark's line, and the most memory that it had (MB)."""
    child = subprocess.Popen([*map(str, arguments)], stdout=subprocess.PIPE, text=True)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"growth: {' '.join(map(str, arguments))} failed (see above)")
    return json.loads(out.splitlines()[-1]), usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/bin")
    parser.add_argument("--runs", type=pathlib.Path, help="folder for the runs of the second table; without it there is only the first")
    arguments = parser.parse_args()
    cli = pathlib.Path(arguments.bin) / "foothold-cli"

    print("| what | size | seconds a step | work, against the usual step | seconds, against it | of the roof | memory, MB |\n|---|---|---|---|---|---|---|")
    usual, _ = measure(cli, "bench", "step", "--steps", 5)
    for flag, title, sizes in SIZES:
        for size in sizes:
            line, memory = measure(cli, "bench", "step", "--steps", 3, "--" + flag, size)
            work = line["flops"] / usual["flops"]
            print(f"| {title} | {size}{' (usual)' if size == USUAL[flag] else ''} | {line['seconds']:.3f} | {work:.2f} | {line['seconds'] / usual['seconds']:.2f} | {line['ratio_to_roof']:.2f} | {memory:.0f} |",
                  flush=True)
    if not arguments.runs:
        return
    print("\n| stored run | first paint, ms | a step in Live, ms (largest) | a step in Inspect, ms (largest) | memory, MB |\n|---|---|---|---|---|")
    for problems, steps in STORED:
        line, _ = measure(cli, "bench", "scrub", "--run", arguments.runs / f"{problems}x{steps}", "--stored-problems", problems, "--stored-steps", steps)
        shown = [f"{line[view]['median_ms']:.0f} ({line[view]['max_ms']:.0f})" for view in ("live", "inspect")]
        print(f"| {steps} steps of {problems} problems | {line['first_paint_ms']:.0f} | {shown[0]} | {shown[1]} | {line['resident_peak_mb']:.0f} |", flush=True)


if __name__ == "__main__":
    main()
