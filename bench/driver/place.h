/*
 * Where things are: the programs beside the driver, the results in a folder.
 */
#ifndef BENCH_DRIVER_PLACE_H
#define BENCH_DRIVER_PLACE_H

#include <stdbool.h>

enum { PATH_ROOM = 1024 };

struct place {
	char worker[PATH_ROOM];
	char quern[PATH_ROOM];
	char script[PATH_ROOM];  /* that makes the tables */
	char headers[PATH_ROOM]; /* of the runtime */
	char output[PATH_ROOM];  /* folder of the results */
	char server[PATH_ROOM];  /* folder of the private server */
	char scratch[PATH_ROOM]; /* folder of schemas and what is generated of them */
	char url[PATH_ROOM];     /* to connect to the server by; set by server_start */
};

/* Finds the programs, and makes the folder `output`. False: said why. */
bool place_find(struct place *place, const char *output);

/* Starts the private server and fills its tables. False: said why; server_stop is still to be
 * called. */
bool server_start(struct place *place);

/* Stops it and removes its data. False: said why. */
bool server_stop(const struct place *place);

#endif
