#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Claim 1, every arm and seed, as the table in resources/help/claim-1.md.

  tests/bench/claim-1.py --bin build/bin --out FOLDER --seeds 1 2 3 4 5

Runs that are in FOLDER already are read, not repeated. GRPO gets the tokens that GHPO generated with the same seed.
"""
import argparse, csv, io, json, pathlib, subprocess, tempfile

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--bin", default="build/bin")
parser.add_argument("--out", required=True)
parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
parser.add_argument("--experiment", default="resources/experiments/claim-1.toml")
args = parser.parse_args()
cli, out = pathlib.Path(args.bin) / "foothold-cli", pathlib.Path(args.out)
out.mkdir(parents=True, exist_ok=True)
HARD, EASY = "*:10", "+:4"


def call(*arguments):
    done = subprocess.run([cli, *map(str, arguments)], stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def run(arm, seed, *flags):
    """The run's last line, with the share of groups all wrong and rescued in steps 51 to the end, and pass@64 of its last checkpoint."""
    result = out / f"{arm}-{seed}.json"
    if result.exists():
        return json.loads(result.read_text())
    folder = out / f"{arm}-{seed}"
    line = call("run", args.experiment, "--seed", seed, "--out", folder, *flags)[-1]
    table = folder / "metrics.csv"
    call("export", folder, "--what", "metrics", "--to", table)
    rows = [row for row in csv.DictReader(io.StringIO(table.read_text())) if int(row["step"]) > 50]
    mean = lambda name: sum(float(row[name]) for row in rows) / max(1, len(rows))
    line["all_wrong"], line["before"] = mean("frac_all_wrong"), mean("frac_all_wrong/before_hints")
    every = [row for row in csv.DictReader(io.StringIO(table.read_text())) if int(row["step"]) > 0]
    line["rescued_sound"] = sum(float(row["frac_rescued/sound"]) for row in every) / len(every)
    newest = max((folder / "checkpoints").glob("step-*.safetensors"), key=lambda p: int(p.stem.split("-")[1]))
    line["pass64"] = call("eval", "--model", newest, "--tier", HARD, "--n", 50, "--attempts", 64, "--seed", 1000)[0]["pass@k"]["64"]
    result.write_text(json.dumps(line))
    return line


def row(arm, seed, line):
    hard, easy = line["heldout"][HARD], line["heldout"][EASY]
    print(f"| {arm} | {seed} | {line['steps']} | {line['tokens_generated'] / 1e6:.2f} | {line['seconds']:.0f} | {line['before']:.2f} / {line['all_wrong']:.2f} | "
          f"{line['rescued_sound']:.3f} | {hard['accuracy']:.3f} | {hard['sound']:.3f} | {hard['greedy']:.3f} | {line['pass64']:.2f} | {easy['accuracy']:.3f} | {easy['greedy']:.3f} |", flush=True)


print(f"| arm | seed | steps | Mtok | s | all wrong, steps 51 on: before / after hints | rescued soundly | {HARD} sampled | sound | greedy | pass@64 | {EASY} sampled | greedy |")
print("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
for seed in args.seeds:
    ghpo = run("ghpo", seed)
    row("GHPO", seed, ghpo)
    row("GRPO", seed, run("grpo", seed, "--set", "guidance.policy=grpo", "--tokens", ghpo["tokens_generated"]))
    row("GHPO, swapped hints", seed, run("swap", seed, "--set", "corruption.operator=swap"))
base = "resources/models/chain-slips.safetensors"
sampled = call("eval", "--model", base, "--tier", EASY, "--tier", HARD, "--n", 200, "--seed", 1000)
greedy = call("eval", "--model", base, "--tier", EASY, "--tier", HARD, "--n", 200, "--temperature", 0, "--seed", 1000)
many = call("eval", "--model", base, "--tier", HARD, "--n", 50, "--attempts", 64, "--seed", 1000)
print(f"| base | - | 0 | - | - | - | - | {sampled[1]['pass@1']:.3f} | {sampled[1]['sound']:.3f} | {greedy[1]['pass@1']:.3f} | {many[0]['pass@k']['64']:.2f} | "
      f"{sampled[0]['pass@1']:.3f} | {greedy[0]['pass@1']:.3f} |")
