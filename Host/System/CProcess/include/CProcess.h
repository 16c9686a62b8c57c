/* CProcess.h: what the host needs of the system that Swift has no words for: a report when the process crashes, and
 * watching other processes. */
#ifndef GANTRY_CPROCESS_H
#define GANTRY_CPROCESS_H

#include "crash.h"
#include "watch.h"

#endif
