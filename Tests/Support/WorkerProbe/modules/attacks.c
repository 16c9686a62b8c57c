/* attacks.c: a module that tries what a worker must not be able to. Each attack writes `denied` or how it succeeded. */
#define _GNU_SOURCE
#include "../../../Fixtures/fixture.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the operator must keep, handed over by the test: the host's process, and a file of its data folder. */
static pid_t host;
static char secret[1024];

typedef long (*attack_fn)(void);

static long read_file(const char *path) {
    char bytes[16];
    int file = open(path, O_RDONLY);
    return file < 0 ? -1 : read(file, bytes, sizeof bytes);
}
static long read_secret(void) { return read_file(secret); }
static long read_shadow(void) { return read_file("/etc/shadow"); }
static long read_passwords(void) { return read_file("/etc/passwd"); }
static long list_folder(void) { return opendir("/") != NULL ? 0 : -1; }

static long read_host(const char *what) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)host, what);
    return read_file(path);
}
static long read_host_memory(void) { return read_host("mem"); }
static long read_host_environment(void) { return read_host("environ"); }
static long write_host_memory(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", (int)host);
    return open(path, O_RDWR);
}
static long reach_host_memory(void) {
    char bytes[8];
    struct iovec own = {bytes, sizeof bytes}, theirs = {(void *)(uintptr_t)&host, sizeof bytes};
    return process_vm_readv(host, &own, 1, &theirs, 1, 0);
}
static long write_host_directly(void) {
    char bytes[8] = {0};
    struct iovec own = {bytes, sizeof bytes}, theirs = {(void *)(uintptr_t)&host, sizeof bytes};
    return process_vm_writev(host, &own, 1, &theirs, 1, 0);
}

static long create_file(void) { return open("/tmp/worker-attack", O_WRONLY | O_CREAT, 0600); }
static long write_secret(void) { return open(secret, O_WRONLY); }
static long truncate_secret(void) { return truncate(secret, 0); }
static long remove_secret(void) { return unlink(secret); }
static long rename_secret(void) { return rename(secret, "/tmp/worker-attack"); }
static long open_wide(void) { return syscall(SYS_creat, "/tmp/worker-attack", 0600); }
static long make_folder(void) { return mkdir("/tmp/worker-attack", 0700); }
static long link_secret(void) { return symlink(secret, "/tmp/worker-attack"); }

static long use_socket(int family, int type) { return socket(family, type, 0); }
static long socket_tcp(void) { return use_socket(AF_INET, SOCK_STREAM); }
static long socket_udp(void) { return use_socket(AF_INET, SOCK_DGRAM); }
static long socket_six(void) { return use_socket(AF_INET6, SOCK_STREAM); }
static long socket_local(void) { return use_socket(AF_UNIX, SOCK_STREAM); }
static long socket_raw(void) { return use_socket(AF_PACKET, SOCK_RAW); }
static long socket_netlink(void) { return use_socket(AF_NETLINK, SOCK_RAW); }

static long run_program(void) {
    char *arguments[] = {"/bin/true", NULL};
    return execv(arguments[0], arguments);
}
static long run_descriptor(void) {
    char *arguments[] = {"true", NULL};
    return syscall(SYS_execveat, 0, "/bin/true", arguments, NULL, 0);
}
/* The new process, if there is one, must not go on as if it were this one. */
static long end_child(long process) {
    if (process == 0) _exit(0);
    return process;
}
static long make_process(void) { return end_child(fork()); }
static long make_process_directly(void) { return end_child(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL)); }
static long make_process_newly(void) {
    uint64_t arguments[11] = {0, 0, 0, 0, SIGCHLD};
    return end_child(syscall(435 /* clone3 */, arguments, sizeof arguments));
}
static long trace_host(void) { return ptrace(PTRACE_ATTACH, host, NULL, NULL); }
static long seize_host(void) { return ptrace(PTRACE_SEIZE, host, NULL, NULL); }
static long kill_host(void) { return kill(host, 0); }
static long kill_all(void) { return kill(-1, 0); }
static long kill_thread(void) { return syscall(SYS_tkill, host, 0); }
static long kill_group(void) { return syscall(SYS_tgkill, host, host, 0); }
static long queue_signal(void) {
    union sigval value = {.sival_int = 0};
    return sigqueue(host, 0, value);
}
static long open_host(void) { return syscall(434 /* pidfd_open */, host, 0); }
static long own_signals(void) {
    int ends[2];
    if (pipe(ends) != 0) return 0;
    long result = fcntl(ends[0], F_SETOWN, host);
    close(ends[0]);
    close(ends[1]);
    return result;
}
static long limit_host(void) {
    struct rlimit none = {0, 0};
    return prlimit(host, RLIMIT_NOFILE, &none, NULL);
}
static long pin_host(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    return sched_setaffinity(host, sizeof set, &set);
}
static long slow_host(void) { return setpriority(PRIO_PROCESS, (id_t)host, 19); }

static long mount_something(void) { return mount("none", "/tmp", "tmpfs", 0, NULL); }
static long load_program(void) { return syscall(SYS_bpf, 0, NULL, 0); }
static long read_keys(void) { return syscall(SYS_keyctl, 0, -3, 0, 0, 0); }
static long leave_namespace(void) { return unshare(CLONE_NEWUSER); }
static long measure_host(void) {
    char attributes[128] = {0};
    return syscall(SYS_perf_event_open, attributes, host, -1, -1, 0);
}
static long make_ring(void) {
    char parameters[256] = {0};
    return syscall(425 /* io_uring_setup */, 1, parameters);
}
static long make_memory(void) { return syscall(SYS_memfd_create, "attack", 0); }
static long share_memory(void) { return syscall(SYS_shmget, 0, 4096, 01600); }
static long wait_for_faults(void) { return syscall(SYS_userfaultfd, 0); }
static long become_root(void) { return setuid(0); }
static long be_dumpable(void) { return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }
static long outlive_host(void) { return prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0); }
static long change_root(void) { return chroot("/"); }
static long set_clock(void) {
    struct timespec time = {0, 0};
    return clock_settime(CLOCK_REALTIME, &time);
}
static long more_memory(void) {
    struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};
    return setrlimit(RLIMIT_NOFILE, &more);
}

