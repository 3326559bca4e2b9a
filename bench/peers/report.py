"""The table of a run, and its last line."""
import os

PEERS = {"Flink": ("flink-heap", "flink-rocksdb"), "Spark": ("spark",)}


def value(measured, get, form="{:.0f}"):
    return "-" if measured is None else form.format(get(measured))


def table(title, bench, found, get, form="{:.0f}"):
    print(f"\n{title}")
    print(f"{'':14}" + "".join(f"{engine:>15}" for engine in found))
    for query in bench.queries:
        for sink in ("nothing", "Kafka"):
            row = [found[engine].get((query.name, sink)) for engine in found]
            if any(row):
                name = query.name + (" to Kafka" if sink == "Kafka" else "")
                print(f"{name:14}" + "".join(f"{value(one, get, form):>15}" for one in row))


def worst(found, engines):
    """The query in which headrace is least ahead of the best of `engines`: (ratio, query)."""
    ratios = []
    for step, ours in found.get("headrace", {}).items():
        theirs = [found[engine][step].per_cpu_s for engine in engines if found.get(engine, {}).get(step)]
        if ours and theirs:
            ratios.append((ours.per_cpu_s / max(theirs), step[0] + (" to Kafka" if step[1] == "Kafka" else "")))
    return min(ratios) if ratios else None


def report(bench, found):
    print(f"{bench.events} Nexmark events as JSON, {bench.partitions} partitions, {bench.events_per_second} a second of event time; "
          f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for query in bench.queries:
        print(f"  {query.name:4} {query.title}")
    table("thousands of events a CPU second", bench, found, lambda one: one.per_cpu_s / 1000)
    table("thousands of events a second", bench, found, lambda one: one.per_wall_s / 1000)
    table("peak memory, MiB", bench, found, lambda one: one.peak_mib)
    parts = []
    for peer, engines in PEERS.items():
        least = worst(found, engines)
        parts.append(f"{least[0]:.1f} x {peer} ({least[1]})" if least else f"- x {peer}")
    print("\nworst: " + ", ".join(parts))
