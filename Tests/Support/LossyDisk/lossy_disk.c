/*
 * A disk that keeps nothing it was not told to sync: a SQLite VFS for LD_PRELOAD, under a process that is killed.
 *
 * Writes go to a shadow of the file in memory; xSync brings them to the real file. A kill loses what was not synced, as
 * a loss of power does. Some sectors of unsynced writes reach the disk all the same, in no order, as they do in
 * reality: that is what LOSSY_SEED chooses.
 *
 *   LOSSY_SEED=n           chooses those sectors (512 bytes); 0 or none: nothing that was not synced survives
 *   LOSSY_KILL=point:n     kills the process at the n-th passing of a point, such as before-wal-sync:3. Points:
 *                          {before,after}-{wal,db}-{write,sync}, before-delete, after-delete
 *   LOSSY_SYNCHRONOUS=OFF  makes every connection one that never syncs, to show that the suite would see it
 *   LOSSY_COUNT=file       appends how often each point was passed, at the end of the process
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECTOR = 512, POINTS = 10 };

/* The memory that stands for one file, shared by all connections to it. */
typedef struct shadow {
    struct shadow *next;
    char path[1024];
    int users, is_log;
    unsigned char *bytes, *dirty; /* one mark for each sector */
    sqlite3_int64 size, capacity;
} shadow;

typedef struct lossy_file {
    sqlite3_file base;
    shadow *shadow;
    sqlite3_file *real;
} lossy_file;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static shadow *shadows;
static sqlite3_vfs *real_vfs;
static sqlite3_vfs lossy_vfs;
static sqlite3_io_methods lossy_methods;
static unsigned long long random_state;

static const char *const point_names[POINTS] = {
    "before-wal-write", "after-wal-write", "before-wal-sync", "after-wal-sync", "before-db-write",
    "after-db-write",   "before-db-sync",  "after-db-sync",   "before-delete",  "after-delete"};
static long point_counts[POINTS];
static int kill_point = -1;
static long kill_count;

static void pass(int point) {
    long count = __atomic_add_fetch(&point_counts[point], 1, __ATOMIC_RELAXED);
    if (point == kill_point && count == kill_count) kill(getpid(), SIGKILL);
}

/* The point of a file: 0 for the log, 4 for the database, and from there the moment. */
static void pass_file(const lossy_file *file, int moment) { pass((file->shadow->is_log ? 0 : 4) + moment); }

static int is_lucky(void) {
    if (random_state == 0) return 0;
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % 3 == 0;
}

static void reserve(shadow *shadow, sqlite3_int64 size) {
    if (size <= shadow->capacity) return;
    sqlite3_int64 capacity = (size * 2 + 65535) / 65536 * 65536;
    shadow->bytes = realloc(shadow->bytes, (size_t)capacity);
    shadow->dirty = realloc(shadow->dirty, (size_t)(capacity / SECTOR));
    memset(shadow->bytes + shadow->capacity, 0, (size_t)(capacity - shadow->capacity));
    memset(shadow->dirty + shadow->capacity / SECTOR, 0, (size_t)((capacity - shadow->capacity) / SECTOR));
    shadow->capacity = capacity;
}

/* Brings one sector to the real file. */
static int write_sector(const lossy_file *file, sqlite3_int64 sector) {
    const shadow *shadow = file->shadow;
    sqlite3_int64 offset = sector * SECTOR, count = shadow->size - offset < SECTOR ? shadow->size - offset : SECTOR;
    if (count <= 0) return SQLITE_OK;
    return file->real->pMethods->xWrite(file->real, shadow->bytes + offset, (int)count, offset);
}

static int lossy_close(sqlite3_file *base) {
    lossy_file *file = (lossy_file *)base;
    pthread_mutex_lock(&lock);
    file->shadow->users -= 1;
    pthread_mutex_unlock(&lock);
    int status = file->real->pMethods->xClose(file->real);
    free(file->real);
    return status;
}

static int lossy_read(sqlite3_file *base, void *out, int count, sqlite3_int64 offset) {
    shadow *shadow = ((lossy_file *)base)->shadow;
    pthread_mutex_lock(&lock);
    sqlite3_int64 available = shadow->size - offset;
    if (available < 0) available = 0;
    if (available > count) available = count;
    memcpy(out, shadow->bytes + offset, (size_t)available);
    pthread_mutex_unlock(&lock);
    if (available == count) return SQLITE_OK;
    memset((char *)out + available, 0, (size_t)(count - available));
    return SQLITE_IOERR_SHORT_READ;
}

static int lossy_write(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 offset) {
    lossy_file *file = (lossy_file *)base;
    shadow *shadow = file->shadow;
    int status = SQLITE_OK;
    pass_file(file, 0);
    pthread_mutex_lock(&lock);
    reserve(shadow, offset + count);
    memcpy(shadow->bytes + offset, bytes, (size_t)count);
    if (offset + count > shadow->size) shadow->size = offset + count;
    for (sqlite3_int64 sector = offset / SECTOR; sector <= (offset + count - 1) / SECTOR; sector += 1) {
        shadow->dirty[sector] = 1;
        if (is_lucky() && status == SQLITE_OK) status = write_sector(file, sector);
    }
    pthread_mutex_unlock(&lock);
    pass_file(file, 1);
    return status;
}

