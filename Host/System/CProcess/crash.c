/* crash.c: nothing below `report` calls what is not safe in a signal's handler. */
#define _GNU_SOURCE
#include "crash.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { MOST_CODES = 256, REPORT_BYTES = 2048 };

_Thread_local gantry_crash_frame gantry_crash_current;

_Thread_local int gantry_crash_is_prepared;

/* Lowest address of the thread's stack; 0 where it is not known. */
static _Thread_local uintptr_t stack_start;
/* So far below its end a stack may be missed: a large frame skips the page that guards it. */
static const uintptr_t OVERRUN_BYTES = 1 << 18;

/* What handlers run on. After ours comes Swift's, which starts another program. */
enum { HANDLER_BYTES = 1 << 16 };
static size_t handler_bytes;
static pthread_key_t handler_key;
static pthread_once_t handler_once = PTHREAD_ONCE_INIT;

static const int signals[] = {SIGSEGV, SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGTRAP};
enum { SIGNAL_COUNT = sizeof signals / sizeof *signals };
static const char *const names[] = {"SIGSEGV", "SIGILL", "SIGABRT", "SIGBUS", "SIGFPE", "SIGTRAP"};
static struct sigaction before[SIGNAL_COUNT];
static int report_file = -1;
static atomic_flag has_begun = ATOMIC_FLAG_INIT;
static atomic_int is_reported;

/* An entry counts once its start is there, which is written last. */
static struct {
    const char *module;
    uintptr_t end;
    _Atomic uintptr_t start;
} codes[MOST_CODES];
static _Atomic uint32_t code_count;

void gantry_crash_note_code(const char *module, uintptr_t start, uintptr_t end) {
    uint32_t index = atomic_fetch_add(&code_count, 1);
    if (index >= MOST_CODES) return;
    codes[index].module = module;
    codes[index].end = end;
    atomic_store_explicit(&codes[index].start, start, memory_order_release);
}

static const char *module_at(uintptr_t address) {
    for (uint32_t index = 0; index < MOST_CODES; index++) {
        uintptr_t start = atomic_load_explicit(&codes[index].start, memory_order_acquire);
        if (start != 0 && address >= start && address < codes[index].end) return codes[index].module;
    }
    return NULL;
}

static uintptr_t address_of_instruction(const void *context) {
    const ucontext_t *state = context;
#if defined(__x86_64__)
    return (uintptr_t)state->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)state->uc_mcontext.pc;
#else
    (void)state;
    return 0;
#endif
}

/* ---- Memory for handlers, for each thread. ---- */

static void give_back(void *memory) {
    stack_t none = {.ss_flags = SS_DISABLE}, present;
    /* Whoever has put his own in its place since then sees to that himself. */
    if (sigaltstack(NULL, &present) == 0 && present.ss_sp == memory) sigaltstack(&none, NULL);
    munmap(memory, handler_bytes);
}

static void begin_handlers(void) {
    /* Processors with large registers put more on it. */
    long least = sysconf(_SC_MINSIGSTKSZ);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t bytes = HANDLER_BYTES + (least > 0 ? (size_t)least : 0);
    if (pthread_key_create(&handler_key, give_back) == 0) handler_bytes = (bytes + page - 1) / page * page;
}

void gantry_crash_prepare(void) {
    gantry_crash_is_prepared = 1;
    pthread_attr_t attributes;
    void *start;
    size_t size;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        if (pthread_attr_getstack(&attributes, &start, &size) == 0) stack_start = (uintptr_t)start;
        pthread_attr_destroy(&attributes);
    }
    stack_t present;
    if (sigaltstack(NULL, &present) != 0 || (present.ss_flags & SS_DISABLE) == 0) return;
    pthread_once(&handler_once, begin_handlers);
    if (handler_bytes == 0) return;
    int kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *memory = mmap(NULL, handler_bytes, PROT_READ | PROT_WRITE, kind, -1, 0);
    if (memory == MAP_FAILED) return;
    stack_t own = {.ss_sp = memory, .ss_size = handler_bytes};
    if (pthread_setspecific(handler_key, memory) != 0 || sigaltstack(&own, NULL) != 0) {
        pthread_setspecific(handler_key, NULL);
        munmap(memory, handler_bytes);
    }
}

/* Whether the thread has gone beyond its stack. */
static int has_overrun(const siginfo_t *information) {
    uintptr_t address = (uintptr_t)information->si_addr;
    return information->si_code > 0 && stack_start != 0 && address < stack_start &&
           address >= stack_start - OVERRUN_BYTES;
}

/* A text that grows in place; what does not fit is left out. */
typedef struct line {
    size_t size;
    char bytes[REPORT_BYTES];
} line;

