"""Rates of the reference validator and matcher of STIX patterns, for patterns_test.go.

Reads one JSON object from the standard input: patterns [[version, text], ...],
observations {version: [...]}, seconds. Writes one: patterns a second of each stage,
and which patterns matched, so that the answers can be compared too.
"""
import json
import sys
import time

from stix2matcher.matcher import Pattern
from stix2patterns.validator import run_validator

sys.setrecursionlimit(20_000)  # for the long chains of OR


def rate(do, items, seconds):
    """Repeats do over all items for about that long, in processor time; returns items a second."""
    done, began = 0, time.process_time()
    while True:
        for item in items:
            do(item)
            done += 1
            if done % 64 == 0 and time.process_time() - began > seconds:
                return done / (time.process_time() - began)
        if time.process_time() - began > seconds:
            return done / (time.process_time() - began)


ask = json.load(sys.stdin)
patterns = [(version, text) for version, text in ask["patterns"]]
seconds = ask["seconds"]
compiled = [(version, Pattern(text, version)) for version, text in patterns]
seen = ask["observations"]
json.dump(
    {
        "validate": rate(lambda p: run_validator(p[1], p[0]), patterns, seconds),
        "compile": rate(lambda p: Pattern(p[1], p[0]), patterns, seconds),
        "match": rate(lambda p: p[1].match(seen[p[0]]), compiled, seconds),
        "matched": [bool(p.match(seen[version])) for version, p in compiled],
    },
    sys.stdout,
)
