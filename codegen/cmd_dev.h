/* `quern dev`: a private PostgreSQL server from the command line. */
#ifndef QUERN_CMD_DEV_H
#define QUERN_CMD_DEV_H

/* Runs `quern dev`; argv[0] is "dev", argv[argc] is NULL. Prints to stdout and stderr. Returns the
 * exit status: 0, 1 when it failed, 2 when it was called wrongly. */
int cmd_dev(int argc, char **argv);

#endif
