#include "wide/registry.c"
