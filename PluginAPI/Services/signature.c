/* signature.c: reads declarations like `flags.is_enabled(string, string) -> bool`. */
#include "service.h"

#include <string.h>

enum { LONGEST_NAME = 64 };

typedef struct reader {
    const uint8_t *next;
    const uint8_t *end;
} reader;

static int32_t take(reader *reader, const char *text) {
    size_t size = strlen(text);
    if ((size_t)(reader->end - reader->next) < size || memcmp(reader->next, text, size) != 0) return 0;
    reader->next += size;
    return 1;
}

/* A name of lower-case letters, digits and `joint`; one with underscores begins with a letter. */
static int32_t take_name(reader *reader, uint8_t joint) {
    const uint8_t *start = reader->next;
    while (reader->next < reader->end) {
        uint8_t byte = *reader->next;
        int32_t is_letter = byte >= 'a' && byte <= 'z';
        int32_t is_digit = byte >= '0' && byte <= '9' && (joint == '-' || reader->next > start);
        if (!is_letter && !is_digit && (byte != joint || reader->next == start)) break;
        reader->next++;
    }
    return reader->next > start && reader->next - start <= LONGEST_NAME;
}

static uint8_t take_type(reader *reader) {
    static const char *const names[] = {"string", "bytes", "bool", "i64", "f64"};
    for (uint8_t index = 0; index < sizeof names / sizeof names[0]; index++)
        if (take(reader, names[index])) return (uint8_t)(index + 1);
    return GANTRY_SERVICE_NONE;
}

int32_t service_read(gantry_str_v1 signature, gantry_service *service) {
    if (signature.data == NULL || signature.size > 4096) return 0;
    reader reader = {signature.data, signature.data + signature.size};
    if (!take_name(&reader, '-') || !take(&reader, ".") || !take_name(&reader, '_') || !take(&reader, "(")) return 0;
    service->parameter_count = 0;
    service->result = GANTRY_SERVICE_NONE;
    while (!take(&reader, ")")) {
        if (service->parameter_count == GANTRY_SERVICE_PARAMETERS) return 0;
        if (service->parameter_count > 0 && !take(&reader, ", ")) return 0;
        uint8_t type = take_type(&reader);
        if (type == GANTRY_SERVICE_NONE) return 0;
        service->parameters[service->parameter_count++] = type;
    }
    if (reader.next == reader.end) return 1;
    if (!take(&reader, " -> ")) return 0;
    service->result = take_type(&reader);
    return service->result != GANTRY_SERVICE_NONE && reader.next == reader.end;
}

int32_t gantry_service_value_type(uint8_t type) {
    switch (type) {
    case GANTRY_SERVICE_STRING: return GANTRY_VALUE_TEXT;
    case GANTRY_SERVICE_BYTES: return GANTRY_VALUE_BLOB;
    case GANTRY_SERVICE_BOOL:
    case GANTRY_SERVICE_I64: return GANTRY_VALUE_INTEGER;
    case GANTRY_SERVICE_F64: return GANTRY_VALUE_REAL;
    default: return GANTRY_VALUE_NULL;
    }
}
