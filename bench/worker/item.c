#include "item.h"

#include "product.h"

uint64_t item_digest(const struct item *item)
{
	uint64_t sum = item_sum(item) + text_digest(item->name) + text_digest(item->slug);

	if (item->owner != NULL) {
		sum += text_digest(item->owner->name) + text_digest(item->owner->email);
		sum += text_digest(item->category->name) + text_digest(item->category->slug);
	}
	for (size_t i = 0; i < item->tag_count; i++)
		sum += text_digest(item->tags[i].name);
	return sum;
}