static void put(line *line, const char *text) {
    size_t size = strlen(text);
    if (size > sizeof line->bytes - line->size) size = sizeof line->bytes - line->size;
    memcpy(line->bytes + line->size, text, size);
    line->size += size;
}

static void put_number(line *line, uint64_t number, unsigned base, unsigned digits) {
    char text[32];
    size_t next = sizeof text - 1;
    text[next] = 0;
    do {
        text[--next] = "0123456789abcdef"[number % base];
        number /= base;
    } while (next > 0 && (number > 0 || sizeof text - 1 - next < digits));
    put(line, text + next);
}

/* As a JSON string: what would have to be escaped becomes a question mark. */
static void put_text(line *line, const char *name, const char *text) {
    put(line, ",\"");
    put(line, name);
    put(line, "\":\"");
    for (char one[2] = {0}; *text != 0; text++) {
        unsigned char byte = (unsigned char)*text;
        one[0] = byte < 0x20 || byte == '"' || byte == '\\' ? '?' : (char)byte;
        put(line, one);
    }
    put(line, "\"");
}

/* The civil date of a count of days since 1970, after Howard Hinnant's days_from_civil. */
static void put_time(line *line) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t days = (uint64_t)now.tv_sec / 86400 + 719468, seconds = (uint64_t)now.tv_sec % 86400;
    uint64_t era = days / 146097, day_of_era = days % 146097;
    uint64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t shifted = (5 * day_of_year + 2) / 153;
    uint64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    put_number(line, year_of_era + era * 400 + (month <= 2), 10, 4);
    put(line, "-");
    put_number(line, month, 10, 2);
    put(line, "-");
    put_number(line, day_of_year - (153 * shifted + 2) / 5 + 1, 10, 2);
    put(line, "T");
    put_number(line, seconds / 3600, 10, 2);
    put(line, ":");
    put_number(line, seconds / 60 % 60, 10, 2);
    put(line, ":");
    put_number(line, seconds % 60, 10, 2);
    put(line, ".");
    put_number(line, (uint64_t)now.tv_nsec / 1000000, 10, 3);
    put(line, "Z");
}

static void write_all(int file, const line *line) {
    for (size_t written = 0; written < line->size;) {
        ssize_t count = write(file, line->bytes + written, line->size - written);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;
        written += (size_t)count;
    }
}

static void report(const char *name, const siginfo_t *information, const void *context) {
    static line line;
    uintptr_t address = address_of_instruction(context);
    gantry_crash_frame frame = gantry_crash_current;
    const char *code = module_at(address);
    char thread[17] = {0};
    prctl(PR_GET_NAME, thread);
    put(&line, "{\"timestamp\":\"");
    put_time(&line);
    put(&line, "\",\"level\":\"error\"");
    put_text(&line, "message", frame.place != NULL || code != NULL ? "The process crashed inside a module."
                                                                   : "The process crashed outside of all modules.");
    put_text(&line, "signal", name);
    if (frame.place != NULL) {
        put_text(&line, "module", frame.place->module);
        put_text(&line, "version", frame.place->version);
        put_text(&line, "tenant", frame.place->tenant);
        if (frame.activity != NULL) put_text(&line, "activity", frame.activity);
    } else if (code != NULL) {
        put_text(&line, "module", code);
        put_text(&line, "activity", "a thread of its own");
    }
    if (code != NULL) put_text(&line, "code_of", code);
    if (has_overrun(information)) put_text(&line, "cause", "its stack is used up, as by endless recursion");
    put_text(&line, "thread", thread);
    put(&line, ",\"instruction\":\"0x");
    put_number(&line, address, 16, 1);
    if (information->si_code > 0) {
        put(&line, "\",\"address\":\"0x");
        put_number(&line, (uintptr_t)information->si_addr, 16, 1);
    }
    put(&line, "\"}\n");
    write_all(STDERR_FILENO, &line);
    if (report_file < 0) return;
    write_all(report_file, &line);
    fsync(report_file);
}

static void handle(int signal, siginfo_t *information, void *context) {
    int error = errno;
    int index = 0;
    while (index < SIGNAL_COUNT - 1 && signals[index] != signal) index++;
    if (!atomic_flag_test_and_set(&has_begun)) {
        report(names[index], information, context);
        atomic_store(&is_reported, 1);
    } else {
        /* Another thread crashes as well; it gets a moment to say where. */
        struct timespec moment = {0, 1000000};
        for (int count = 0; count < 500 && !atomic_load(&is_reported); count++) nanosleep(&moment, NULL);
    }
    sigaction(signal, &before[index], NULL);
    /* An instruction that failed fails again, for whoever handled this before; what was sent is sent again. */
    if (information->si_code <= 0) syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
    errno = error;
}

void gantry_crash_begin(int file) {
    report_file = file;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (int index = 0; index < SIGNAL_COUNT; index++) sigaction(signals[index], &action, &before[index]);
}
