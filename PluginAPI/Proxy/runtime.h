/*
 * runtime.h: what the generated stubs and services are made of.
 *
 * The bytes: a sequence of words of eight bytes in the machine's order, since both sides run on one machine. A number
 * is a word. Text is its size, whether its bytes follow, and the bytes, filled up to whole words. A list is its count,
 * whether its elements follow, and the elements. A size or count that cannot be right, or is larger than the
 * receiver takes, travels without what it counts, so that the receiver's own checks judge it as they do within one
 * process. Text beyond PROXY_BYTES does not travel: the caller gets GANTRY_E_LIMIT at once.
 */
#ifndef GANTRY_PROXY_RUNTIME_H
#define GANTRY_PROXY_RUNTIME_H

#include "include/gantry_proxy.h"

#include <stdatomic.h>

/* First word of a request. */
enum proxy_kind {
    PROXY_HOST_CALL = 1,    /* table, function, arguments */
    PROXY_HOST_QUERY = 2,   /* scope, id, revision */
    PROXY_MODULE_CALL = 3,  /* table, function, module or instance, arguments */
    PROXY_MODULE_QUERY = 4, /* module, id, revision */
    PROXY_CALLBACK = 5,     /* type, token, slot, arguments */
    PROXY_MODULE_ENTER = 6  /* nothing: the module's side loads what it was made for */
};

enum proxy_limit {
    PROXY_TABLES = 64,                /* of the host */
    PROXY_LEAST_STATUS = -99,         /* below are a link's own */
    PROXY_FUNCTIONS = 2,              /* callbacks that one call can lend */
    PROXY_ELEMENTS = 1 << 20,         /* elements of a list, unless a hint says less */
    PROXY_BYTES = 256 << 20,          /* bytes of one text, unless a hint says less */
    PROXY_CHUNK = 256 << 10,          /* bytes that one read brings */
    PROXY_MESSAGE = 4 << 10           /* bytes of an error's message */
};
#define PROXY_FRAME_BYTES (UINT64_C(1) << 30)

typedef void (*proxy_function)(void);
typedef struct proxy_side proxy_side;

/* What a peer's `admits` answers, if not 0; the same as gantry_channel_admission. */
enum proxy_admission { PROXY_ADMITTED = 1, PROXY_CALL_OVER = 2, PROXY_INSTANCE_OVER = 4 };

/* The other end of a link, as this side judges it. */
struct gantry_proxy_peer {
    uint32_t tokens;      /* that are kept for it; guarded by the lock of the side's tokens, as is `is_over` */
    uint32_t most_tokens; /* 0: as many as there are */
    int32_t is_over;      /* gets no token any more */
    atomic_ullong refused; /* requests that named what is not the peer's */
    /* Whether the handles of a call are the peer's own, and which of them leads to nothing: 0 or proxy_admission. NULL:
     * the peer is believed. */
    int32_t (*admits)(gantry_proxy_peer *peer, uint64_t call, uint64_t instance);
    /* The host's side: whose tables are meant, and those that the module has found. Set before the first request. */
    const gantry_host_v1 *host;
    _Atomic(const void *) tables[PROXY_TABLES];
    /* Keeps the link's memory from going away, or lets it go; NULL for links that stay. */
    void (*hold)(gantry_proxy_peer *peer, int32_t is_held);
};

/* Memory for one call: gone with it. */
typedef struct proxy_arena {
    struct proxy_chunk *chunks;
    uint64_t used;
    _Alignas(16) uint8_t room[1024];
} proxy_arena;

/* Reads words of a frame that this side owns. Once `broken`, everything reads as 0. */
typedef struct proxy_cursor {
    const uint8_t *next;
    const uint8_t *end;
    int32_t broken;
    int32_t refusal; /* why it is broken; 0: its bytes are wrong */
    proxy_arena *arena;
    gantry_proxy_peer *peer; /* whose handles are meant; NULL in an answer */
} proxy_cursor;

/* A call that goes out. */
typedef struct proxy_exchange {
    proxy_side *side;
    gantry_proxy_link link;
    uint64_t token; /* callbacks lent to this call; 0 when there are none */
    int32_t is_held; /* the link's memory, until the end */
    gantry_proxy_frame request;
    gantry_proxy_frame response;
    proxy_arena arena;
    proxy_cursor answer;
} proxy_exchange;

