/* A reader of CSV (RFC 4180) of the module's own; linked into it statically, and seen by nobody else. */
#ifndef CSV_H
#define CSV_H

#include <stddef.h>

enum { CSV_MAXIMUM_FIELDS = 16 };

typedef struct csv_field {
    char *data; /* inside the text, which is changed: quotes are taken out */
    size_t size;
} csv_field;

typedef struct csv_reader {
    char *next, *end;
    size_t line; /* of the record that was read last, counted from 1 */
    size_t next_line;
} csv_reader;

enum csv_outcome { CSV_RECORD, CSV_END, CSV_BROKEN_QUOTES, CSV_TOO_MANY_FIELDS };

/* Reads the text, which it changes, and which must outlive the fields. */
void csv_open(csv_reader *reader, char *text, size_t size);

/* Reads one record; empty lines are passed over. */
enum csv_outcome csv_read(csv_reader *reader, csv_field fields[CSV_MAXIMUM_FIELDS], size_t *count);

#endif
