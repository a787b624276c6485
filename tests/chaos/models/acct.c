#include "chaos/acct.c"
