#include "chaos/registry.c"
