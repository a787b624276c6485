#include "everything/registry.c"
