"""pgbench -M prepared: the same statements from a client that hardly looks at what it gets.

64 in flight it does not do in this form: four connections with one get each. It takes rows of its
own choice, so it has no sum to compare; its CPU time is that of the whole process, less that of one
which does next to nothing.
"""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile

import common

NAME = "pgbench"

PRODUCT = rf"\set id random(1, {common.PRODUCT_COUNT})"
ACCOUNT = rf"\set id random(1, {common.ACCOUNT_COUNT // 2})"
GET = [PRODUCT, f"SELECT {common.COLUMNS} FROM store_product WHERE id = :id;"]
SCRIPTS = {
    "get": GET,
    "get-64-on-4": GET,
    "list-50": [
        rf"\set category random(1, {common.CATEGORY_COUNT})",
        f"SELECT {common.COLUMNS} FROM store_product WHERE is_active AND category = :category "
        "ORDER BY created_at DESC LIMIT 50;",
    ],
    "list-all": [f"SELECT {common.COLUMNS} FROM store_product;"],
    "create": [
        PRODUCT,
        "INSERT INTO store_delivery (name, slug, description, price, stock, is_active, category, "
        f"weight) VALUES ('Delivery', 'delivery', '{common.DELIVERY_DESCRIPTION}', "
        f":id / 100.0, :id, true, :id, :id / 8.0) RETURNING {common.COLUMNS};",
    ],
    "update": [ACCOUNT, "UPDATE store_account SET balance = balance + 1.25 WHERE id = :id;"],
    "transaction": [
        ACCOUNT,
        rf"\set other :id + {common.ACCOUNT_COUNT // 2}",
        "BEGIN;",
        "SELECT id AS read_id, owner, balance FROM store_account WHERE id = :id \\gset",
        r"\set amount :balance / 100",
        "UPDATE store_account SET balance = balance - :amount WHERE id = :id;",
        "UPDATE store_account SET balance = balance + :amount WHERE id = :other;",
        "COMMIT;",
    ],
}
# Its texts have an apostrophe, which SQL doubles.
SCRIPTS["create"][1] = SCRIPTS["create"][1].replace("product's", "product''s")


def children_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return int((usage.ru_utime + usage.ru_stime) * 1e9)


def pgbench(server, script, connections, operations):
    """The nanoseconds of wall time and of CPU that so many operations of each connection took."""
    environment = dict(
        os.environ,
        PGHOST=server.host,
        PGPORT=str(server.port),
        PGUSER=server.user,
        PGDATABASE=server.database,
    )
    command = [NAME, "-n", "-M", "prepared", "-j", "1", "-c", str(connections)]
    command += ["-t", str(operations), "-f", script]
    before = children_cpu()
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    rate = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    if done.returncode != 0 or rate is None:
        sys.exit(f"{NAME} failed: {done.stderr}")
    wall = connections * operations / float(rate.group(1)) * 1e9
    return int(wall), children_cpu() - before


def measure(server, case, operations, warm_up):
    connections = common.CONNECTIONS if case == "get-64-on-4" else 1

    def run(lines, count):
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write("\n".join(lines) + "\n")
            script.flush()
            return pgbench(server, script.name, connections, max(count // connections, 1))

    run(SCRIPTS[case], warm_up)
    _, idle = run(["SELECT 1;"], connections)
    wall, cpu = run(SCRIPTS[case], operations)
    print(json.dumps({"wall_ns": wall, "cpu_ns": max(cpu - idle, 0)}))


def version():
    if shutil.which(NAME) is None:
        print("the package 'postgresql' is not installed: there is no pgbench", file=sys.stderr)
        sys.exit(common.STATUS_ABSENT)
    done = subprocess.run([NAME, "--version"], capture_output=True, text=True, check=True)
    return "pgbench " + re.search(r"[0-9][0-9.]*", done.stdout).group(0)


if sys.argv[1:] == ["--version"]:
    print(json.dumps({"version": version()}))
elif len(sys.argv) == 5 and sys.argv[2] in SCRIPTS:
    measure(common.Server(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
else:
    sys.exit(f"usage: {sys.argv[0]} URL CASE OPERATIONS WARM-UP | --version")
