/* landlock.c: files that a process may read. The numbers are the kernel's (include/uapi/linux/landlock.h), since the
 * headers of a system are often older than its kernel. */
#define _GNU_SOURCE
#include "include/gantry_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RULE_PATH_BENEATH = 1, CREATE_RULESET_VERSION = 1, SYS_CREATE = 444, SYS_ADD_RULE = 445, SYS_RESTRICT = 446 };

/* Accesses to files: bits 0 to 12 since revision 1, REFER in 2, TRUNCATE in 3, IOCTL_DEV in 5. */
enum { READ_FILE = 1 << 2, READ_FOLDER = 1 << 3, REVISION_1 = (1 << 13) - 1 };
enum { REFER = 1 << 13, TRUNCATE = 1 << 14, IOCTL_DEVICE = 1 << 15 };
enum { BIND_TCP = 1, CONNECT_TCP = 2 };              /* since revision 4 */
enum { SCOPE_ABSTRACT_SOCKETS = 1, SCOPE_SIGNALS = 2 }; /* since revision 6 */

struct ruleset {
    uint64_t handled_files;
    uint64_t handled_network;
    uint64_t scoped;
};

struct path_rule {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

int32_t gantry_landlock_revision(void) {
    long revision = syscall(SYS_CREATE, NULL, 0, CREATE_RULESET_VERSION);
    return revision < 0 ? 0 : (int32_t)revision;
}

/* Everything that the revision knows is denied; its structure is as large as that revision's. */
static int make_ruleset(int32_t revision) {
    struct ruleset rules = {REVISION_1, 0, 0};
    uint64_t size = sizeof rules.handled_files;
    if (revision >= 2) rules.handled_files |= REFER;
    if (revision >= 3) rules.handled_files |= TRUNCATE;
    if (revision >= 5) rules.handled_files |= IOCTL_DEVICE;
    if (revision >= 4) {
        rules.handled_network = BIND_TCP | CONNECT_TCP;
        size += sizeof rules.handled_network;
    }
    if (revision >= 6) {
        rules.scoped = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS;
        size += sizeof rules.scoped;
    }
    return (int)syscall(SYS_CREATE, &rules, size, 0);
}

/* Allows reading the file, or the files below the folder. */
static int allow(int ruleset, const char *path) {
    struct stat status;
    int place = open(path, O_PATH | O_CLOEXEC);
    if (place < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
    struct path_rule rule = {READ_FILE, place};
    if (fstat(place, &status) == 0 && S_ISDIR(status.st_mode)) rule.allowed |= READ_FOLDER;
    long result = syscall(SYS_ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0);
    close(place);
    return result == 0 ? 0 : -1;
}

int gantry_landlock_restrict(const char *const *paths, uint64_t count) {
    int32_t revision = gantry_landlock_revision();
    if (revision == 0) {
        errno = ENOSYS;
        return -1;
    }
    int ruleset = make_ruleset(revision);
    if (ruleset < 0) return -1;
    int result = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    for (uint64_t index = 0; result == 0 && index < count; index++) result = allow(ruleset, paths[index]);
    if (result == 0) result = (int)syscall(SYS_RESTRICT, ruleset, 0);
    int number = errno;
    close(ruleset);
    errno = number;
    return result;
}
