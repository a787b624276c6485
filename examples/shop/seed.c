/*
 * Some thousand rows. The inserts are issued without waiting for each: they share round trips.
 */
#include <stdio.h>
#include <string.h>

#include "demo.h"
#include "random.h"

enum {
	SEED = 20261122,
	BATCH = 60, /* operations in flight at once */
	NAME_SIZE = 64,
	EMAIL_SIZE = NAME_SIZE + 16,
};

struct seeding {
	struct demo *demo;
	struct random random;
	int64_t author_ids[AUTHOR_COUNT];
};

static const char *const materials[] = { "Brass", "Oak",   "Linen", "Glass", "Copper", "Walnut",
					 "Wool",  "Stone", "Cork",  "Steel", "Birch",  "Paper" };
static const char *const purposes[] = { "desk",    "floor",  "wall",    "reading",
					"kitchen", "garden", "bedside", "travel" };
static const char *const things[] = { "lamp",  "chair", "shelf", "clock", "vase",
				      "table", "stool", "frame", "bowl",  "rug" };
static const char *const first_names[] = { "ada",  "bela", "cleo", "dora", "edda",
					   "finn", "gero", "hana", "ivo",  "juno" };
static const char *const tag_names[] = { "sale",  "new",      "classic", "outdoor",
					 "gift",  "handmade", "large",   "small",
					 "light", "heavy",    "quiet",   "last one" };
static const char *const account_owners[ACCOUNT_COUNT] = { "ada",  "bela", "cleo", "dora",
							   "edda", "finn", "gero", "hana" };

#define PICK(random, words) (words)[random_below((random), sizeof(words) / sizeof(*(words)))]

/* The author of a row is needed by its products: these are awaited one by one for their keys. */
static qn_status seed_authors(qn_session *session, struct seeding *seeding)
{
	for (unsigned i = 0; i < AUTHOR_COUNT; i++) {
		char username[NAME_SIZE];
		char email[EMAIL_SIZE];
		shop_author *author;
		shop_author_new values = { .username = username };
		qn_status status;

		snprintf(username, sizeof(username), "%s%03u", PICK(&seeding->random, first_names),
			 i + 1);
		snprintf(email, sizeof(email), "%s@example.org", username);
		if (random_below(&seeding->random, 4))
			values.email = (qn_set_text)QN_SET(email);
		status = qn_await(shop_author_create(session, &author, &values));
		if (status != QN_OK)
			return status;
		seeding->author_ids[i] = author->id;
		screen_progress(&seeding->demo->screen, "authors", i + 1, AUTHOR_COUNT);
	}
	return QN_OK;
}

static qn_op *seed_product(qn_session *session, struct seeding *seeding, unsigned number)
{
	struct random *random = &seeding->random;
	char name[NAME_SIZE];
	char slug[NAME_SIZE];

	snprintf(name, sizeof(name), "%s %s %s", PICK(random, materials), PICK(random, purposes),
		 PICK(random, things));
	snprintf(slug, sizeof(slug), "item-%04u", number);
	return shop_product_create(
		session, NULL,
		&(shop_product_new){
			.name = name,
			.slug = slug,
			.price = { 500 + random_below(random, 49500), 2 },
			.stock = QN_SET((int32_t)random_below(random, 200)),
			.is_active = QN_SET(random_below(random, 10) != 0),
			.status = QN_SET(random_below(random, 5) ? SHOP_STATUS_LIVE
								 : SHOP_STATUS_DRAFT),
			.author_id = seeding->author_ids[random_below(random, AUTHOR_COUNT)],
		});
}

/*
 * Every operation of a batch is awaited, also after one of them failed; the first failure counts.
 */
static qn_status seed_products(qn_session *session, struct seeding *seeding)
{
	for (unsigned done = 0; done < PRODUCT_COUNT; done += BATCH) {
		qn_op *operations[BATCH];
		qn_status status = QN_OK;

		for (unsigned i = 0; i < BATCH; i++)
			operations[i] = seed_product(session, seeding, done + i + 1);
		for (unsigned i = 0; i < BATCH; i++) {
			qn_status ended = qn_await(operations[i]);

			if (status == QN_OK)
				status = ended;
		}
		if (status != QN_OK)
			return status;
		screen_progress(&seeding->demo->screen, "products", done + BATCH, PRODUCT_COUNT);
	}
	return QN_OK;
}

static qn_status seed_small_tables(qn_session *session)
{
	qn_status status = QN_OK;

	for (unsigned i = 0; i < TAG_COUNT && status == QN_OK; i++)
		status = qn_await(
			shop_tag_create(session, NULL, &(shop_tag_new){ .name = tag_names[i] }));
	for (unsigned i = 0; i < ACCOUNT_COUNT && status == QN_OK; i++)
		status = qn_await(shop_account_create(session, NULL,
						      &(shop_account_new){
							      .owner = account_owners[i],
							      .balance = QN_SET(qn_dec("1000.00")),
						      }));
	return status;
}

static qn_status seed_all(qn_session *session, void *argument)
{
	struct seeding *seeding = argument;
	qn_status status;

	seeding->random = (struct random){ SEED };
	status = seed_small_tables(session);
	if (status == QN_OK)
		status = seed_authors(session, seeding);
	return status == QN_OK ? seed_products(session, seeding) : status;
}

bool chapter_seed(struct demo *demo)
{
	struct seeding seeding = { .demo = demo };
	qn_pool_stats before;
	qn_pool_stats after;
	qn_status status;

	demo->shows_statements = false;
	qn_pool_read_stats(demo->pool, &before);
	status = qn_atomic(demo->session, seed_all, &seeding, NULL);
	qn_pool_read_stats(demo->pool, &after);
	screen_progress_end(&demo->screen);
	if (!demo_check(demo->session, status))
		return false;
	screen_result(&demo->screen,
		      "%d products of %d authors, %d tags, %d accounts with 1000.00 each",
		      PRODUCT_COUNT, AUTHOR_COUNT, TAG_COUNT, ACCOUNT_COUNT);
	screen_result(&demo->screen, "one transaction, %llu statements in %llu round trips",
		      (unsigned long long)(after.operations - before.operations),
		      (unsigned long long)(after.round_trips - before.round_trips));
	return true;
}
