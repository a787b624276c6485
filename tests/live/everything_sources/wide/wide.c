#include "wide/wide.c"
