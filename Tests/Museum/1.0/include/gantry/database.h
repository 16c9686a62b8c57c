/*
 * gantry/database.h: table "gantry.database", revision 1, implemented by the host: the instance's own database. No
 * other module's or tenant's rows can be reached through it. Needs the capability `database`.
 */
#ifndef GANTRY_DATABASE_H
#define GANTRY_DATABASE_H

#include "base.h"

#define GANTRY_DATABASE_ID "gantry.database"

enum gantry_value_type_v1 {
    GANTRY_VALUE_NULL = 0,
    GANTRY_VALUE_INTEGER = 1,
    GANTRY_VALUE_REAL = 2,
    GANTRY_VALUE_TEXT = 3,
    GANTRY_VALUE_BLOB = 4
};

/* A parameter or a column. Only the member that `type` names has a meaning. */
typedef struct gantry_value_v1 {
    int32_t type; /* gantry_value_type_v1 */
    int32_t reserved;
    int64_t integer;
    double real;
    gantry_str_v1 bytes;
} gantry_value_v1;

enum gantry_transaction_mode_v1 {
    GANTRY_TRANSACTION_READ = 0, /* one consistent snapshot */
    GANTRY_TRANSACTION_WRITE = 1 /* durable when transact answers GANTRY_OK */
};

/*
 * The body of a transaction. It calls nothing but gantry.database, and gantry.events and gantry.jobs with this
 * transaction. It may be run again from the start (several writers share one commit), so it keeps its results in
 * `context` and begins by resetting them. Any status but GANTRY_OK undoes its changes and becomes transact's answer.
 */
typedef int32_t (*gantry_transaction_fn_v1)(void *context, uint64_t transaction);

/*
 * One row; columns are borrowed until it returns. GANTRY_END: enough, the statement ends successfully; any other status
 * but GANTRY_OK ends the statement with that status.
 */
typedef int32_t (*gantry_row_fn_v1)(void *context, const gantry_value_v1 *columns, uint64_t column_count);

typedef struct gantry_database_v1 {
    /*
     * Runs `body` in a transaction and returns when it is durable or undone. The body may run on another thread while
     * the caller waits.
     */
    int32_t (*transact)(const gantry_call_v1 *call, uint32_t mode, gantry_transaction_fn_v1 body, void *context,
                        gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /*
     * As `transact` without waiting: answers GANTRY_PENDING, runs `body` on another thread and then calls `done` with
     * what transact would have answered. Both contexts belong to the module until `done` is called. After any other
     * answer neither is called. Holds no thread while the transaction waits for its turn or for the disk.
     */
    int32_t (*submit)(const gantry_call_v1 *call, uint32_t mode, gantry_transaction_fn_v1 body, void *context,
                      gantry_completion_fn_v1 done, void *done_context, gantry_error_v1 *error) GANTRY_THREAD(any);
    /*
     * Runs one statement inside a transaction. Placeholders are `$1`, `$2`, …. `on_row` may be NULL; `out_changes`
     * (rows inserted, updated or deleted) may be NULL. Transaction control, pragmas, ATTACH and functions that reach
     * outside are refused with GANTRY_E_DENIED, a broken constraint answers GANTRY_E_CONFLICT.
     */
    int32_t (*execute)(const gantry_call_v1 *call, uint64_t transaction, gantry_str_v1 sql,
                       const gantry_value_v1 *parameters GANTRY_BORROWED, uint64_t parameter_count,
                       gantry_row_fn_v1 on_row, void *context, uint64_t *out_changes,
                       gantry_error_v1 *error) GANTRY_THREAD(transaction);
} gantry_database_v1;

#endif
