/*
 * gantry/transfers.h: table "gantry.transfers", revision 1, implemented by the host: signed addresses at which clients
 * send and fetch the bytes of blobs without the module. Needs the capability `blobs`.
 *
 * A transfer is announced, its bytes are sent with one PUT to the address that was handed out, and `complete` makes
 * them the blob `key`. Where the operator keeps blobs on this machine, the host serves the addresses at the routes that
 * the manifest names with `transfer`; where a bucket keeps them, the addresses are the bucket's. What was announced and
 * not completed in time is dropped by the host together with what has arrived of it.
 */
#ifndef GANTRY_TRANSFERS_H
#define GANTRY_TRANSFERS_H

#include "base.h"

#define GANTRY_TRANSFERS_ID "gantry.transfers"

/* Codes of the error record. */
enum gantry_transfer_fault_v1 {
    GANTRY_TRANSFER_NOT_CONFIGURED = 1, /* with GANTRY_E_FAILED: the operator has yet to set the storage up */
    GANTRY_TRANSFER_STORAGE = 2         /* with GANTRY_E_FAILED: the storage refused, failed or did not answer */
};

enum gantry_transfer_state_v1 {
    GANTRY_TRANSFER_MISSING = 0,   /* no bytes have arrived */
    GANTRY_TRANSFER_MISMATCH = 1,  /* another number of bytes had arrived; they are thrown away */
    GANTRY_TRANSFER_COMPLETE = 2   /* the blob is there, now or since an earlier call */
};

/* What is announced. */
typedef struct gantry_transfer_v1 {
    gantry_str_v1 name;         /* what the address shows: 1 to 64 letters, digits, dashes and underscores */
    gantry_str_v1 key;          /* of the blob; one that no other transfer has */
    gantry_str_v1 content_type; /* what the client must send, parameters aside */
    gantry_str_v1 filename;     /* what whoever fetches it is told to call it */
    uint64_t size;              /* bytes, exactly; at least 1 */
    uint64_t keep_seconds;      /* after which it is dropped unless it is complete */
} gantry_transfer_v1;

typedef struct gantry_transfers_v1 {
    /*
     * Announces a transfer and tells the address that takes its bytes for so many seconds. Durable on GANTRY_OK.
     * GANTRY_E_CONFLICT: name or key are taken. GANTRY_E_LIMIT: larger than a blob may be.
     */
    int32_t (*announce)(const gantry_call_v1 *call, const gantry_transfer_v1 *transfer, uint64_t seconds,
                        gantry_bytes_fn_v1 on_address, void *context, gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /*
     * Looks what has arrived, and makes it the blob when it is what was announced; durable on GANTRY_OK. GANTRY_END: no
     * such transfer, or it was dropped or withdrawn. `out_state` is a gantry_transfer_state_v1.
     */
    int32_t (*complete)(const gantry_call_v1 *call, gantry_str_v1 name, uint32_t *out_state, uint64_t *out_size,
                        gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /*
     * Tells an address that hands out the bytes of a complete transfer as an attachment, to whoever has it, for so many
     * seconds. GANTRY_END: there is no complete transfer of the name.
     */
    int32_t (*address)(const gantry_call_v1 *call, gantry_str_v1 name, uint64_t seconds, gantry_bytes_fn_v1 on_address,
                       void *context, gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /*
     * Ends all addresses that the host serves, at once and durably; the bytes stay until `erase`. GANTRY_END: no such
     * transfer, or it was withdrawn before.
     */
    int32_t (*withdraw)(const gantry_call_v1 *call, gantry_str_v1 name, gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Forgets a transfer and erases its bytes, complete or not; durable on GANTRY_OK. GANTRY_END: there is none. */
    int32_t (*erase)(const gantry_call_v1 *call, gantry_str_v1 name, gantry_error_v1 *error) GANTRY_THREAD(blocking);
} gantry_transfers_v1;

#endif
