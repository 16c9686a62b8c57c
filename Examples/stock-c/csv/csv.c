#include "csv.h"

#include <string.h>

void csv_open(csv_reader *reader, char *text, size_t size) {
    *reader = (csv_reader){.next = text, .end = text + size, .next_line = 1};
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) reader->next += 3; /* as spreadsheets write it */
}

/* A field in quotes: its text moves to the front, since two quotes stand for one. */
static int read_quoted(csv_reader *reader, csv_field *field) {
    char *to = ++reader->next;
    *field = (csv_field){.data = to};
    while (reader->next < reader->end) {
        char byte = *reader->next++;
        if (byte == '"') {
            if (reader->next == reader->end || *reader->next != '"') {
                field->size = (size_t)(to - field->data);
                return 1;
            }
            reader->next++;
        }
        if (byte == '\n') reader->next_line++;
        *to++ = byte;
    }
    return 0;
}

static void read_plain(csv_reader *reader, csv_field *field) {
    field->data = reader->next;
    while (reader->next < reader->end && !strchr(",\r\n", *reader->next)) reader->next++;
    field->size = (size_t)(reader->next - field->data);
}

static void pass_line_end(csv_reader *reader) {
    if (reader->next < reader->end && *reader->next == '\r') reader->next++;
    if (reader->next < reader->end && *reader->next == '\n') reader->next++;
    reader->next_line++;
}

enum csv_outcome csv_read(csv_reader *reader, csv_field fields[CSV_MAXIMUM_FIELDS], size_t *count) {
    *count = 0;
    while (reader->next < reader->end && (*reader->next == '\r' || *reader->next == '\n')) pass_line_end(reader);
    if (reader->next == reader->end) return CSV_END;
    reader->line = reader->next_line;
    while (1) {
        if (*count == CSV_MAXIMUM_FIELDS) return CSV_TOO_MANY_FIELDS;
        csv_field *field = &fields[(*count)++];
        if (reader->next < reader->end && *reader->next == '"') {
            if (!read_quoted(reader, field)) return CSV_BROKEN_QUOTES;
        } else {
            read_plain(reader, field);
        }
        if (reader->next == reader->end) return CSV_RECORD;
        if (*reader->next != ',') break;
        reader->next++;
    }
    if (*reader->next != '\r' && *reader->next != '\n') return CSV_BROKEN_QUOTES;
    pass_line_end(reader);
    return CSV_RECORD;
}