static int lossy_truncate(sqlite3_file *base, sqlite3_int64 size) {
    shadow *shadow = ((lossy_file *)base)->shadow;
    pthread_mutex_lock(&lock);
    reserve(shadow, size);
    if (size < shadow->size) memset(shadow->bytes + size, 0, (size_t)(shadow->size - size));
    shadow->size = size;
    pthread_mutex_unlock(&lock);
    return SQLITE_OK;
}

static int lossy_sync(sqlite3_file *base, int flags) {
    lossy_file *file = (lossy_file *)base;
    shadow *shadow = file->shadow;
    int status = SQLITE_OK;
    pass_file(file, 2);
    pthread_mutex_lock(&lock);
    for (sqlite3_int64 sector = 0; sector * SECTOR < shadow->size && status == SQLITE_OK; sector += 1) {
        if (!shadow->dirty[sector]) continue;
        status = write_sector(file, sector);
        shadow->dirty[sector] = 0;
    }
    if (status == SQLITE_OK) status = file->real->pMethods->xTruncate(file->real, shadow->size);
    pthread_mutex_unlock(&lock);
    if (status == SQLITE_OK) status = file->real->pMethods->xSync(file->real, flags);
    pass_file(file, 3);
    return status;
}

static int lossy_size(sqlite3_file *base, sqlite3_int64 *out) {
    pthread_mutex_lock(&lock);
    *out = ((lossy_file *)base)->shadow->size;
    pthread_mutex_unlock(&lock);
    return SQLITE_OK;
}

static int lossy_control(sqlite3_file *base, int operation, void *argument) {
    /* What would write past the shadow is not offered. */
    if (operation == SQLITE_FCNTL_SIZE_HINT || operation == SQLITE_FCNTL_CHUNK_SIZE) return SQLITE_NOTFOUND;
    sqlite3_file *real = ((lossy_file *)base)->real;
    return real->pMethods->xFileControl(real, operation, argument);
}

#define REAL (((lossy_file *)base)->real)
static int lossy_lock(sqlite3_file *base, int level) { return REAL->pMethods->xLock(REAL, level); }
static int lossy_unlock(sqlite3_file *base, int level) { return REAL->pMethods->xUnlock(REAL, level); }
static int lossy_check(sqlite3_file *base, int *out) { return REAL->pMethods->xCheckReservedLock(REAL, out); }
static int lossy_sector_size(sqlite3_file *base) { return (void)base, SECTOR; }
static int lossy_characteristics(sqlite3_file *base) { return (void)base, 0; }
static int lossy_map(sqlite3_file *base, int page, int size, int extend, void volatile **out) {
    return REAL->pMethods->xShmMap(REAL, page, size, extend, out);
}
static int lossy_shm_lock(sqlite3_file *base, int offset, int count, int flags) {
    return REAL->pMethods->xShmLock(REAL, offset, count, flags);
}
static void lossy_barrier(sqlite3_file *base) { REAL->pMethods->xShmBarrier(REAL); }
static int lossy_unmap(sqlite3_file *base, int deletes) { return REAL->pMethods->xShmUnmap(REAL, deletes); }

static sqlite3_io_methods lossy_methods = {
    2, lossy_close, lossy_read, lossy_write, lossy_truncate, lossy_sync, lossy_size, lossy_lock, lossy_unlock,
    lossy_check, lossy_control, lossy_sector_size, lossy_characteristics, lossy_map, lossy_shm_lock, lossy_barrier,
    lossy_unmap, NULL, NULL};

/* The lock is held in these. */
static shadow *known_shadow(const char *path) {
    shadow *found = shadows;
    while (found && strcmp(found->path, path) != 0) found = found->next;
    return found;
}

/* Its users keep the memory, nobody finds it again. */
static void forget(const char *path) {
    shadow *found = known_shadow(path);
    if (found) found->path[0] = 0;
}

/* The shadow of a path, filled from the real file when it is new. */
static shadow *find_shadow(const char *path, sqlite3_file *real, int flags) {
    shadow *found = known_shadow(path);
    if (!found) {
        found = calloc(1, sizeof *found);
        snprintf(found->path, sizeof found->path, "%s", path);
        found->is_log = (flags & SQLITE_OPEN_WAL) != 0;
        real->pMethods->xFileSize(real, &found->size);
        reserve(found, found->size + 1);
        if (found->size > 0) real->pMethods->xRead(real, found->bytes, (int)found->size, 0);
        found->next = shadows;
        shadows = found;
    }
    found->users += 1;
    return found;
}

