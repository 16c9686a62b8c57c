/* gantry/gantry.h: every table of the interface. */
#ifndef GANTRY_GANTRY_H
#define GANTRY_GANTRY_H

#include "base.h"
#include "blobs.h"
#include "cache.h"
#include "database.h"
#include "directory.h"
#include "document.h"
#include "events.h"
#include "executor.h"
#include "http.h"
#include "http_client.h"
#include "identity.h"
#include "jobs.h"
#include "lifecycle.h"
#include "mail.h"
#include "metrics.h"
#include "note.h"
#include "services.h"
#include "state.h"
#include "settings.h"
#include "stream.h"
#include "system.h"
#include "trace.h"
#include "transfers.h"
#include "webhooks.h"
#include "websocket.h"

#endif
