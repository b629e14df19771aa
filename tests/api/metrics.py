"""Reads /metrics with Prometheus' parser and checks Prometheus' naming rules.

Usage: metrics.py URL...  Exits 1 with a line for each broken rule.
"""

import re
import sys
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

NAME = re.compile(r"^gerai_[a-z][a-z0-9]*(_[a-z0-9]+)*$")
# Units that have a base unit: seconds, bytes, ratio, celsius …
OTHER_UNITS = set(
    "ms us ns milliseconds microseconds nanoseconds minutes hours days weeks kb mb gb kib mib gib kilobytes megabytes "
    "gigabytes bits percent percents".split()
)
BASE_UNITS = {"seconds", "bytes", "ratio"}


def broken(text: str) -> list[str]:
    found = []
    described = {}
    for line in text.splitlines():
        if line.startswith(("# HELP ", "# TYPE ")):
            _, keyword, name, rest = line.split(" ", 3)
            described.setdefault(name, {})[keyword] = rest
    families = list(text_string_to_metric_families(text))
    if not families:
        found.append("no metric at all")
    samples = set()
    for family in families:
        # The parser removes `_total` from a counter's name.
        full = family.name + ("_total" if family.type == "counter" else "")
        about = described.get(full, {})
        if not about.get("HELP", "").strip():
            found.append(f"{full}: no HELP under this name")
        if about.get("TYPE") not in ("counter", "gauge", "histogram", "summary"):
            found.append(f"{full}: no TYPE under this name")
        if not NAME.match(full):
            found.append(f"{full}: not a valid name")
        words = full.removesuffix("_total").split("_")
        if OTHER_UNITS & set(words):
            found.append(f"{full}: not in base units")
        if BASE_UNITS & set(words) and words[-1] not in BASE_UNITS:
            found.append(f"{full}: the unit is not the last word")
        if family.type != "counter" and full.endswith(("_total", "_count", "_sum", "_bucket")):
            found.append(f"{full}: a {family.type} may not end so")
        for sample in family.samples:
            if family.type == "counter" and not sample.name.endswith("_total"):
                found.append(f"{sample.name}: a counter without _total")
            key = (sample.name, tuple(sorted(sample.labels.items())))
            if key in samples:
                found.append(f"{key}: twice")
            samples.add(key)
    return found


def main() -> int:
    count = 0
    for url in sys.argv[1:]:
        with urllib.request.urlopen(url, timeout=20) as answer:
            kind = answer.headers["content-type"]
            text = answer.read().decode()
        problems = broken(text)
        if not kind.startswith("text/plain; version=0.0.4"):
            problems.append(f"content type {kind}")
        for problem in problems:
            print(f"{url}: {problem}", file=sys.stderr)
        count += len(problems)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