static const struct {
    const char *name;
    attack_fn run;
} attacks[] = {
    {"read a file of the data folder", read_secret}, {"read /etc/shadow", read_shadow},
    {"read /etc/passwd", read_passwords}, {"list a folder", list_folder},
    {"read the host's memory by its file", read_host_memory}, {"read the host's environment", read_host_environment},
    {"write the host's memory by its file", write_host_memory}, {"read the host's memory", reach_host_memory},
    {"write the host's memory", write_host_directly}, {"create a file", create_file}, {"write a file", write_secret},
    {"truncate a file", truncate_secret}, {"remove a file", remove_secret}, {"rename a file", rename_secret},
    {"create a file the old way", open_wide}, {"make a folder", make_folder}, {"make a link", link_secret},
    {"open a TCP socket", socket_tcp}, {"open a UDP socket", socket_udp}, {"open an IPv6 socket", socket_six},
    {"open a local socket", socket_local}, {"open a packet socket", socket_raw},
    {"open a netlink socket", socket_netlink}, {"run a program", run_program},
    {"run a program by descriptor", run_descriptor}, {"make a process", make_process},
    {"make a process by clone", make_process_directly}, {"make a process by clone3", make_process_newly},
    {"trace the host", trace_host}, {"seize the host", seize_host}, {"signal the host", kill_host},
    {"signal everybody", kill_all}, {"signal the host's thread", kill_thread},
    {"signal the host's thread group", kill_group}, {"queue a signal", queue_signal},
    {"hold the host by descriptor", open_host}, {"send signals by a pipe", own_signals},
    {"limit the host", limit_host}, {"pin the host", pin_host}, {"slow the host down", slow_host},
    {"mount", mount_something}, {"load a program into the kernel", load_program}, {"read keys", read_keys},
    {"make a namespace", leave_namespace}, {"measure the host", measure_host}, {"make a ring of calls", make_ring},
    {"make memory without limit", make_memory}, {"share memory", share_memory},
    {"wait for faults", wait_for_faults}, {"become root", become_root}, {"be dumpable", be_dumpable},
    {"outlive the host", outlive_host}, {"change the root", change_root}, {"set the clock", set_clock},
    {"raise a limit", more_memory},
};
enum { ATTACKS = sizeof attacks / sizeof *attacks };

static void try_all(const fixture *self, const gantry_call_v1 *call, const char *where) {
    char line[160];
    for (uint32_t index = 0; index < ATTACKS; index++) {
        errno = 0;
        long result = attacks[index].run();
        int is_denied = result == -1 && (errno == EPERM || errno == EACCES || errno == ENOSYS);
        snprintf(line, sizeof line, "%s: %s: %s (%ld, %s)", where, attacks[index].name,
                 is_denied ? "denied" : "SUCCEEDED", result, strerror(errno));
        self->log->write(call, GANTRY_LOG_INFO, text(line), NULL, 0);
    }
}

struct place {
    const fixture *self;
    const gantry_call_v1 *call;
};

static void *try_elsewhere(void *argument) {
    const struct place *place = argument;
    try_all(place->self, place->call, "thread");
    return NULL;
}

#ifdef CONTROL
/* Those that do no harm, in a process that nothing restricts: what is denied here would prove nothing elsewhere. */
int main(int count, char **arguments) {
    static const attack_fn harmless[] = {
        read_secret, read_passwords, list_folder, write_secret, socket_local, make_process, make_process_directly,
        kill_host, kill_group, open_host, own_signals, make_memory, share_memory, be_dumpable, outlive_host,
    };
    if (count != 2) return 1;
    host = getpid();
    snprintf(secret, sizeof secret, "%s", arguments[1]);
    for (uint32_t index = 0; index < sizeof harmless / sizeof *harmless; index++)
        printf("%u: %s\n", index, harmless[index]() == -1 ? "denied" : "done");
    return 0;
}
#endif

/* The body: the host's process and the path of a file. */
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    struct place place = {instance, call};
    pthread_t thread;
    char body[1024];
    if (request->body.size >= sizeof body) return GANTRY_E_INVALID;
    memcpy(body, request->body.data, request->body.size);
    body[request->body.size] = 0;
    int number = 0;
    if (sscanf(body, "%d %1023s", &number, secret) != 2) return GANTRY_E_INVALID;
    host = number;
    try_all(instance, call, "handler");
    if (pthread_create(&thread, NULL, try_elsewhere, &place) != 0) return GANTRY_E_FAILED;
    pthread_join(thread, NULL);
    return answer(instance, call, "done");
}

/* What runs while the library is loaded runs in the same bounds. */
static long before_entry = -2;
__attribute__((constructor)) static void attack_early(void) { before_entry = read_file("/etc/shadow"); }

static int32_t begin(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    (void)error;
    report(instance, call, "constructor", (int32_t)before_entry);
    return GANTRY_OK;
}

#undef FIXTURE_NOTE
#undef FIXTURE_START
#define FIXTURE_NOTE
#define FIXTURE_START begin
FIXTURE_MODULE(handle)
