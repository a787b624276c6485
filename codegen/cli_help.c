#include "cli_help.h"

/* What people see is laid out by hand. */
/* clang-format off */

#define COMMON_OPTIONS                                                               \
	"      --diagnostics=FORMAT  errors in the schemas as text or json (text)\n" \
	"      --color=WHEN          auto, always or never (auto)\n"                 \
	"      --help                print this\n"

#define SOURCES                                                                                   \
	"SRC is a schema file, a folder (its *.quern files and those of its folders), or - for\n" \
	"standard input.\n"

const char cli_help[] =
	"usage: quern COMMAND [ARGUMENT...]\n"
	"\n"
	"Compiles model schemas into typed C for PostgreSQL.\n"
	"\n"
	"  gen         write the C code of schemas\n"
	"  check       say whether the generated C code is up to date\n"
	"  fmt         lay out schemas in the one style\n"
	"  sql         print the script that creates the tables\n"
	"  jsonschema  print the JSON Schema of serializers\n"
	"  dev         run a private PostgreSQL server to develop with\n"
	"  help        print this, or the help of a command\n"
	"\n"
	"  --version  print the version\n"
	"\n"
	"Exit status: 0 all well, 1 a problem was found, 2 wrong usage.\n"
	"\n"
	"  quern gen schemas -o generated\n"
	"  quern help gen\n";

const char cli_help_gen[] =
	"usage: quern gen [OPTION...] SRC...\n"
	"\n"
	"Writes the C code of schemas: NAME.h for programs and a folder NAME for each module.\n"
	SOURCES
	"\n"
	"  -o, --output=DIR          write into this directory, made when it is missing\n"
	"      --stdout              print all files instead\n"
	"      --depfile=FILE        write what the output depends on, as make and ninja read it\n"
	COMMON_OPTIONS
	"\n"
	"The directory belongs to one project: generate all its schemas in one run. Files that are\n"
	"right already are not touched, generated files of models that are gone are removed, and\n"
	"files that quern did not write are never overwritten.\n"
	"A rule of ninja wants \"restat = 1\" for that, as those of meson and CMake have; one of make\n"
	"touches its target behind quern.\n"
	"\n"
	"  quern gen schemas -o generated\n"
	"  quern gen shop.quern billing.quern -o generated --depfile generated.d\n"
	"  quern gen --stdout shop.quern | less\n";

const char cli_help_check[] =
	"usage: quern check [OPTION...] SRC...\n"
	"\n"
	"Compares the generated C code with what \"quern gen\" would write, prints the differences as\n"
	"a unified diff, and exits with 1 when there are any. Writes nothing.\n"
	SOURCES "\n"
	"  -o, --output=DIR          where the generated code is\n"
	COMMON_OPTIONS "\n"
	"  quern check schemas -o generated\n";

const char cli_help_fmt[] =
	"usage: quern fmt [OPTION...] SRC...\n"
	"\n"
	"Lays out schemas in the one style, in place; comments stay. Files that are right already are\n"
	"not touched.\n"
	SOURCES "What comes from standard input goes to standard output.\n"
	"\n"
	"      --check               change nothing; print a diff of what would change, and exit\n"
	"                            with 1 when anything would\n"
	COMMON_OPTIONS "\n"
	"  quern fmt schemas\n"
	"  quern fmt --check schemas\n"
	"  quern fmt - < shop.quern\n";

const char cli_help_sql[] =
	"usage: quern sql [OPTION...] SRC...\n"
	"\n"
	"Prints the SQL script that creates what the schemas describe in an empty database, in one\n"
	"transaction. Unmanaged models are left out.\n"
	SOURCES "\n"
	"      --only=NAME           only a module, \"shop\", or a model, \"shop.Product\"\n"
	COMMON_OPTIONS
	"\n"
	"  quern sql schemas | psql -v ON_ERROR_STOP=1 \"$DATABASE_URL\"\n"
	"  quern sql schemas --only=shop.Product\n";

const char cli_help_jsonschema[] =
	"usage: quern jsonschema [OPTION...] SRC...\n"
	"\n"
	"Prints what serializers write and take as JSON Schema, in the components of an OpenAPI 3.1\n"
	"document. A serializer has a schema of what it writes and, where that differs, one of what it\n"
	"takes for a new row, with \"Input\" behind its name.\n"
	SOURCES "\n"
	"      --serializer=NAME     only a serializer, \"shop.ProductCard\", and what it refers to\n"
	COMMON_OPTIONS "\n"
	"  quern jsonschema schemas > components.json\n"
	"  quern jsonschema --serializer=shop.ProductCard schemas\n";