static int lossy_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *out_flags) {
    (void)vfs;
    if (!path || !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)))
        return real_vfs->xOpen(real_vfs, path, base, flags, out_flags);
    lossy_file *file = (lossy_file *)base;
    memset(file, 0, sizeof *file);
    file->real = calloc(1, (size_t)real_vfs->szOsFile);
    int status = real_vfs->xOpen(real_vfs, path, file->real, flags, out_flags);
    if (status != SQLITE_OK) {
        free(file->real);
        return status;
    }
    pthread_mutex_lock(&lock);
    file->shadow = find_shadow(path, file->real, flags);
    pthread_mutex_unlock(&lock);
    file->base.pMethods = &lossy_methods;
    return SQLITE_OK;
}

static int lossy_delete(sqlite3_vfs *vfs, const char *path, int sync_folder) {
    (void)vfs;
    pass(8);
    pthread_mutex_lock(&lock);
    forget(path);
    pthread_mutex_unlock(&lock);
    int status = real_vfs->xDelete(real_vfs, path, sync_folder);
    pass(9);
    return status;
}

static void count_points(void) {
    FILE *file = fopen(getenv("LOSSY_COUNT"), "a");
    for (int point = 0; file && point < POINTS; point += 1)
        fprintf(file, "%s %ld\n", point_names[point], point_counts[point]);
    if (file) fclose(file);
}

static void install(void) {
    const char *seed = getenv("LOSSY_SEED"), *killing = getenv("LOSSY_KILL");
    const char *colon = killing ? strchr(killing, ':') : NULL;
    size_t length = colon ? (size_t)(colon - killing) : 0;
    random_state = seed ? strtoull(seed, NULL, 10) * 0x9e3779b97f4a7c15ull : 0;
    for (int point = 0; colon && point < POINTS; point += 1)
        if (strlen(point_names[point]) == length && !strncmp(killing, point_names[point], length)) kill_point = point;
    if (colon) kill_count = strtol(colon + 1, NULL, 10);
    if (getenv("LOSSY_COUNT")) atexit(count_points);
    real_vfs = sqlite3_vfs_find(NULL);
    lossy_vfs = *real_vfs;
    lossy_vfs.zName = "lossy";
    lossy_vfs.pNext = NULL;
    lossy_vfs.xOpen = lossy_open;
    lossy_vfs.xDelete = lossy_delete;
    if (lossy_vfs.szOsFile < (int)sizeof(lossy_file)) lossy_vfs.szOsFile = sizeof(lossy_file);
    sqlite3_vfs_register(&lossy_vfs, 1);
}

/* The process also syncs, renames and removes databases past SQLite, all of them closed ones. */
static void flush(shadow *shadow) {
    int file = open(shadow->path, O_WRONLY | O_CLOEXEC);
    for (sqlite3_int64 sector = 0; file >= 0 && sector * SECTOR < shadow->size; sector += 1) {
        sqlite3_int64 offset = sector * SECTOR, count = shadow->size - offset < SECTOR ? shadow->size - offset : SECTOR;
        if (!shadow->dirty[sector]) continue;
        if (pwrite(file, shadow->bytes + offset, (size_t)count, offset) == count) shadow->dirty[sector] = 0;
    }
    if (file >= 0) close(file);
}

int fsync(int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    char link[64], path[1024];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    pthread_mutex_lock(&lock);
    shadow *found = path[0] ? known_shadow(path) : NULL;
    if (found) flush(found);
    pthread_mutex_unlock(&lock);
    return real(file);
}

int rename(const char *from, const char *to) {
    int (*real)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
    pthread_mutex_lock(&lock);
    int status = real(from, to);
    shadow *found = status == 0 && from[0] ? known_shadow(from) : NULL;
    if (status == 0) forget(to);
    if (found) snprintf(found->path, sizeof found->path, "%s", to);
    pthread_mutex_unlock(&lock);
    return status;
}

int unlink(const char *path) {
    int (*real)(const char *) = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
    pthread_mutex_lock(&lock);
    forget(path);
    pthread_mutex_unlock(&lock);
    return real(path);
}

/* Not in a constructor: the process configures SQLite before its first connection. */
int sqlite3_open_v2(const char *path, sqlite3 **out, int flags, const char *vfs) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    int (*open)(const char *, sqlite3 **, int, const char *) = dlsym(RTLD_NEXT, "sqlite3_open_v2");
    pthread_once(&once, install);
    return open(path, out, flags, vfs);
}

int sqlite3_exec(sqlite3 *database, const char *sql, int (*on_row)(void *, int, char **, char **), void *context,
                 char **message) {
    int (*exec)(sqlite3 *, const char *, int (*)(void *, int, char **, char **), void *, char **) =
        dlsym(RTLD_NEXT, "sqlite3_exec");
    const char *mode = getenv("LOSSY_SYNCHRONOUS"), *found = mode ? strstr(sql, "synchronous=FULL") : NULL;
    if (!found) return exec(database, sql, on_row, context, message);
    char *changed = sqlite3_mprintf("%.*ssynchronous=%s%s", (int)(found - sql), sql, mode, found + 16);
    int status = exec(database, changed, on_row, context, message);
    sqlite3_free(changed);
    return status;
}
