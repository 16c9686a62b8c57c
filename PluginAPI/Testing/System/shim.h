/* SQLite for the tests' host: the library's header, and what Swift cannot import from it. */
#ifndef GANTRY_TESTING_SQLITE_SHIM_H
#define GANTRY_TESTING_SQLITE_SHIM_H

#include <malloc.h>
#include <sqlite3.h>

/* Bytes in use on the heap without those of all databases. */
static inline long gantry_testing_heap_bytes(void) {
    struct mallinfo2 heap = mallinfo2();
    return (long)(heap.uordblks + heap.hblkhd) - (long)sqlite3_memory_used();
}

/* Binds text that lives until the statement's bindings are cleared. */
static inline int gantry_testing_bind_text(sqlite3_stmt *statement, int index, const void *data, sqlite3_uint64 size) {
    return sqlite3_bind_text64(statement, index, data == 0 ? "" : (const char *)data, size, SQLITE_STATIC, SQLITE_UTF8);
}

/* Binds bytes that live until the statement's bindings are cleared. */
static inline int gantry_testing_bind_blob(sqlite3_stmt *statement, int index, const void *data, sqlite3_uint64 size) {
    return sqlite3_bind_blob64(statement, index, data == 0 ? "" : data, size, SQLITE_STATIC);
}

#endif
