/*
 * gantry/blobs.h: table "gantry.blobs", revision 1, implemented by the host: the instance's own files. Needs the
 * capability `blobs`. A blob appears whole and durable or not at all; one that is replaced stays readable to those who
 * have it open.
 *
 * A key is 1 to 512 bytes of UTF-8 without control characters; `/` has no meaning but for whoever lists by prefix.
 */
#ifndef GANTRY_BLOBS_H
#define GANTRY_BLOBS_H

#include "base.h"

#define GANTRY_BLOBS_ID "gantry.blobs"

typedef struct gantry_blob_v1 {
    gantry_str_v1 key;
    gantry_str_v1 content_type;
    uint64_t size;                /* bytes */
    int64_t created_milliseconds; /* since 1970-01-01T00:00:00Z */
    uint8_t sha256[32];
} gantry_blob_v1;

/* Takes one blob's description, borrowed until it returns. GANTRY_END: enough. */
typedef int32_t (*gantry_blob_fn_v1)(void *context, const gantry_blob_v1 *blob);

typedef struct gantry_blobs_v1 {
    /* Stores a blob, also over one of the same key; durable on GANTRY_OK. GANTRY_E_LIMIT: too large. */
    int32_t (*put)(const gantry_call_v1 *call, gantry_str_v1 key, gantry_str_v1 content_type,
                   gantry_str_v1 bytes GANTRY_BORROWED, gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Begins a blob that is written piece by piece. The writer is discarded when the call ends before `commit`. */
    int32_t (*create)(const gantry_call_v1 *call, gantry_str_v1 key, gantry_str_v1 content_type, uint64_t *out_writer,
                      gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Adds bytes to the end. */
    int32_t (*append)(const gantry_call_v1 *call, uint64_t writer, gantry_str_v1 bytes GANTRY_BORROWED,
                      gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Makes the blob visible and durable and tells its description; the writer is over. */
    int32_t (*commit)(const gantry_call_v1 *call, uint64_t writer, gantry_blob_fn_v1 on_blob, void *context,
                      gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Forgets what was written; the writer is over. */
    int32_t (*discard)(const gantry_call_v1 *call, uint64_t writer) GANTRY_THREAD(blocking);
    /*
     * Opens a blob for reading and tells its description; GANTRY_END when there is none of that key. The reader is
     * closed when the call ends. `out_reader` may be NULL: only the description is wanted.
     */
    int32_t (*open)(const gantry_call_v1 *call, gantry_str_v1 key, uint64_t *out_reader, gantry_blob_fn_v1 on_blob,
                    void *context, gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Reads at most `capacity` bytes from `offset`; GANTRY_END behind the last one. */
    int32_t (*read)(const gantry_call_v1 *call, uint64_t reader, uint64_t offset, uint8_t *out_bytes, uint64_t capacity,
                    uint64_t *out_size, gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Ends a reader; GANTRY_E_STALE when it was closed before. */
    int32_t (*close)(const gantry_call_v1 *call, uint64_t reader) GANTRY_THREAD(blocking);
    /* Removes a blob; GANTRY_END when there is none of that key. Durable on GANTRY_OK. */
    int32_t (*remove)(const gantry_call_v1 *call, gantry_str_v1 key, gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Tells of at most `limit` blobs whose key begins with `prefix` and sorts behind `after`, in the order of bytes. */
    int32_t (*list)(const gantry_call_v1 *call, gantry_str_v1 prefix, gantry_str_v1 after, uint64_t limit,
                    gantry_blob_fn_v1 on_blob, void *context, gantry_error_v1 *error) GANTRY_THREAD(blocking);
} gantry_blobs_v1;

#endif
