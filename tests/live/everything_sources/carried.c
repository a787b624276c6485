#include "everything/carried.c"
