"""`python -m tests.bench [NAME ...]`: run benches, all of them or those named; one line of JSON for each value."""

import argparse
import sys
from collections.abc import Callable, Mapping

from tests.bench import away, clicks, due, kills, posts, replicas, soak, start, years
from tests.bench.results import Result

BENCHES: Mapping[str, Callable[[], list[Result]]] = {
    "throughput": clicks.throughput,
    "latency": clicks.latency,
    "bursts": clicks.bursts,
    "due": due.due,
    "years": years.years,
    "start": start.start,
    "kills": kills.kills,
    "outages": away.outages,
    "limits": posts.within_limits,
    "workers": posts.workers_killed,
    "replicas": replicas.replicas,
    "soak": soak.soak,
}


def main() -> int:
    """Run what was asked for; the exit status says whether every bar was met."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}; all when none is given")
    chosen = parser.parse_args().names or list(BENCHES)
    if unknown := [name for name in chosen if name not in BENCHES]:
        parser.error(f"there is no bench called {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    met = True
    for name in chosen:
        for result in BENCHES[name]():
            sys.stdout.write(result.line() + "\n")
            sys.stdout.flush()
            met = met and result.ok
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
