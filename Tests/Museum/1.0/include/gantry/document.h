/*
 * gantry/document.h: a parsed JSON document as the host hands it to a module: the bytes as they came and an index over
 * them, in document order. The host has parsed and checked it against the contract; a module reads it in place.
 */
#ifndef GANTRY_DOCUMENT_H
#define GANTRY_DOCUMENT_H

#include "base.h"

enum gantry_node_kind_v1 {
    GANTRY_NODE_NULL = 0,
    GANTRY_NODE_FALSE = 1,
    GANTRY_NODE_TRUE = 2,
    GANTRY_NODE_NUMBER = 3,
    GANTRY_NODE_STRING = 4,
    GANTRY_NODE_ARRAY = 5,
    GANTRY_NODE_OBJECT = 6
};

enum gantry_node_flag_v1 {
    GANTRY_NODE_ESCAPED = 1, /* the string holds escapes */
    GANTRY_NODE_INTEGER = 2, /* the number is written without fraction and exponent */
    GANTRY_NODE_NAME = 4     /* this string is the name of a member; its value follows */
};

/*
 * One value. In an object each member is a name node followed by its value's nodes. When a name occurs twice the last
 * member counts. `next` is the index of the node behind this value's whole subtree.
 */
typedef struct gantry_node_v1 {
    uint32_t offset; /* of the value's first byte; of a string, the byte behind the opening quote */
    uint32_t length; /* in bytes; of a string without quotes and still escaped, of a container with brackets */
    uint32_t next;
    uint32_t count; /* elements of an array, members of an object, otherwise 0 */
    uint8_t kind;   /* gantry_node_kind_v1 */
    uint8_t flags;  /* gantry_node_flag_v1 */
    uint16_t reserved;
} gantry_node_v1;

typedef struct gantry_document_v1 {
    gantry_str_v1 bytes;
    const gantry_node_v1 *nodes; /* the first one is the root */
    uint64_t node_count;
} gantry_document_v1;

#endif
