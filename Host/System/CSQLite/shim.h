/*
 * SQLite for Swift: the library's header, and what Swift cannot import from it: variadic functions and macros that
 * cast.
 */
#ifndef GANTRY_CSQLITE_SHIM_H
#define GANTRY_CSQLITE_SHIM_H

#include <sqlite3.h>

/* Connections without a lock of their own; must run before anything else of SQLite. */
static inline int gantry_sqlite_config_multithread(void) { return sqlite3_config(SQLITE_CONFIG_MULTITHREAD); }

/* Memory statistics cost a lock of the whole process at every allocation. Must run before SQLite initializes. */
static inline int gantry_sqlite_config_without_memory_status(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* Switches one of the SQLITE_DBCONFIG options that are on or off. */
static inline int gantry_sqlite_db_config(sqlite3 *database, int option, int is_on) {
    return sqlite3_db_config(database, option, is_on, (int *)0);
}

/* Binds text that lives until the statement's bindings are cleared. */
static inline int gantry_sqlite_bind_text(sqlite3_stmt *statement, int index, const void *data, sqlite3_uint64 size) {
    return sqlite3_bind_text64(statement, index, (const char *)data, size, SQLITE_STATIC, SQLITE_UTF8);
}

/* Binds bytes that live until the statement's bindings are cleared. */
static inline int gantry_sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *data, sqlite3_uint64 size) {
    return sqlite3_bind_blob64(statement, index, data, size, SQLITE_STATIC);
}

#endif
