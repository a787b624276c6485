"""psycopg2: statements with the values in their text, as the library sends them.

64 in flight it does not do: four threads, each with a connection, wait for one get each.
"""

import common

psycopg2 = common.need("psycopg2", "python3-psycopg2")

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


def connect(server, autocommit=True):
    connection = psycopg2.connect(server.url)
    connection.autocommit = autocommit
    return connection


def getter(cursor):
    def get(number):
        cursor.execute(GET, (number,))
        row = cursor.fetchone()
        common.check(row[0], number)
        return row

    return get


def cases(cursor):
    def list_50(category):
        cursor.execute(LIST, (category,))
        rows = cursor.fetchall()
        common.check(len(rows), common.LIST_LENGTH)
        return rows

    def list_all(_):
        cursor.execute(ALL)
        rows = cursor.fetchall()
        common.check(len(rows), common.PRODUCT_COUNT)
        return rows

    def create(values):
        cursor.execute(CREATE, values)
        return cursor.fetchone()[0]

    def update(number):
        cursor.execute(CHANGE, (common.ADDED, number))
        common.check(cursor.rowcount, 1)

    def transaction(number):
        cursor.execute(READ, (number,))
        balance = cursor.fetchone()[2]
        amount = common.transfer_amount(balance)
        cursor.execute(CHANGE, (-amount, number))
        cursor.execute(CHANGE, (amount, number + common.ACCOUNT_COUNT // 2))
        common.check(cursor.rowcount, 1)
        cursor.connection.commit()
        return balance

    return {
        "get": getter(cursor),
        "list-50": list_50,
        "list-all": list_all,
        "create": create,
        "update": update,
        "transaction": transaction,
    }


def many(connection):
    get = getter(connection.cursor())
    return lambda items: [get(item) for item in items]


def run(server, case, work):
    if case == "get-64-on-4":
        work.run_threads([many(connect(server)) for _ in range(common.CONNECTIONS)])
        return
    connection = connect(server, autocommit=case != "transaction")
    work.run(cases(connection.cursor())[case])


version = psycopg2.__version__.split()[0]
common.main(f"psycopg2 {version}, {common.python_version()}", run)
