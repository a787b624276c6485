// What the peers in JavaScript share; the same as common.py says and does for those in Python.
'use strict';

const fs = require('fs');
const path = require('path');

// The sizes of the tables: see bench/lib/tables.h.
const PRODUCT_COUNT = 100000;
const CATEGORY_COUNT = 100;
const ACCOUNT_COUNT = 10000;
const LIST_LENGTH = 50;

const IN_FLIGHT = 64;
const CONNECTIONS = 4;

const COLUMNS = [
	'id', 'name', 'slug', 'description', 'price', 'stock', 'is_active', 'category', 'weight',
	'created_at',
].join(', ');
const DELIVERY_DESCRIPTION =
	"a delivery that the benchmark makes, as long as a product's own text";

const EPOCH = Date.UTC(2000, 0, 1);
const STATUS_ABSENT = 77;

function end(message, status = 1) {
	process.stderr.write(`${message}\n`);
	process.exit(status);
}

// The library, or the end of the program when it is not installed.
function need(name) {
	try {
		return require(name);
	} catch (error) {
		return end(`the npm package '${name}' is not installed: ${error.code}`, STATUS_ABSENT);
	}
}

// Where the server is, in the parts that libraries want.
function server(url) {
	const [, user, port, database, host] =
		/^postgresql:\/\/([^@]*)@:([0-9]+)\/([^?]*)\?host=(.*)$/.exec(url);

	return { user, port: Number(port), database, host: decodeURIComponent(host) };
}

// The numbers of bench/lib/stream.h: every contender asks for the same rows.
function* numbers(bound) {
	let state = 42n;

	for (;;) {
		state = BigInt.asUintN(64, state * 6364136223846793005n + 1n);
		yield Number(((state >> 32n) * BigInt(bound)) >> 32n) + 1;
	}
}

function* repeat() {
	for (;;)
		yield undefined;
}

// The values of the rows that create makes, in the order of the columns.
function* deliveries() {
	for (let number = 0; ; number++)
		yield [
			`Delivery ${number}`, `delivery-${number}`, DELIVERY_DESCRIPTION,
			((number * 37 % 99999 + 1) / 100).toFixed(2), number % 1000, true,
			number % 100 + 1, number % 500 / 8,
		];
}

function hundredths(decimal) {
	return Number(decimal.replace('.', ''));
}

// The hundredth part of a balance, as text.
function transferAmount(balance) {
	return (Math.floor(hundredths(balance) / 100) / 100).toFixed(2);
}

const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
	let remainder = byte;

	for (let bit = 0; bit < 8; bit++)
		remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
	return remainder;
});

function crc32(text) {
	let remainder = -1;

	for (const byte of Buffer.from(text))
		remainder = crcTable[(remainder ^ byte) & 255] ^ (remainder >>> 8);
	return (remainder ^ -1) >>> 0;
}

// The sum of a product, as bench/worker/product.c takes it. Only the time does not fit a number.
function productDigest(product) {
	const small = Number(product.id) * 3 + product.name.charCodeAt(0) * 5 +
		product.slug.charCodeAt(0) * 7 + product.description.charCodeAt(0) * 11 +
		hundredths(product.price) * 13 + product.stock * 17 + product.category * 19 +
		product.weight * 8 * 23 + (product.is_active ? 1 : 0) + crc32(product.name) +
		crc32(product.slug) * 3 + crc32(product.description) * 5;

	return BigInt(small) + BigInt(product.created_at.getTime() - EPOCH) * 29000n;
}

function productsDigest(products) {
	return products.reduce((total, product) => total + productDigest(product), 0n);
}

const CASES = {
	'get': [() => numbers(PRODUCT_COUNT), productDigest],
	'get-64-on-4': [() => numbers(PRODUCT_COUNT), productDigest],
	'list-50': [() => numbers(CATEGORY_COUNT), productsDigest],
	'list-all': [repeat, productsDigest],
	'create': [deliveries, (number) => BigInt(number)],
	'update': [() => numbers(ACCOUNT_COUNT), () => 0n],
	'transaction': [() => numbers(ACCOUNT_COUNT / 2), (balance) => BigInt(hundredths(balance))],
};

function take(stream, count) {
	return Array.from({ length: count }, () => stream.next().value);
}

// So many operations in flight, each by an item of its own.
async function inFlight(one, count, items, look) {
	let next = 0;
	const lane = async () => {
		while (next < items.length)
			look(await one(items[next++]));
	};

	await Promise.all(Array.from({ length: count }, lane));
}

async function measure(one, count, [name, operations, warmUp]) {
	const [items, digest] = CASES[name];
	const stream = items();
	const warming = take(stream, Number(warmUp));
	const measured = take(stream, Number(operations));
	let warmed = 0n;

	await inFlight(one, count, warming, (result) => {
		warmed += digest(result);
	});
	const cpuBefore = process.cpuUsage();
	const wallBefore = process.hrtime.bigint();
	await inFlight(one, count, measured, () => {});
	const wall = process.hrtime.bigint() - wallBefore;
	const cpu = process.cpuUsage(cpuBefore);
	// The sum as text: a number of JSON has no 64 bits.
	console.log(JSON.stringify({
		wall_ns: Number(wall),
		cpu_ns: (cpu.user + cpu.system) * 1000,
		warmed: String(BigInt.asUintN(64, warmed)),
	}));
}

function version(name) {
	const file = path.join(process.env.NODE_PATH || 'node_modules', name, 'package.json');

	return `${name} ${JSON.parse(fs.readFileSync(file)).version}, Node.js ${process.versions.node}`;
}

// Gets of `open(server, case)` the operation of the case, what closes its connections, and runs it.
async function main(name, open) {
	const [url, ...work] = process.argv.slice(2);

	if (url === '--version') {
		console.log(JSON.stringify({ version: version(name) }));
		return;
	}
	if (work.length !== 3 || !(work[0] in CASES))
		end('usage: PEER URL CASE OPERATIONS WARM-UP | --version');
	try {
		const { one, close } = await open(server(url), work[0]);

		await measure(one, work[0] === 'get-64-on-4' ? IN_FLIGHT : 1, work);
		await close();
	} catch (error) {
		end(error.stack);
	}
}

// Throws when an operation did something else than it should.
function check(found, expected) {
	if (found !== expected)
		throw new Error(`found ${found} where ${expected} was expected`);
}

module.exports = {
	ACCOUNT_COUNT, COLUMNS, CONNECTIONS, LIST_LENGTH, PRODUCT_COUNT,
	check, main, need, transferAmount,
};
