#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How costs grow with the work, as the tables and the plot in resources/help/performance.md.

  tests/bench/growth.py --bin build/bin --runs FOLDER --plot resources/help/growth.png

From the embedded default's step (16 problems x 8 attempts, 32 + 96 tokens, 362 thousand parameters, 2 threads) one size is changed at a time.
"work" is the arithmetic that `bench step` counts for its floor, so that "seconds" against "work" shows every bend. Runs of the second table are
made in FOLDER, some gigabytes, and kept. The plot is drawn by Matplotlib, in an environment that is made for it (some 200 MB). Nothing else should
run on the machine meanwhile.
"""
import argparse, json, os, pathlib, subprocess, sys

from environment import cache_folder, make_environment

SIZES = [("attempts", "attempts a problem", (4, 8, 16, 32)), ("problems", "problems", (8, 16, 32, 64)), ("prompt-tokens", "prompt tokens", (16, 32, 128, 384)),
         ("new-tokens", "completion tokens", (48, 96, 192, 384)), ("hidden", "hidden size", (48, 96, 192, 384)), ("layers", "layers", (1, 3, 6, 12)),
         ("threads", "threads", (1, 2))]
USUAL = {"attempts": 8, "problems": 16, "prompt-tokens": 32, "new-tokens": 96, "hidden": 96, "layers": 3, "threads": 2}
PACKAGES = ["matplotlib==3.10.7"]
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


def draw(panels, file):
    """A panel for each size, both axes by powers of two: seconds, memory and the work, each as a multiple of the usual one."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import font_manager, pyplot
    for font in pathlib.Path(__file__).resolve().parents[2].glob("resources/fonts/Inter-*.otf"):
        font_manager.fontManager.addfont(font)
    grey = "#626D7B"
    pyplot.rcParams.update({"font.family": "Inter", "font.size": 9, "axes.edgecolor": "#C3CAD4", "axes.labelcolor": "#4C5766", "xtick.color": grey, "ytick.color": grey,
                            "text.color": "#18202B", "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "#E9ECF0"})
    figure, axes = pyplot.subplots(2, 4, figsize=(12, 5.6), layout="constrained")
    number = matplotlib.ticker.FuncFormatter(lambda value, _: f"{value:g}")
    for axis, panel in zip(axes.flat, panels):
        for name, style in (("work", dict(color="#979FAB", linestyle="--")), ("seconds", dict(color="#2459C4", marker="o")), ("memory", dict(color="#D97C0B", marker="s"))):
            if name in panel:
                axis.plot(panel["sizes"], panel[name], markersize=4, linewidth=1.6, label=name, **style)
        axis.set_title(panel["title"], loc="left", fontweight="semibold", fontsize=10)
        axis.set_xscale("log", base=2)
        axis.set_xticks(panel["sizes"], [f"{size // 1000}k" if size >= 10000 else size for size in panel["sizes"]])
        if "unit" in panel:
            axis.set_ylim(0, 1.25 * max(panel["seconds"]))
            axis.set_ylabel(panel["unit"])
        else:
            axis.set_yscale("log", base=2)
            axis.yaxis.set_major_formatter(number)
            axis.set_ylabel("times the usual")
    for axis in list(axes.flat)[len(panels):]:
        axis.set_visible(False)
    axes.flat[0].legend(frameon=False)
    figure.savefig(file, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/bin")
    parser.add_argument("--runs", type=pathlib.Path, help="folder for the runs of the second table; without it there is only the first")
    parser.add_argument("--plot", type=pathlib.Path, help="picture to draw, .png or .svg")
    parser.add_argument("--environment", type=pathlib.Path, default=cache_folder() / "plots", help="where the plot's Python environment is made")
    parser.add_argument("--draw", action="store_true", help=argparse.SUPPRESS)  # In that environment: panels from standard input.
    arguments = parser.parse_args()
    if arguments.draw:
        return draw(json.load(sys.stdin), arguments.plot)
    cli, panels = pathlib.Path(arguments.bin) / "foothold-cli", []

    print("| what | size | seconds a step | work, against the usual step | seconds, against it | of the roof | memory, MB |\n|---|---|---|---|---|---|---|")
    usual, usual_memory = measure(cli, "bench", "step", "--steps", 5)
    for flag, title, sizes in SIZES:
        panel = {"title": title, "sizes": sizes, "work": [], "seconds": [], "memory": []}
        for size in sizes:
            line, memory = measure(cli, "bench", "step", "--steps", 3, "--" + flag, size)
            for name, value in (("work", line["flops"] / usual["flops"]), ("seconds", line["seconds"] / usual["seconds"]), ("memory", memory / usual_memory)):
                panel[name].append(value)
            print(f"| {title} | {size}{' (usual)' if size == USUAL[flag] else ''} | {line['seconds']:.3f} | {panel['work'][-1]:.2f} | {panel['seconds'][-1]:.2f} | {line['ratio_to_roof']:.2f} | {memory:.0f} |",
                  flush=True)
        panels.append(panel)
    if arguments.runs:
        print("\n| stored run | first paint, ms | a step in Live, ms (largest) | a step in Inspect, ms (largest) | memory, MB |\n|---|---|---|---|---|")
        panel = {"title": "stored groups, a step in Live", "unit": "milliseconds", "sizes": [], "seconds": []}
        for problems, steps in STORED:
            line, _ = measure(cli, "bench", "scrub", "--run", arguments.runs / f"{problems}x{steps}", "--stored-problems", problems, "--stored-steps", steps)
            shown = [f"{line[view]['median_ms']:.0f} ({line[view]['max_ms']:.0f})" for view in ("live", "inspect")]
            panel["sizes"].append(problems * steps)
            panel["seconds"].append(line["live"]["median_ms"])
            print(f"| {steps} steps of {problems} problems | {line['first_paint_ms']:.0f} | {shown[0]} | {shown[1]} | {line['resident_peak_mb']:.0f} |", flush=True)
        panels.append(panel)
    if arguments.plot:
        python = make_environment(arguments.environment.absolute(), PACKAGES, "growth", "Matplotlib, some 200 MB")
        subprocess.run([python, __file__, "--draw", "--plot", arguments.plot], input=json.dumps(panels), text=True, check=True)


if __name__ == "__main__":
    main()
