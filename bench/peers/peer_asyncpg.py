"""asyncpg on uvloop: prepared statements; 64 in flight through its pool of four connections."""

import common

asyncpg = common.need("asyncpg", "python3-asyncpg")
uvloop = common.need("uvloop", "python3-uvloop")

GET = f"SELECT {common.COLUMNS} FROM store_product WHERE id = $1"
LIST = (
    f"SELECT {common.COLUMNS} FROM store_product WHERE is_active AND category = $1 "
    "ORDER BY created_at DESC LIMIT 50"
)
ALL = f"SELECT {common.COLUMNS} FROM store_product"
CREATE = (
    "INSERT INTO store_delivery (name, slug, description, price, stock, is_active, category, "
    f"weight) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING {common.COLUMNS}"
)
CHANGE = "UPDATE store_account SET balance = balance + $1 WHERE id = $2"
READ = "SELECT id, owner, balance FROM store_account WHERE id = $1"


def where(server):
    return {
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "database": server.database,
    }


async def get_case(connection):
    statement = await connection.prepare(GET)

    async def get(number):
        row = await statement.fetchrow(number)
        common.check(row[0], number)
        return row

    return get


async def list_50_case(connection):
    statement = await connection.prepare(LIST)

    async def list_50(category):
        rows = await statement.fetch(category)
        common.check(len(rows), common.LIST_LENGTH)
        return rows

    return list_50


async def list_all_case(connection):
    statement = await connection.prepare(ALL)

    async def list_all(_):
        rows = await statement.fetch()
        common.check(len(rows), common.PRODUCT_COUNT)
        return rows

    return list_all


async def create_case(connection):
    statement = await connection.prepare(CREATE)

    async def create(values):
        return (await statement.fetchrow(*values))[0]

    return create


async def update_case(connection):
    async def update(number):
        common.check(await connection.execute(CHANGE, common.ADDED, number), "UPDATE 1")

    return update


async def transaction_case(connection):
    async def transaction(number):
        async with connection.transaction():
            balance = (await connection.fetchrow(READ, number))[2]
            amount = common.transfer_amount(balance)
            await connection.execute(CHANGE, -amount, number)
            other = number + common.ACCOUNT_COUNT // 2
            common.check(await connection.execute(CHANGE, amount, other), "UPDATE 1")
        return balance

    return transaction


CASES = {
    "get": get_case,
    "list-50": list_50_case,
    "list-all": list_all_case,
    "create": create_case,
    "update": update_case,
    "transaction": transaction_case,
}


async def run_pool(server, work):
    size = common.CONNECTIONS
    pool = await asyncpg.create_pool(min_size=size, max_size=size, **where(server))

    async def get(number):
        row = await pool.fetchrow(GET, number)
        common.check(row[0], number)
        return row

    await work.run_async(get, common.IN_FLIGHT)
    await pool.close()


async def run_case(server, case, work):
    if case == "get-64-on-4":
        await run_pool(server, work)
        return
    connection = await asyncpg.connect(**where(server))
    await work.run_async(await CASES[case](connection), 1)
    await connection.close()


def run(server, case, work):
    uvloop.install()
    common.asyncio.run(run_case(server, case, work))


common.main(
    f"asyncpg {asyncpg.__version__}, uvloop {uvloop.__version__}, {common.python_version()}", run
)
