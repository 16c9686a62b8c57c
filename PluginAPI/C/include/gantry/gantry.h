/* gantry/gantry.h: every table of the interface. */
#ifndef GANTRY_GANTRY_H
#define GANTRY_GANTRY_H

#include "base.h"
#include "database.h"
#include "document.h"
#include "events.h"
#include "http.h"
#include "jobs.h"
#include "lifecycle.h"
#include "note.h"
#include "system.h"

#endif
