#include "everything/enums.c"
