/* options.c: the command line. */
#include "worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int number(const char *text, uint64_t *out_number) {
    char *end;
    errno = 0;
    *out_number = strtoull(text, &end, 10);
    return errno == 0 && *text >= '0' && *text <= '9' && *end == 0 ? 0 : -1;
}

static int append(const char **list, uint32_t *count, const char *text) {
    if (*count == WORKER_LIST) return -1;
    list[(*count)++] = text;
    return 0;
}

static int take(const char *name, const char *value, struct worker_options *options) {
    uint64_t descriptor = UINT64_MAX;
    if (strcmp(name, "--library") == 0) return options->library = value, 0;
    if (strcmp(name, "--group") == 0) return options->group = value, 0;
    if (strcmp(name, "--needed") == 0) return append(options->needed, &options->needed_count, value);
    if (strcmp(name, "--read") == 0) return append(options->reads, &options->read_count, value);
    if (strcmp(name, "--memory-bytes") == 0) return number(value, &options->memory_bytes);
    if (strcmp(name, "--open-files") == 0) return number(value, &options->open_files);
    if (strcmp(name, "--processes") == 0) return number(value, &options->processes);
    if (strcmp(name, "--socket") != 0 && strcmp(name, "--memory") != 0) return -1;
    if (number(value, &descriptor) != 0 || descriptor < 3 || descriptor > 1 << 20) return -1;
    if (strcmp(name, "--socket") == 0) options->socket = (int)descriptor;
    else options->memory = (int)descriptor;
    return 0;
}

int worker_parse(int count, char **arguments, struct worker_options *out_options, const char **out_fault) {
    *out_options = (struct worker_options){.socket = -1, .memory = -1, .open_files = 64};
    for (int index = 1; index < count; index += 2) {
        *out_fault = arguments[index];
        if (index + 1 == count || take(arguments[index], arguments[index + 1], out_options) != 0) return -1;
    }
    *out_fault = "--socket, --memory and --library must be given";
    int is_whole = out_options->socket >= 0 && out_options->memory >= 0 && out_options->library != NULL;
    return is_whole && out_options->socket != out_options->memory ? 0 : -1;
}
