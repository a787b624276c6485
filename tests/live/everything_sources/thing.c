#include "everything/thing.c"
