"""psycopg 3: prepared, binary results.

64 in flight: four threads, each with a connection in pipeline mode, send 16 gets at once.
"""

import common

psycopg = common.need("psycopg", "python3-psycopg")

GET = f"SELECT {common.COLUMNS} FROM store_product WHERE id = %s"
LIST = (
    f"SELECT {common.COLUMNS} FROM store_product WHERE is_active AND category = %s "
    "ORDER BY created_at DESC LIMIT 50"
)
ALL = f"SELECT {common.COLUMNS} FROM store_product"
CREATE = (
    "INSERT INTO store_delivery (name, slug, description, price, stock, is_active, category, "
    f"weight) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING {common.COLUMNS}"
)
CHANGE = "UPDATE store_account SET balance = balance + %s WHERE id = %s"
READ = "SELECT id, owner, balance FROM store_account WHERE id = %s"

BATCH = common.IN_FLIGHT // common.CONNECTIONS


def connect(server):
    return psycopg.connect(server.url, autocommit=True)


def cases(connection):
    def execute(sql, values):
        return connection.execute(sql, values, prepare=True, binary=True)

    def get(number):
        row = execute(GET, (number,)).fetchone()
        common.check(row[0], number)
        return row

    def list_50(category):
        rows = execute(LIST, (category,)).fetchall()
        common.check(len(rows), common.LIST_LENGTH)
        return rows

    def list_all(_):
        rows = execute(ALL, ()).fetchall()
        common.check(len(rows), common.PRODUCT_COUNT)
        return rows

    def create(values):
        return execute(CREATE, values).fetchone()[0]

    def update(number):
        common.check(execute(CHANGE, (common.ADDED, number)).rowcount, 1)

    def transaction(number):
        with connection.transaction():
            balance = execute(READ, (number,)).fetchone()[2]
            amount = common.transfer_amount(balance)
            execute(CHANGE, (-amount, number))
            other = number + common.ACCOUNT_COUNT // 2
            common.check(execute(CHANGE, (amount, other)).rowcount, 1)
        return balance

    return {
        "get": get,
        "list-50": list_50,
        "list-all": list_all,
        "create": create,
        "update": update,
        "transaction": transaction,
    }


def many(connection):
    def batch(items):
        with connection.pipeline():
            cursors = [
                connection.execute(GET, (item,), prepare=True, binary=True) for item in items
            ]
            rows = [cursor.fetchone() for cursor in cursors]
        for row, item in zip(rows, items):
            common.check(row[0], item)
        return rows

    def run(items):
        rows = []
        for first in range(0, len(items), BATCH):
            rows.extend(batch(items[first : first + BATCH]))
        return rows

    return run


def run(server, case, work):
    if case == "get-64-on-4":
        work.run_threads([many(connect(server)) for _ in range(common.CONNECTIONS)])
        return
    work.run(cases(connect(server))[case])


common.main(
    f"psycopg {psycopg.__version__} ({psycopg.pq.__impl__}), {common.python_version()}", run
)
