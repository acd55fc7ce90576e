"""All benchmarks, one after the other, and one table of all their figures.

python -m benchmarks.run            everything
python -m benchmarks.run lexical whole
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

from benchmarks.comparing import Comparison, machine, note, table
from benchmarks.environments import FOLDER, ROOT

ALL = ("encoding", "whole", "lexical", "faiss_limit", "scale")


def main() -> int:
    """0 when all were done, 1 when one was not."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ALL)}")
    names = parser.parse_args().names or ALL
    FOLDER.mkdir(exist_ok=True)
    comparisons: list[Comparison] = []
    failed = []
    for name in names:
        note(f"── {name}")
        figures = FOLDER / f"{name}.json"
        command = [sys.executable, "-m", f"benchmarks.{name}", "--json", str(figures)]
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
