/* What --help prints. */
#ifndef QUERN_CODEGEN_CLI_HELP_H
#define QUERN_CODEGEN_CLI_HELP_H

extern const char cli_help[];
extern const char cli_help_gen[];
extern const char cli_help_check[];
extern const char cli_help_fmt[];
extern const char cli_help_sql[];
extern const char cli_help_jsonschema[];

#endif
