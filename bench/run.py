"""Compares the whole program with its peers: whole processes, interleaved round by round, as ratios of CPU time and memory.

    python bench/run.py [--quick] [--only SECTION,...] [--markdown docs/performance.md] [--folder FOLDER]
                        [--megabytes 200] [--large 1000] [--rounds 5] [--seed 1]
                        [--peers rg,drain3] [--peers-folder FOLDER]

Sections, each with about how long it takes in full on two cores of a server:

SECTIONS

The corpora are generated into FOLDER (default: a temporary one) and used again when they are there: with `--only`, the
sections can be run one after another. With `--markdown`, each section is written between its own markers in the document
and leaves the others as they are. `--quick` takes a minute or two and shows that everything works: logs of a few MB say more
about starting than about reading. Exit status 1 if a goal is not met and `--strict` is given.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import moments
import sections
from circumstances import circumstances, load, warnings
from corpora import workplace
from cost import warm_up
from jobs import PEERS, Setting
from tables import Goal, Result, goals_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part that can be run on its own."""

    name: str
    minutes: float
    measure: Callable[[Setting], Result]


SECTIONS = (
    Section(name="serving", minutes=5, measure=sections.serving),
    Section(name="growth", minutes=4, measure=sections.growth),
    Section(name="diverse", minutes=3, measure=sections.diverse),
    Section(name="diverse-large", minutes=6, measure=sections.diverse_large),
    Section(name="storm", minutes=5, measure=sections.storm),
    Section(name="tracebacks", minutes=1.5, measure=sections.tracebacks),
    Section(name="templates", minutes=2, measure=sections.templates),
    Section(name="signatures", minutes=2, measure=sections.signatures),
    Section(name="floods", minutes=3, measure=sections.floods),
    Section(name="processes", minutes=3, measure=sections.processes),
    Section(name="lines", minutes=2, measure=moments.monsters),
    Section(name="latency", minutes=6, measure=moments.latency),
    Section(name="start", minutes=2, measure=moments.start),
)
NAMES = tuple(section.name for section in SECTIONS)
QUICK = {"megabytes": 2.0, "large": 4.0, "rounds": 2}


def measure(section: Section, setting: Setting) -> tuple[list[str], Result]:
    """The Markdown of a section, and what it is made of."""
    print(f"== {section.name}", file=sys.stderr, flush=True)
    before = load()
    result = section.measure(setting)
    goals = ["", *goals_table(result.goals)] if result.goals else []
    return [*result.lines, *goals, "", circumstances(setting, before)], result


def markers(name: str) -> tuple[str, str]:
    """What a section stands between in a document."""
    return f"<!-- measured: {name} -->", f"<!-- end: {name} -->"


def inserted(document: str, name: str, text: str) -> str:
    """`document` with `text` in the place of the section `name`."""
    begin, end = markers(name)
    before, found, rest = document.partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        sys.exit(f"the document lacks the lines {begin} and {end}")
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def summary(goals: list[Goal]) -> str:
    """How many goals are met, and which are not."""
    missed = [goal.text for goal in goals if goal.is_met is False]
    unknown = sum(goal.is_met is None for goal in goals)
    said = f"{sum(goal.is_met is True for goal in goals)} of {len(goals)} goals met"
    said += f", {unknown} not measured" if unknown else ""
    return said + "".join(f"\nnot met: {text}" for text in missed)


def arguments() -> argparse.Namespace:
    described = "\n".join(
        f"{section.name:14} {section.minutes:g} min  {section.measure.__doc__}" for section in SECTIONS
    )
    about = (__doc__ or "").replace("SECTIONS", described, 1)
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small logs, two rounds")
    parser.add_argument("--only", default=",".join(NAMES), help="some of the sections")
    parser.add_argument("--megabytes", type=float)
    parser.add_argument("--large", type=float, help="of the larger logs")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seed", type=int, default=1, help="of the order in which jobs run")
    parser.add_argument("--folder", type=Path, help="where the corpora are or will be")
    parser.add_argument("--peers", default="", help=f"some of {','.join(PEERS)}; default: all")
    parser.add_argument("--peers-folder", type=Path, help="import drain3 and logparser3 from this folder")
    parser.add_argument("--markdown", type=Path, help="put the tables into this document")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a goal is not met")
    given = parser.parse_args()
    given.only, given.peers = set(given.only.split(",")), frozenset(filter(None, given.peers.split(",")))
    if unknown := (given.only - set(NAMES)) | (given.peers - set(PEERS)):
        parser.error(f"no such section or peer: {', '.join(sorted(unknown))}")
    return given


def setting_of(given: argparse.Namespace, folder: Path) -> Setting:
    """What was asked for, with what is usual where nothing was."""
    usual = QUICK if given.quick else {"megabytes": 200.0, "large": 1000.0, "rounds": 5}
    return Setting(
        folder=folder,
        megabytes=given.megabytes or usual["megabytes"],
        large=given.large or usual["large"],
        rounds=given.rounds or int(usual["rounds"]),
        seed=given.seed,
        peers=given.peers,
        peers_folder=given.peers_folder,
        is_quick=given.quick,
    )


def main() -> None:
    given = arguments()
    chosen = [section for section in SECTIONS if section.name in given.only]
    for section in chosen if given.markdown else ():  # better refused now than after minutes of measuring
        inserted(given.markdown.read_text(encoding="utf-8"), section.name, "")
    goals: list[Goal] = []
    with workplace(given.folder) as folder:
        for warning in warnings():
            print(f"warning: {warning}", file=sys.stderr)
        setting = setting_of(given, folder)
        warm_up(folder)
        for section in chosen:
            lines, result = measure(section, setting)
            goals += result.goals
            print("\n".join([f"## {section.name}", "", *lines, ""]), flush=True)
            if given.markdown:
                document = given.markdown.read_text(encoding="utf-8")
                given.markdown.write_text(inserted(document, section.name, "\n".join(lines)), encoding="utf-8")
    print(summary(goals))
    sys.exit(bool(given.strict and any(goal.is_met is False for goal in goals)))


if __name__ == "__main__":
    main()
