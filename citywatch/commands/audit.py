"""`citywatch audit`: proves, partition by partition, that nothing is lost and nothing counts twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from citywatch.audit.balance import TERMS, Audit
from citywatch.commandline.options import JsonOption
from citywatch.commandline.printing import print_json, print_table, progress
from citywatch.commandline.store import opened_store
from citywatch.health.codes import check_codes
from citywatch.health.finding import Finding
from figures.queries.facts import facts
from figures.vouched import Vouched, vouched
from runtime.cities import cities
from runtime.settings import load_settings
from schemas.instants import rfc3339


def run(json: JsonOption = False) -> int:
    """Read every input partition and account for each record: produced = counted + late + duplicates + dead.

    The cut is what is durable now; records above it are pending. Rows of the store that the verdicts do not allow
    for are named by their range of offsets. Exit code 1 when a partition does not balance, or a row is wrong.
    """
    from citywatch.audit.balance import audit
    from citywatch.audit.explain import explain

    settings = load_settings()
    with opened_store(settings) as store, progress("auditing", None) as advance:
        found = audit(settings, store, advance)
        explained = explain(settings, store)
        sources = list(vouched(facts(store), cities(settings)))
        codes = list(check_codes(store))
    balanced = found.balanced and not explained
    if json:
        unknown = [
            {"source": each.source, "from": rfc3339(hole.span.start), "to": rfc3339(hole.span.end), "cause": hole.cause}
            for each in sources
            for hole in each.holes
        ]
        print_json({**found.as_json(), "balanced": balanced, "explained": explained, "unknown_spans": unknown})
    else:
        print_audit(found)
        for line in not_counted_as_meant(sources, codes):
            print(line)
        for each in explained:
            print(each.told)
        if found.balanced and explained:
            print("NOT balanced: the log and the verdicts agree, and the store lacks rows or has too many")
    return 0 if balanced else 1


def print_audit(found: Audit) -> None:
    """The account as a table and a verdict, and what does not count as its sender meant it."""
    heads = ("topic", "partition", *(term.replace("_", " ") for term in TERMS), "balanced")
    rows = [
        (
            each.topic,
            str(each.partition),
            *(str(getattr(each, term)) for term in TERMS),
            "yes" if each.balanced else "NO",
        )
        for each in found.partitions
    ]
    rows.append(("all", "", *(str(found.total(term)) for term in TERMS), "yes" if found.balanced else "NO"))
    print_table(None, heads, rows, range(1, len(heads) - 1))
    for each in found.partitions:
        for start, end in each.gaps:
            print(f"{each.topic} {each.partition}: offsets {start} to {end - 1} were never judged")
        if not each.balanced:
            missing = each.produced - each.counted - each.late - each.duplicates - each.dead_lettered
            what = "records are not accounted for" if missing > 0 else "records too many are accounted for"
            print(f"{each.topic} {each.partition}: {abs(missing)} {what}")
    print("balanced: nothing is lost, nothing counts twice" if found.balanced else "NOT balanced")
    for line in named(found):
        print(line)
    if pending := found.total("pending"):
        print(f"{pending} records are pending: they came after what is durable; `citywatch drain` waits for them")


def not_counted_as_meant(sources: Sequence[Vouched], codes: Sequence[Finding]) -> Iterator[str]:
    """Spans that are not known, and codes that no list has: no record is lost by them, and figures lack something."""
    for each in sources:
        if each.holes:
            last = each.holes[-1].span
            yield (
                f"{each.source}: {len(each.holes)} spans are not known, the last from {rfc3339(last.start)} to"
                f" {rfc3339(last.end)}; `citywatch gaps list` names them"
            )
    yield from (finding.text for finding in codes)


def named(found: Audit) -> Iterator[str]:
    """Records and ids that are accounted for, and not as their senders meant them."""
    if refused := found.total("dead_lettered"):
        yield f"{refused} records were refused; `citywatch deadletters list` tells why"
    if found.conflicts:
        what = "ids came again with other content and count once"
        yield f"{found.conflicts} {what}; `citywatch conflicts list` names them"
    if late := found.total("late"):
        yield f"{late} records were late: they came after their time had been closed, and restate the figures of then"
