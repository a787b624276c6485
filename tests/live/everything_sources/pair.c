#include "everything/pair.c"
