"""What the peers in Python share: the command line, the work, the clock, the line that is printed.

Each peer is run as "PEER URL CASE OPERATIONS WARM-UP". It does the operations of the case, first
WARM-UP of them, of which it adds up all that it read, then OPERATIONS within the time that is
measured, and prints one line of JSON: nanoseconds of wall time and of CPU of its process, and the
sum, which is the same for all peers. "PEER --version" prints what it measures; without its library
it exits with a reason on stderr.
"""

import asyncio
import importlib
import itertools
import json
import platform
import sys
import threading
import time
import urllib.parse
import zlib
from datetime import datetime, timedelta, timezone
from decimal import Decimal

# The sizes of the tables: see bench/lib/tables.h.
PRODUCT_COUNT = 100000
CATEGORY_COUNT = 100
ACCOUNT_COUNT = 10000
LIST_LENGTH = 50

IN_FLIGHT = 64
CONNECTIONS = 4

COLUMNS = "id, name, slug, description, price, stock, is_active, category, weight, created_at"
DELIVERY_DESCRIPTION = "a delivery that the benchmark makes, as long as a product's own text"
ADDED = Decimal("1.25")

MASK = 2**64 - 1
EPOCH = datetime(2000, 1, 1, tzinfo=timezone.utc)
STATUS_ABSENT = 77


def need(module, package):
    """The module, or the end of the program when it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        print(f"the package '{package}' is not installed: {error}", file=sys.stderr)
        sys.exit(STATUS_ABSENT)


def python_version():
    return f"Python {platform.python_version()}"


class Server:
    """Where the server is, in the parts that libraries want."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.url = url
        self.user = parts.username
        self.port = parts.port
        self.database = parts.path[1:]
        self.host = urllib.parse.parse_qs(parts.query)["host"][0]


def numbers(bound):
    """The numbers of bench/lib/stream.h: every contender asks for the same rows."""
    state = 42
    while True:
        state = (state * 6364136223846793005 + 1) & MASK
        yield ((state >> 32) * bound >> 32) + 1


def hundredths(count):
    return Decimal(count).scaleb(-2)


def deliveries():
    """The values of the rows that create makes, in the order of the columns."""
    for number in itertools.count():
        yield (
            f"Delivery {number}",
            f"delivery-{number}",
            DELIVERY_DESCRIPTION,
            hundredths(number * 37 % 99999 + 1),
            number % 1000,
            True,
            number % 100 + 1,
            number % 500 / 8,
        )


def transfer_amount(balance):
    """The hundredth part of a balance."""
    return hundredths(int(balance * 100) // 100)


def product_digest(row):
    """The sum of a product, as bench/worker/product.c takes it."""
    (number, name, slug, description, price, stock, is_active, category, weight, created_at) = row
    total = number * 3 + ord(name[0]) * 5 + ord(slug[0]) * 7 + ord(description[0]) * 11
    total += int(price * 100) * 13 + stock * 17 + category * 19 + int(weight * 8) * 23
    total += (created_at - EPOCH) // timedelta(microseconds=1) * 29 + is_active
    total += zlib.crc32(name.encode()) + zlib.crc32(slug.encode()) * 3
    return total + zlib.crc32(description.encode()) * 5


def products_digest(rows):
    return sum(map(product_digest, rows))


def one_product(row):
    return row if row is None else product_digest(row)


CASES = {
    "get": (lambda: numbers(PRODUCT_COUNT), product_digest),
    "get-64-on-4": (lambda: numbers(PRODUCT_COUNT), product_digest),
    "list-50": (lambda: numbers(CATEGORY_COUNT), products_digest),
    "list-all": (lambda: itertools.repeat(None), products_digest),
    "create": (deliveries, lambda number: number),
    "update": (lambda: numbers(ACCOUNT_COUNT), lambda nothing: 0),
    "transaction": (lambda: numbers(ACCOUNT_COUNT // 2), lambda balance: int(balance * 100)),
}


class Work:
    """What is to be done, each operation by an item of its own, and what was measured.

    An operation of a case gives: a product; a list of products; the number of the row that was
    created; nothing; the balance that the transaction read. `row_of` makes the tuple of the columns
    of what the library hands out for a product.
    """

    def __init__(self, case, operations, warm_up, row_of=None):
        items, self.digest = CASES[case]
        if row_of is not None and self.digest is product_digest:
            self.digest = lambda product: product_digest(row_of(product))
        elif row_of is not None and self.digest is products_digest:
            self.digest = lambda products: products_digest(map(row_of, products))
        stream = items()
        self.warm_up = list(itertools.islice(stream, warm_up))
        self.operations = list(itertools.islice(stream, operations))
        self.warmed = 0

    def begin(self):
        self.cpu = time.process_time_ns()
        self.wall = time.perf_counter_ns()

    def end(self):
        self.wall = time.perf_counter_ns() - self.wall
        self.cpu = time.process_time_ns() - self.cpu

    def add(self, result):
        self.warmed = (self.warmed + self.digest(result)) & MASK

    def run(self, one):
        """One operation at a time."""
        for item in self.warm_up:
            self.add(one(item))
        self.begin()
        for item in self.operations:
            one(item)
        self.end()

    def run_threads(self, functions):
        """A thread each of the functions, which get an even part of the items and give a list."""
        for result in in_threads(functions, self.warm_up):
            self.add(result)
        self.begin()
        in_threads(functions, self.operations)
        self.end()

    async def run_async(self, one, in_flight):
        """So many coroutines, each with one operation at a time."""
        await in_coroutines(one, in_flight, self.warm_up, self.add)
        self.begin()
        await in_coroutines(one, in_flight, self.operations, lambda result: None)
        self.end()


def in_threads(functions, items):
    results = []
    count = len(functions)

    def run(index):
        results.extend(functions[index](items[index::count]))

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(results) != len(items):
        sys.exit("an operation in a thread failed")
    return results


async def in_coroutines(one, in_flight, items, take):
    left = iter(items)

    async def run():
        for item in left:
            take(await one(item))

    await asyncio.gather(*(run() for _ in range(in_flight)))


def main(version, run, row_of=None):
    """Calls `run(server, case, work)`, which is to call one of the runs of the work."""
    if sys.argv[1:] == ["--version"]:
        print(json.dumps({"version": version}))
        return
    if len(sys.argv) != 5 or sys.argv[2] not in CASES:
        sys.exit(f"usage: {sys.argv[0]} URL CASE OPERATIONS WARM-UP | --version")
    url, case, operations, warm_up = sys.argv[1:]
    work = Work(case, int(operations), int(warm_up), row_of)
    run(Server(url), case, work)
    # The sum as text: a number of JSON has no 64 bits.
    print(json.dumps({"wall_ns": work.wall, "cpu_ns": work.cpu, "warmed": str(work.warmed)}))


def check(found, expected):
    """Ends the program when an operation did something else than it should."""
    if found != expected:
        sys.exit(f"found {found!r} where {expected!r} was expected")
