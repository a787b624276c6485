#include <stdio.h>

#include "pool/pool_state.h"

struct setting {
	const char *name;
	size_t offset;
	uint32_t standard;
	uint32_t least;
	uint32_t most;
};

#define SETTING(name, standard, least, most)                                 \
	{                                                                    \
#name, offsetof(qn_pool_config, name), standard, least, most \
	}

enum { DAY = 24 * 60 * 60 * 1000 };

static const struct setting settings[] = {
	SETTING(max, 10, 1, 10000),
	SETTING(min, 0, 0, 10000),
	SETTING(acquire_timeout, 30000, 1, DAY),
	SETTING(connect_timeout, 10000, 1, DAY),
	SETTING(deadline, 60000, 1, 10 * DAY),
	SETTING(idle_timeout, 10 * 60 * 1000, 1, DAY),
	SETTING(max_lifetime, 30 * 60 * 1000, 1, 10 * DAY),
	SETTING(retry_delay, 100, 1, DAY),
	SETTING(max_retry_delay, 10000, 1, DAY),
	SETTING(max_waiting, 100000, 1, 100000000),
	SETTING(pipeline_depth, 64, 1, 4096),
	SETTING(statement_cache, 256, 1, 65536),
	SETTING(task_stack, 64 * 1024, 16 * 1024, 1024 * 1024 * 1024),
};

qn_status pool_settings_complete(qn_pool_config *config, char *message, size_t size)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const struct setting *setting = &settings[i];
		uint32_t *value = (uint32_t *)(void *)((char *)config + setting->offset);
		if (*value == 0)
			*value = setting->standard;
		if (*value < setting->least || *value > setting->most) {
			snprintf(message, size,
				 "pool setting \"%s\" is %u, it must be from %u to %u",
				 setting->name, *value, setting->least, setting->most);
			return QN_USAGE;
		}
	}
	if (config->min > config->max) {
		snprintf(message, size, "pool setting \"min\" (%u) is over \"max\" (%u)",
			 config->min, config->max);
		return QN_USAGE;
	}
	if (config->retry_delay > config->max_retry_delay)
		config->max_retry_delay = config->retry_delay;
	if (config->loop &&
	    (!config->loop->now || !config->loop->watch || !config->loop->timer ||
	     !config->loop->wake || !config->loop->resolve || !config->loop->work)) {
		snprintf(message, size, "the loop lacks a hook, only \"run_once\" may be left out");
		return QN_USAGE;
	}
	snprintf(message, size, "%s", "");
	return QN_OK;
}
