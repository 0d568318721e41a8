"""One run of `data.load` in a process of its own: prints seconds of each part and the peak memory.

The peak is that of this process; helpers that make tiles are not in it.

`python -m benchmarks.load_child MAPPING SOURCE CASE_URL POPULATION_URL`, one JSON object.
"""

import json
import resource
import sys
import time
from pathlib import Path

from benchmarks.timing import cpu_seconds
from data.engines import CASE, POPULATION
from data.load.mapping_file import read_mapping
from data.load.run import Order, load


def main(arguments: list[str]) -> int:
    """Load and report; `rest` is what comes after the last part: the engines' statistics."""
    mapping, source, case_url, population_url = arguments
    started = time.perf_counter()
    folder = Path(source)
    order = Order(read_mapping(Path(mapping)), folder, folder, folder / "caller.key")
    parts = []
    for part in load(order, {CASE: case_url, POPULATION: population_url}, int(time.time())):
        now = time.perf_counter()
        parts.append(
            {
                "part": part.title,
                "seconds": round(now - started, 2),
                "read": part.counts["read"],
                "loaded": part.counts["loaded"],
                "set_aside": part.set_aside,
            }
        )
        started = now
    told = {
        "parts": parts,
        "rest_seconds": round(time.perf_counter() - started, 2),
        "cpu_seconds": round(cpu_seconds(), 1),
        "peak_megabytes": round(_peak_kilobytes() / 1024),
    }
    print(json.dumps(told))
    return 0


def _peak_kilobytes() -> int:
    """Of this program alone: `getrusage` tells at least the peak of the process that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
