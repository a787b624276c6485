BEGIN;

CREATE TABLE keys_customer (
	number bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
	name text NOT NULL,
	referrer_number bigint,
	CONSTRAINT keys_customer_pkey PRIMARY KEY (number),
	CONSTRAINT keys_customer_referrer_number_fkey FOREIGN KEY (referrer_number)
		REFERENCES keys_customer (number) ON DELETE SET NULL
);

CREATE TABLE keys_order (
	id uuid NOT NULL,
	first_line_order_id uuid,
	first_line_position integer,
	customer_number bigint NOT NULL,
	CONSTRAINT keys_order_pkey PRIMARY KEY (id),
	CONSTRAINT keys_order_customer_number_fkey FOREIGN KEY (customer_number)
		REFERENCES keys_customer (number)
);

CREATE TABLE keys_line (
	order_id uuid NOT NULL,
	"position" integer NOT NULL,
	text text NOT NULL,
	CONSTRAINT keys_line_pkey PRIMARY KEY (order_id, "position"),
	CONSTRAINT keys_line_order_id_fkey FOREIGN KEY (order_id)
		REFERENCES keys_order (id) ON DELETE CASCADE
);

CREATE TABLE keys_log (
	at timestamptz DEFAULT now() NOT NULL,
	text text NOT NULL
);

CREATE TABLE keys_nothing ();

CREATE TABLE keys_pair (
	a integer NOT NULL,
	b integer NOT NULL,
	CONSTRAINT keys_pair_pkey PRIMARY KEY (a, b)
);

ALTER TABLE keys_order
	ADD CONSTRAINT keys_order_first_line_order_id_first_line_position_fkey FOREIGN KEY (first_line_order_id, first_line_position)
		REFERENCES keys_line (order_id, "position");

COMMIT;
