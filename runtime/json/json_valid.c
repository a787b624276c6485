#include "json/json_out.h"
#include "json/scan.h"

bool json_is_valid(const char *text, size_t len, unsigned depth_max)
{
	struct json_scanner scanner = { .at = text, .end = text + len, .depth_max = depth_max };

	(void)json_scan(&scanner);
	return json_scan_value(&scanner) && json_scan(&scanner) == JSON_END;
}
