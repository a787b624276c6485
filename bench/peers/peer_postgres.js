// postgres.js: prepares by itself, and pipelines by itself on up to four connections.
'use strict';

const common = require('./common.js');

const postgres = common.need('postgres');

// The operations of all cases.
function operations(sql) {
	const columns = sql.unsafe(common.COLUMNS);
	const list = async (query, length) => {
		const rows = await query;

		common.check(rows.length, length);
		return rows;
	};
	const get = async (id) => {
		const [row] = await sql`SELECT ${columns} FROM store_product WHERE id = ${id}`;

		common.check(row.id, String(id));
		return row;
	};
	const change = async (on, amount, id) => {
		const done = await on`UPDATE store_account SET balance = balance + ${amount}
			WHERE id = ${id}`;

		common.check(done.count, 1);
	};

	return {
		'get': get,
		'get-64-on-4': get,
		'list-50': (category) => list(sql`SELECT ${columns} FROM store_product
			WHERE is_active AND category = ${category}
			ORDER BY created_at DESC LIMIT 50`, common.LIST_LENGTH),
		'list-all': () => list(sql`SELECT ${columns} FROM store_product`,
			common.PRODUCT_COUNT),
		'create': async ([name, slug, description, price, stock, isActive, category, weight]) =>
			(await sql`INSERT INTO store_delivery (name, slug, description, price, stock,
				is_active, category, weight) VALUES (${name}, ${slug}, ${description},
				${price}, ${stock}, ${isActive}, ${category}, ${weight})
				RETURNING ${columns}`)[0].id,
		'update': (id) => change(sql, '1.25', id),
		'transaction': (id) => sql.begin(async (block) => {
			const [{ balance }] = await block`SELECT id, owner, balance FROM store_account
				WHERE id = ${id}`;
			const amount = common.transferAmount(balance);

			await Promise.all([
				change(block, `-${amount}`, id),
				change(block, amount, id + common.ACCOUNT_COUNT / 2),
			]);
			return balance;
		}),
	};
}

common.main('postgres', async ({ user, port, database, host }, name) => {
	const sql = postgres({
		path: `${host}/.s.PGSQL.${port}`,
		user,
		database,
		max: name === 'get-64-on-4' ? common.CONNECTIONS : 1,
	});

	return { one: operations(sql)[name], close: () => sql.end() };
});
