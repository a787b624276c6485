// node-pg: named, so prepared, statements; 64 in flight through its pool of four connections.
'use strict';

const common = require('./common.js');

const pg = common.need('pg');

const SQL = {
	get: `SELECT ${common.COLUMNS} FROM store_product WHERE id = $1`,
	list: `SELECT ${common.COLUMNS} FROM store_product WHERE is_active AND category = $1 ` +
		'ORDER BY created_at DESC LIMIT 50',
	all: `SELECT ${common.COLUMNS} FROM store_product`,
	create: 'INSERT INTO store_delivery (name, slug, description, price, stock, is_active, ' +
		'category, weight) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ' +
		`RETURNING ${common.COLUMNS}`,
	change: 'UPDATE store_account SET balance = balance + $1 WHERE id = $2',
	read: 'SELECT id, owner, balance FROM store_account WHERE id = $1',
};

// The operations of all cases on a client or a pool.
function operations(client) {
	const query = (name, values) => client.query({ name, text: SQL[name], values });
	const list = async (name, values, length) => {
		const { rows } = await query(name, values);

		common.check(rows.length, length);
		return rows;
	};
	const get = async (id) => {
		const { rows } = await query('get', [id]);

		common.check(rows[0].id, String(id));
		return rows[0];
	};
	const change = async (amount, id) => {
		common.check((await query('change', [amount, id])).rowCount, 1);
	};

	return {
		'get': get,
		'get-64-on-4': get,
		'list-50': (category) => list('list', [category], common.LIST_LENGTH),
		'list-all': () => list('all', [], common.PRODUCT_COUNT),
		'create': async (values) => (await query('create', values)).rows[0].id,
		'update': (id) => change('1.25', id),
		'transaction': async (id) => {
			await client.query('BEGIN');
			const { balance } = (await query('read', [id])).rows[0];
			const amount = common.transferAmount(balance);

			await change(`-${amount}`, id);
			await change(amount, id + common.ACCOUNT_COUNT / 2);
			await client.query('COMMIT');
			return balance;
		},
	};
}

common.main('pg', async (server, name) => {
	const client = name === 'get-64-on-4'
		? new pg.Pool({ ...server, max: common.CONNECTIONS })
		: new pg.Client(server);

	if (client instanceof pg.Client)
		await client.connect();
	return { one: operations(client)[name], close: () => client.end() };
});
