"""The mean of some bodies, number by number: `python -m training.average BODY BODY … --out BODY`.

Bodies that one run left at different times, or one before and one after it, lie near enough to one another that
what is between them reads as well as either, and keeps more of what both know (Wortsman et al. 2022).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

from training.body import Body, load_body, save_body


def mean_body(bodies: Sequence[Body]) -> Body:
    """A body whose every number is the mean of theirs. Raises ValueError when they differ in shape, or are none."""
    shapes = {body.shape for body in bodies}
    if len(shapes) != 1:
        raise ValueError(f"bodies of {len(shapes)} shapes: {shapes or 'none'}; average those of one")
    states = [body.state_dict() for body in bodies]
    mean = Body(shapes.pop())
    mean.load_state_dict({name: torch.stack([s[name] for s in states]).mean(dim=0) for name in states[0]})
    return mean


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bodies", type=Path, nargs="+", metavar="BODY", help=".safetensors")
    parser.add_argument("--out", type=Path, required=True, metavar="BODY")
    given = parser.parse_args(arguments)
    mean = mean_body([load_body(path) for path in given.bodies])
    save_body(mean.state_dict(), given.out, {"mean of": ", ".join(path.name for path in given.bodies)})


if __name__ == "__main__":
    main()