/* A call that came in. */
typedef struct proxy_service {
    proxy_side *side;
    gantry_proxy_link link;
    gantry_str_v1 tenant; /* of the instance, on the module's side */
    uint64_t token;       /* callbacks that came with this call; 0 when there are none */
    proxy_arena arena;
    proxy_cursor request;
    gantry_proxy_frame *response;
} proxy_service;

/* What a token leads to: functions of this side that the other may call, or the other side's token for its own. */
typedef struct proxy_entry {
    gantry_proxy_link link;
    uint64_t remote;
    uint64_t key; /* handle by which the work can be taken back; 0 when there is none */
    proxy_function functions[PROXY_FUNCTIONS];
    void *contexts[PROXY_FUNCTIONS];
    uint8_t types[PROXY_FUNCTIONS];
    uint8_t ends[PROXY_FUNCTIONS]; /* whether its call, or last call, ends the token */
} proxy_entry;

/* Writing. */
void proxy_put(gantry_proxy_frame *frame, uint64_t word);
void proxy_put_real(gantry_proxy_frame *frame, double value);
void proxy_put_bytes(gantry_proxy_frame *frame, const void *bytes, uint64_t size);
void proxy_put_text(gantry_proxy_frame *frame, gantry_str_v1 text, uint64_t limit);
/* Puts count and presence; answers whether the elements are to follow. */
int32_t proxy_put_count(gantry_proxy_frame *frame, const void *elements, uint64_t count, uint64_t limit);

/* Reading. What does not fit its type breaks the cursor. */
uint64_t proxy_get(proxy_cursor *cursor);
uint32_t proxy_get_u32(proxy_cursor *cursor);
uint16_t proxy_get_u16(proxy_cursor *cursor);
uint8_t proxy_get_u8(proxy_cursor *cursor);
int32_t proxy_get_i32(proxy_cursor *cursor);
double proxy_get_real(proxy_cursor *cursor);
const void *proxy_get_bytes(proxy_cursor *cursor, uint64_t size);
gantry_str_v1 proxy_get_text(proxy_cursor *cursor);
/* Reads count and presence; answers whether elements of at least `words` words each follow. */
int32_t proxy_get_count(proxy_cursor *cursor, uint64_t *out_count, uint64_t words);
/* Zeroed memory for `count` elements; NULL breaks the cursor. */
void *proxy_allocate(proxy_cursor *cursor, uint64_t count, uint64_t size);
/* Whether all was read and nothing was wrong. */
int32_t proxy_complete(const proxy_cursor *cursor);

void proxy_arena_begin(proxy_arena *arena);
void proxy_arena_end(proxy_arena *arena);

/* The context of a call: the tenant goes to the module only, since the host knows it from the handle. */
void proxy_put_call(gantry_proxy_frame *frame, const gantry_call_v1 *call);
gantry_call_v1 *proxy_get_call(proxy_cursor *cursor, gantry_str_v1 tenant, gantry_call_v1 *storage);

/* The caller's error record: its room goes out, what the other side wrote comes back. */
void proxy_put_room(gantry_proxy_frame *frame, const gantry_error_v1 *error);
gantry_error_v1 *proxy_get_room(proxy_cursor *cursor, gantry_error_v1 *storage, uint8_t **out_message);
void proxy_put_error(gantry_proxy_frame *frame, const gantry_error_v1 *error, const uint8_t *message);
void proxy_get_error(proxy_cursor *cursor, gantry_error_v1 *error, int32_t status);
/* A record that a callback is given. */
void proxy_put_failure(gantry_proxy_frame *frame, const gantry_error_v1 *error);
const gantry_error_v1 *proxy_get_failure(proxy_cursor *cursor, gantry_error_v1 *storage);

/* An outgoing call: begin, put arguments, send, get results, finish. `send` answers the other side's status. */
void proxy_begin(proxy_exchange *exchange, proxy_side *side, gantry_proxy_link link, uint32_t kind);
int32_t proxy_send(proxy_exchange *exchange);
int32_t proxy_finish(proxy_exchange *exchange, int32_t status);

