"""Reading invoice files, beside ofdkit for OFD and bare pdfplumber for PDF, in one run.

Prints medians over the files of a format (each the median of some readings), the slowest file,
and what both processes hold in memory while 1,000 files of all formats are read.
"""

import io
import logging
import statistics
import time
from importlib import import_module

import psutil
from fapiao_files import find_samples, make_files, read

ROUNDS = 5
MIXED = 1000
TARGETS = {"XML": 5, "OFD": 20, "PDF": 120}


def read_with_ofdkit(content):
    return import_module("ofdkit").extract_invoice(content)


def extract_with_pdfplumber(content):
    with import_module("pdfplumber").open(io.BytesIO(content)) as file:
        return [page.extract_text() for page in file.pages]


BESIDE = {
    "OFD": ("ofdkit", read_with_ofdkit),
    "PDF": ("pdfplumber", extract_with_pdfplumber),
}


def measure(function, content):
    """Median milliseconds of some calls, after one that warms up."""
    function(content)
    times = []
    for _round in range(ROUNDS):
        start = time.perf_counter()
        function(content)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def measure_all(function, files):
    """Milliseconds of each file, none where the package is not there."""
    try:
        return {name: measure(function, content) for name, content in files.items()}
    except ImportError:
        return {}


def show(subject, files, title):
    """Print a row: our median and slowest, the other's median and the ratio."""
    ours = measure_all(read, files)
    name, function = BESIDE.get(title, ("", None))
    theirs = measure_all(function, files) if function else {}
    median = statistics.median(ours.values())
    worst = max(ours, key=ours.get)
    row = f"  {subject:24}{len(files):6}{median:10.1f}{ours[worst]:10.1f}"
    if theirs:
        other = statistics.median(theirs.values())
        row += f"   {name} {other:.1f}, {other / median:.2f} x ours"
    print(f"{row}   target: {TARGETS[title]} ms   slowest: {worst}")


def show_memory(files):
    """Print megabytes after each part of many files, of this process and the one it started."""
    own = psutil.Process()
    contents = [content for kind in files.values() for content in kind.values()]
    print(f"\n  {'files':>6}{'own MiB':>10}{'reader MiB':>12}")
    for count in range(MIXED + 1):
        if count % (MIXED // 5) == 0:
            held = [own.memory_info().rss, sum(c.memory_info().rss for c in own.children())]
            print(f"  {count:6}{held[0] / 2**20:10.1f}{held[1] / 2**20:12.1f}")
        read(contents[count % len(contents)])


# pdfminer warns of each font that lacks something.
logging.getLogger("pdfminer").setLevel(logging.ERROR)
generated = make_files()
start = time.perf_counter()
read(next(iter(generated["PDF"].values())))
print(f"first PDF, with the start of its process: {(time.perf_counter() - start) * 1000:.0f} ms")
print(f"\n  {'median ms of a file':24}{'files':>6}{'median':>10}{'slowest':>10}")
for title, files in generated.items():
    show(f"{title}, generated", files, title)
    samples = find_samples(f".{title.lower()}")
    if samples:
        show(f"{title}, samples", samples, title)
show_memory(generated)
