#include "names.h"

#include <stdlib.h>
#include <string.h>

/* Sorted by bytes, for bsearch. Keywords of C11, C23 and C++20 with the alternative tokens; macros,
 * object-like or not, that headers which generated code or its users include define in lower case;
 * names of types that members have. */
static const char *const members[] = { "alignas",
				       "alignof",
				       "all_of",
				       "and",
				       "and_eq",
				       "any_of",
				       "asm",
				       "assert",
				       "atomic_cancel",
				       "atomic_commit",
				       "atomic_noexcept",
				       "auto",
				       "bitand",
				       "bitor",
				       "bool",
				       "break",
				       "case",
				       "catch",
				       "char",
				       "char16_t",
				       "char32_t",
				       "char8_t",
				       "class",
				       "co_await",
				       "co_return",
				       "co_yield",
				       "compl",
				       "complex",
				       "concept",
				       "const",
				       "const_cast",
				       "consteval",
				       "constexpr",
				       "constinit",
				       "continue",
				       "d_fileno",
				       "decltype",
				       "default",
				       "delete",
				       "do",
				       "double",
				       "dynamic_cast",
				       "else",
				       "enum",
				       "environ",
				       "errno",
				       "explicit",
				       "export",
				       "extern",
				       "false",
				       "float",
				       "for",
				       "fortran",
				       "friend",
				       "goto",
				       "h_addr",
				       "h_errno",
				       "i386",
				       "if",
				       "imaginary",
				       "inline",
				       "int",
				       "int16_t",
				       "int32_t",
				       "int64_t",
				       "int8_t",
				       "linux",
				       "long",
				       "major",
				       "makedev",
				       "math_errhandling",
				       "minor",
				       "mutable",
				       "namespace",
				       "new",
				       "noexcept",
				       "none_of",
				       "noreturn",
				       "not",
				       "not_eq",
				       "nullptr",
				       "offsetof",
				       "operator",
				       "or",
				       "or_eq",
				       "private",
				       "protected",
				       "public",
				       "qn_loaded",
				       "reflexpr",
				       "register",
				       "reinterpret_cast",
				       "requires",
				       "restrict",
				       "return",
				       "s6_addr",
				       "s_addr",
				       "sa_handler",
				       "sa_sigaction",
				       "setjmp",
				       "short",
				       "si_addr",
				       "si_band",
				       "si_fd",
				       "si_pid",
				       "si_status",
				       "si_uid",
				       "si_value",
				       "sigev_notify_function",
				       "signed",
				       "size_t",
				       "sizeof",
				       "st_atime",
				       "st_ctime",
				       "st_mtime",
				       "static",
				       "static_assert",
				       "static_cast",
				       "stderr",
				       "stdin",
				       "stdout",
				       "struct",
				       "switch",
				       "synchronized",
				       "template",
				       "this",
				       "thread_local",
				       "throw",
				       "true",
				       "try",
				       "typedef",
				       "typeid",
				       "typename",
				       "typeof",
				       "typeof_unqual",
				       "uint16_t",
				       "uint32_t",
				       "uint64_t",
				       "uint8_t",
				       "union",
				       "unix",
				       "unsigned",
				       "using",
				       "va_arg",
				       "va_copy",
				       "va_end",
				       "va_start",
				       "virtual",
				       "void",
				       "volatile",
				       "wchar_t",
				       "while",
				       "xor",
				       "xor_eq" };

/* Headers of C and POSIX whose names are forms of lower_snake, and prefixes that are taken. */
static const char *const modules[] = {
	"aio",     "alloca",        "assert",   "complex",  "cpio",     "ctype",     "dirent",
	"dlfcn",   "endian",        "err",      "errno",    "error",    "fcntl",     "features",
	"fenv",    "float",         "fmtmsg",   "fnmatch",  "ftw",      "getopt",    "glob",
	"grp",     "iconv",         "inttypes", "iso646",   "langinfo", "libgen",    "libpq_fe",
	"limits",  "locale",        "malloc",   "math",     "memory",   "monetary",  "mqueue",
	"ndbm",    "netdb",         "nl_types", "poll",     "pthread",  "pwd",       "qn",
	"quern",   "quern_modules", "regex",    "sched",    "search",   "semaphore", "setjmp",
	"signal",  "spawn",         "std",      "stdalign", "stdarg",   "stdatomic", "stdbit",
	"stdbool", "stdckdint",     "stddef",   "stdint",   "stdio",    "stdlib",    "stdnoreturn",
	"string",  "strings",       "stropts",  "sys",      "syslog",   "tar",       "termios",
	"tgmath",  "threads",       "time",     "trace",    "uchar",    "ucontext",  "ulimit",
	"unistd",  "utime",         "utmpx",    "uv",       "values",   "wchar",     "wctype",
	"wordexp"
};

static int name_compare(const void *key, const void *element)
{
	const struct str *name = key;
	const char *const *text = element;

	return str_compare(*name, str_from_cstring(*text));
}

static bool is_listed(struct str name, const char *const *list, size_t count)
{
	return bsearch(&name, list, count, sizeof(*list), name_compare) != NULL;
}

bool name_is_reserved_member(struct str name)
{
	return (str_starts_with(name, STR("qn_")) && !str_ends_with(name, STR("_"))) ||
	       is_listed(name, members, sizeof(members) / sizeof(*members));
}

bool name_is_reserved_module(struct str name)
{
	return is_listed(name, modules, sizeof(modules) / sizeof(*modules));
}

/*
 * Constants have three parts at least, MODULE_MODEL_FIELD, which few macros have: the limits of
 * integer types and the families of signal.h, fcntl.h, float.h and their like.
 */
bool name_is_reserved_constant(struct str name)
{
	static const struct str heads[] = {
		STR_INIT("INT_"),   STR_INIT("UINT_"), STR_INIT("SIG_"),    STR_INIT("SA_"),
		STR_INIT("PRI_"),   STR_INIT("FE_"),   STR_INIT("FLT_"),    STR_INIT("DBL_"),
		STR_INIT("LDBL_"),  STR_INIT("DEC_"),  STR_INIT("ATOMIC_"), STR_INIT("TIME_"),
		STR_INIT("POSIX_"), STR_INIT("QN_"),   STR_INIT("UV_"),
	};

	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		if (str_starts_with(name, heads[i]))
			return !str_ends_with(name, STR("_"));
	return false;
}
