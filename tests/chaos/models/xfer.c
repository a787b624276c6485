#include "chaos/xfer.c"
