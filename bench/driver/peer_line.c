#include "peers.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

static bool number_read(const cJSON *object, const char *name, double *number)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!cJSON_IsNumber(item) || item->valuedouble < 0)
		return false;
	*number = item->valuedouble;
	return true;
}

bool peer_line_read(const char *text, struct peer_line *line)
{
	cJSON *object = cJSON_Parse(text);
	const cJSON *warmed = cJSON_GetObjectItemCaseSensitive(object, "warmed");
	bool good = number_read(object, "wall_ns", &line->wall) &&
		    number_read(object, "cpu_ns", &line->cpu);

	line->has_warmed = cJSON_IsString(warmed);
	line->warmed = line->has_warmed ? strtoull(warmed->valuestring, NULL, 10) : 0;
	cJSON_Delete(object);
	return good;
}
