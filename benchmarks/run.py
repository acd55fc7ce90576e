"""All benchmarks, one after the other, and one table of all their figures.

python -m benchmarks.run --data FOLDER --bodies FOLDER      everything
python -m benchmarks.run --data FOLDER lexical scale
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

from benchmarks.comparing import Comparison, machine, note, table
from benchmarks.environments import FOLDER, ROOT

NEEDS = {
    "encoding": ("data", "bodies"),
    "whole": ("bodies",),
    "lexical": ("data",),
    "faiss_limit": ("data",),
    "scale": ("data",),
}
"""Benchmark → the folders it is given."""


def main() -> int:
    """0 when all were done, 1 when one was not, 2 for bad input."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NEEDS)}")
    parser.add_argument("--data", metavar="FOLDER", help="the folder of the public data")
    parser.add_argument("--bodies", metavar="FOLDER", help="the folder of the weights; README.md has both")
    options = parser.parse_args()
    folders = {"data": options.data, "bodies": options.bodies}
    names = options.names or list(NEEDS)
    unknown = [name for name in names if name not in NEEDS]
    if unknown:
        parser.error(f"{unknown[0]}: no such benchmark; there are {', '.join(NEEDS)}")
    for needed, folder in folders.items():
        users = [name for name in names if needed in NEEDS[name]]
        if users and folder is None:
            parser.error(f"--{needed} FOLDER is needed for {', '.join(users)}; see benchmarks/README.md")
    FOLDER.mkdir(exist_ok=True)
    comparisons: list[Comparison] = []
    failed = []
    for name in names:
        note(f"── {name}")
        figures = FOLDER / f"{name}.json"
        given = [word for needed in NEEDS[name] for word in (f"--{needed}", folders[needed])]
        command = [sys.executable, "-m", f"benchmarks.{name}", *given, "--json", str(figures)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)  # noqa: S603 (ours)
        if done.returncode:
            failed.append(name)
            continue
        comparisons += [Comparison(**values) for values in json.loads(figures.read_text(encoding="utf-8"))]
    print(f"{machine()}\n\n{table(comparisons)}")
    if failed:
        note(f"not done: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
