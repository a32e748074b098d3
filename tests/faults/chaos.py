"""Rounds of the crash lab, one after the other, until so many have counted; what hit, and what was found."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.round import Lab, Outcome

Say = Callable[[str], None]

LEFT_OUT = 5
"""So many rounds in a row without a hit are a lab that does not work."""


@dataclass
class Chaos:
    """All rounds that counted."""

    seed: int
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def lost(self) -> int:
        return sum(each.found.lost for each in self.outcomes)

    @property
    def doubled(self) -> int:
        return sum(each.found.doubled for each in self.outcomes)

    @property
    def different(self) -> int:
        return sum(each.found.different for each in self.outcomes)

    @property
    def failed(self) -> list[Outcome]:
        return [each for each in self.outcomes if each.found]

    @property
    def hits(self) -> Counter[str]:
        return sum((each.hits for each in self.outcomes), Counter())

    def as_json(self) -> str:
        """The last line of the runner."""
        rounds = len(self.outcomes)
        return json.dumps(
            {
                "seed": self.seed,
                "rounds": rounds,
                "lost": self.lost,
                "doubled": self.doubled,
                "different": self.different,
            }
        )

    def table(self) -> str:
        """What ran, what it found and what hit, as markdown."""
        seconds = [each.seconds for each in self.outcomes]
        last = self.outcomes[-1].seed if self.outcomes else self.seed
        figures = (
            ("Rounds", len(self.outcomes)),
            ("Seeds", f"{self.seed} to {last}"),
            ("Duration", f"{sum(seconds) / 60:.0f} min, {sum(seconds) / max(1, len(seconds)):.1f} s a round"),
            ("Faults that hit", self.hits.total()),
            ("Lost, doubled, different", f"{self.lost}, {self.doubled}, {self.different}"),
        )
        return "\n".join((*_rows("Run", "", figures), "", *_rows("Fault", "Hits", self.hits.most_common())))


def _rows(left: str, right: str, pairs: Iterable[tuple[str, object]]) -> Iterator[str]:
    yield f"| {left} | {right} |"
    yield "|---|---|"
    yield from (f"| {name} | {value} |" for name, value in pairs)


def run(seed: int, rounds: int, directory: Path, say: Say, source: Path | None = None, stop: bool = False) -> Chaos:
    """So many rounds from this seed on; a round in which nothing hit does not count, and the next number follows.

    `stop`: end with the first that fails. Blocks; some 15 s a round.
    """
    chaos = Chaos(seed)
    with Lab(directory, source) as lab:
        idle = 0
        while len(chaos.outcomes) < rounds:
            outcome = lab.run(seed)
            seed += 1
            say(line(outcome))
            if not outcome.counts and not outcome.found:
                idle += 1
                assert idle < LEFT_OUT, f"{idle} rounds without a hit: is this machine too slow for the lab?"
                continue
            idle = 0
            chaos.outcomes.append(outcome)
            for example in outcome.found.examples:
                say(f"    {example}")
            if outcome.found:
                say(f"    left: {outcome.folder}; again: make chaos SEED={outcome.seed} ROUNDS=1")
                if stop:
                    break
    if not chaos.failed:
        shutil.rmtree(directory, ignore_errors=True)
    return chaos


def line(outcome: Outcome) -> str:
    """A round in a line: seed, verdict, seconds, what hit."""
    found = outcome.found
    verdict = f"{found.lost} lost, {found.doubled} doubled, {found.different} different" if found else "exact"
    hits = ", ".join(f"{kind}{f' x{n}' if n > 1 else ''}" for kind, n in sorted(outcome.hits.items()))
    counts = "" if outcome.counts else " (nothing hit: does not count)"
    return f"seed {outcome.seed}: {verdict}, {outcome.seconds:.1f} s{counts}: {hits}"