/* A call of the module's side into the host, or of the host's side into a module. */
void proxy_begin_host(proxy_exchange *exchange, uint32_t table, uint32_t function);
void proxy_begin_module(proxy_exchange *exchange, const void *remote, uint32_t table, uint32_t function);

/* Lends functions to a call: puts their token. They are taken back by `proxy_finish` unless `proxy_keep` was called. */
void proxy_lend(proxy_exchange *exchange, const proxy_entry *entry);
void proxy_keep(proxy_exchange *exchange, uint64_t key);
/* The other end of `proxy_lend`: the service holds the token; `context` gives what stands for one function of it. */
void proxy_adopt(proxy_service *service, const uint8_t *ends);
void *proxy_context(const proxy_service *service, uint32_t slot);
void proxy_keep_adopted(proxy_service *service, uint64_t key);
/* Takes back what was submitted under the key. */
void proxy_forget(proxy_side *side, uint64_t key);

/* A callback that goes out; 0 when it is over. `ending`: this call is its last. */
int32_t proxy_begin_callback(proxy_exchange *exchange, void *context, uint32_t type, int32_t ending);
/* A callback that came in: the function and its context; NULL when it is over or of another type. */
proxy_function proxy_take(proxy_service *service, uint64_t token, uint64_t slot, uint32_t type, int32_t ending,
                          void **out_context);

/* Tokens of a side. One is found only for the peer of the link with which it was inserted. */
uint64_t proxy_insert(proxy_side *side, const proxy_entry *entry);
int32_t proxy_find(proxy_side *side, const gantry_proxy_peer *peer, uint64_t token, proxy_entry *out_entry);
void proxy_remove(proxy_side *side, uint64_t token);
/* Removes all that the peer has, and keeps it from getting more. */
void proxy_end_peer(proxy_side *side, gantry_proxy_peer *peer);
uint32_t proxy_count(proxy_side *side, const gantry_proxy_peer *peer);
extern proxy_side proxy_host_side, proxy_module_side;

/* The host's own table of the number; NULL until the peer's module has found it by a query. */
const void *proxy_host_table(const proxy_service *service, uint32_t table);

/* The module's side: what a module gave out. */
typedef struct proxy_module proxy_module;
typedef struct proxy_instance {
    proxy_module *module;
    void *instance;
    gantry_host_v1 host;
    gantry_str_v1 tenant;
} proxy_instance;
/* The instance that the next word names, and its table; breaks the cursor when there is none. */
proxy_instance *proxy_get_instance(proxy_service *service, uint32_t table, const void **out_table);

/* A table as the proxy knows it. */
typedef struct proxy_table {
    const char *id;
    uint32_t revision;
    uint32_t function_count;
    const void *stub;
    int32_t (*serve)(proxy_service *service, uint32_t table, uint32_t function);
} proxy_table;
extern const proxy_table proxy_host_tables[], proxy_module_tables[];
extern const uint32_t proxy_host_table_count, proxy_module_table_count;

/* Generated: calls of callbacks by type. */
int32_t proxy_serve_callback(proxy_service *service, uint32_t type, uint64_t token, uint64_t slot);

/* Written by hand, since they make and end what the others only name. */
int32_t proxy_stub_describe(void *module, const gantry_description_v1 **out_description);
int32_t proxy_stub_create(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host,
                          gantry_str_v1 configuration, void **out_instance, gantry_error_v1 *error);
int32_t proxy_stub_destroy(void *instance);
int32_t proxy_serve_describe(proxy_service *service, uint32_t table);
int32_t proxy_serve_create(proxy_service *service, uint32_t table);
int32_t proxy_serve_destroy(proxy_service *service, uint32_t table);
int32_t proxy_stub_find(const gantry_call_v1 *call, gantry_str_v1 signature, gantry_service_fn_v1 *out_function,
                        gantry_error_v1 *error);
int32_t proxy_serve_find(proxy_service *service, uint32_t table);
int32_t proxy_stub_function(void *module, gantry_str_v1 signature, gantry_service_fn_v1 *out_function);
int32_t proxy_serve_function(proxy_service *service, uint32_t table);
int32_t proxy_serve_call(proxy_service *service, uint32_t table);
/* Which functions the host's side finds in a module's table that holds those in `present`. */
uint64_t proxy_present(uint32_t table, uint64_t present);

#endif
