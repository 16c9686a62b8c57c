/*
 * gantry/base.h: the vocabulary of the interface: statuses, text, calls, errors and the query for tables.
 *
 * Rules that hold everywhere (the reasons stand in Documentation/ABI.md):
 *  - Every function returns an int32_t status; results come back through pointers.
 *  - Text is pointer and length, UTF-8, never terminated by NUL. What a function receives is borrowed until it
 *    returns; whoever wants to keep it copies it.
 *  - A released layout never grows. A new layout gets a new tag (`_v2`), a new table a new revision.
 *  - Nothing relies on a shared address space beyond the length of a call.
 *
 * The interface is frozen as 1.0: what stands in these headers never changes. It grows by new tables and tags.
 */
#ifndef GANTRY_BASE_H
#define GANTRY_BASE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Annotations, read from clang's syntax tree by the generator; they expand to nothing in an ordinary build.
 *   GANTRY_THREAD(any)   may be called on any thread
 *   GANTRY_THREAD(host)  called by the host on a thread of its own choosing
 *   GANTRY_THREAD(blocking)  may wait, so not on an event loop: an `inline` route, `check`, short work of
 *                        gantry.executor and callbacks of the host get GANTRY_E_THREAD; any other thread may call it
 *   GANTRY_THREAD(transaction)  only on the thread that runs the transaction's body; others get GANTRY_E_THREAD
 *   GANTRY_BORROWED      valid until the function returns
 *   GANTRY_OWNED         belongs to whoever handed it out until the release function named in the comment
 */
#if defined(GANTRY_ANNOTATE)
#define GANTRY_THREAD(class) __attribute__((annotate("gantry:thread:" #class)))
#define GANTRY_BORROWED __attribute__((annotate("gantry:borrowed")))
#define GANTRY_OWNED __attribute__((annotate("gantry:owned")))
#else
#define GANTRY_THREAD(class)
#define GANTRY_BORROWED
#define GANTRY_OWNED
#endif

/* Revision range of the interface that these headers speak. The note in the library's file carries it. */
#define GANTRY_INTERFACE_MINIMUM 1
#define GANTRY_INTERFACE_MAXIMUM 1

/* What every function answers. Negative values are failures; values are never renumbered. */
enum gantry_status_v1 {
    GANTRY_OK = 0,
    GANTRY_PENDING = 1,       /* the work goes on and completes later, exactly once */
    GANTRY_END = 2,           /* nothing is left; answered by a callback: enough, end successfully */
    GANTRY_E_INVALID = -1,    /* an argument breaks the function's contract */
    GANTRY_E_UNSUPPORTED = -2,/* no such table or revision */
    GANTRY_E_DENIED = -3,     /* known, but not granted to this module for this tenant */
    GANTRY_E_STALE = -4,      /* the handle's call, transaction or instance is over */
    GANTRY_E_ALREADY = -5,    /* the operation was completed before */
    GANTRY_E_CANCELLED = -6,  /* the caller left or the deadline passed */
    GANTRY_E_CONFLICT = -7,   /* a constraint of the database refused the change */
    GANTRY_E_BUSY = -8,       /* out of room for now; try again */
    GANTRY_E_THREAD = -9,     /* called on a thread that the function's class forbids */
    GANTRY_E_LIMIT = -10,     /* larger than the host allows */
    GANTRY_E_FAILED = -11,    /* anything else; the error record says what */
    GANTRY_E_FULL = -12       /* the disk, or this instance's share of it, has no room left */
};

/* Borrowed UTF-8 text or bytes. `data` may be NULL when `size` is 0. */
typedef struct gantry_str_v1 {
    const uint8_t *data;
    uint64_t size;
} gantry_str_v1;

/* A name with a value: a header, a query parameter, a log field. */
typedef struct gantry_field_v1 {
    gantry_str_v1 name;
    gantry_str_v1 value;
} gantry_field_v1;

/*
 * Detail of a failure, supplied by the caller; a callee fills it only when it answers a failure.
 * `message` is a buffer of the caller's with room for `message_capacity` bytes; `message_size` is what was written.
 */
typedef struct gantry_error_v1 {
    int32_t code;              /* finer reason, by table; 0 when there is none */
    uint32_t message_capacity;
    uint32_t message_size;
    uint32_t reserved;
    uint8_t *message;
} gantry_error_v1;

/*
 * Completes something that answered GANTRY_PENDING: called exactly once, on a thread of the host's choosing, perhaps
 * before the function that answered GANTRY_PENDING has returned. It must not wait. `error` is the host's, borrowed, and
 * empty on success. The answer is ignored.
 */
typedef int32_t (*gantry_completion_fn_v1)(void *context, int32_t status, const gantry_error_v1 *error);

/* Takes bytes or text that are borrowed until it returns. */
typedef int32_t (*gantry_bytes_fn_v1)(void *context, gantry_str_v1 bytes);

/*
 * The explicit context of everything that happens. `call` and `instance` are generational handles: 64 bits of index,
 * generation and kind, never pointers. A stale one answers GANTRY_E_STALE. The struct may be copied; the handle in it
 * dies when the call completes.
 */
typedef struct gantry_call_v1 {
    uint64_t call;
    uint64_t instance;
    gantry_str_v1 tenant;
    int64_t deadline_nanoseconds; /* CLOCK_MONOTONIC; 0 when there is none */
    uint64_t trace_id_high;       /* W3C trace context; all 0 when not traced */
    uint64_t trace_id_low;
    uint64_t span_id;
} gantry_call_v1;

/*
 * How either side finds the other's tables. `query` answers GANTRY_OK with a complete, constant table that lives as
 * long as the process, GANTRY_E_UNSUPPORTED, or GANTRY_E_DENIED. `scope` is passed back as it was received.
 */
typedef struct gantry_host_v1 {
    uint64_t scope;
    int32_t (*query)(uint64_t scope, gantry_str_v1 id, uint32_t revision, const void **out_table) GANTRY_THREAD(any);
} gantry_host_v1;

typedef struct gantry_module_v1 {
    void *module;
    int32_t (*query)(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) GANTRY_THREAD(any);
} gantry_module_v1;

/*
 * The one exported function of a module's library. Called once per loaded build, before anything else; it must be
 * fast, start no thread and touch nothing outside the module. `host` and what it points to live as long as the
 * process. On GANTRY_OK the module has filled `out_module`.
 */
#if defined(_WIN32)
#error "Gantry modules are ELF shared libraries"
#endif
#if defined(__cplusplus)
extern "C"
#endif
__attribute__((visibility("default"))) int32_t gantry_entry_v1(const gantry_host_v1 *host,
                                                               gantry_module_v1 *out_module) GANTRY_THREAD(host);
typedef int32_t (*gantry_entry_fn_v1)(const gantry_host_v1 *host, gantry_module_v1 *out_module);

#endif
