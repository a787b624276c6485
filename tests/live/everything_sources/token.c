#include "everything/token.c"
