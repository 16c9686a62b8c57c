/* filter.c: the calls of the system that a worker may make, as a filter of seccomp. */
#define _GNU_SOURCE
#include "include/gantry_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "The filter knows x86-64 and aarch64."
#endif

enum { MOST_INSTRUCTIONS = 600, OTHER_TABLE = 0x40000000, SET_VMA = 0x53564d41 };

/* Allowed whatever their arguments are: nothing of them leaves the process, or goes beyond its descriptors. */
static const uint32_t allowed[] = {
    SYS_futex, SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_lseek, SYS_close,
    SYS_fstat, SYS_newfstatat, SYS_statx, SYS_fstatfs, SYS_getdents64, SYS_readlinkat, SYS_faccessat, SYS_getcwd,
    SYS_dup, SYS_dup3, SYS_pipe2, SYS_eventfd2, SYS_timerfd_create, SYS_timerfd_settime, SYS_timerfd_gettime,
    SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_ppoll, SYS_pselect6, SYS_sendto, SYS_sendmsg,
    SYS_recvfrom, SYS_recvmsg, SYS_shutdown, SYS_getsockopt, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect,
    SYS_madvise, SYS_mincore, SYS_msync, SYS_brk, SYS_membarrier, SYS_rt_sigaction, SYS_rt_sigprocmask,
    SYS_rt_sigreturn, SYS_rt_sigpending, SYS_rt_sigsuspend, SYS_rt_sigtimedwait, SYS_sigaltstack,
    SYS_restart_syscall, SYS_nanosleep, SYS_clock_nanosleep, SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday,
    SYS_times, SYS_getrandom, SYS_sched_yield, SYS_sched_getaffinity, SYS_sched_getparam, SYS_sched_getscheduler,
    SYS_sched_get_priority_max, SYS_sched_get_priority_min, SYS_getcpu, SYS_getpriority, SYS_getpid, SYS_gettid,
    SYS_getppid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getpgid, SYS_getsid, SYS_uname, SYS_sysinfo,
    SYS_getrusage, SYS_getrlimit, SYS_set_robust_list, SYS_get_robust_list, SYS_set_tid_address, SYS_exit,
    SYS_exit_group, SYS_rseq, SYS_futex_waitv,
#if defined(__x86_64__)
    SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_dup2, SYS_pipe, SYS_eventfd, SYS_epoll_create, SYS_epoll_wait,
    SYS_poll, SYS_select, SYS_time, SYS_getpgrp, SYS_arch_prctl,
#endif
};

/* Unknown to the kernel, as it seems: libraries then take the older call, whose arguments a filter can see. */
static const uint32_t unknown[] = {SYS_clone3, SYS_openat2, SYS_faccessat2};

struct program {
    struct sock_filter code[MOST_INSTRUCTIONS];
    uint16_t size;
};

static void add(struct program *program, uint16_t code, uint32_t value, uint8_t is_true, uint8_t is_false) {
    program->code[program->size++] = (struct sock_filter){code, is_true, is_false, value};
}

static void load(struct program *program, uint32_t offset) { add(program, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0); }
static void load_argument(struct program *program, uint32_t number) {
    load(program, offsetof(struct seccomp_data, args) + number * sizeof(uint64_t));
}
static void finish(struct program *program, uint32_t action) { add(program, BPF_RET | BPF_K, action, 0, 0); }
static void fail(struct program *program, int number) { finish(program, SECCOMP_RET_ERRNO | (uint32_t)number); }

/* Ends with the action where the loaded value is this one. */
static void finish_if(struct program *program, uint32_t value, uint32_t action) {
    add(program, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    finish(program, action);
}

/* Allows the call where the argument, of which 32 bits count, is one of these; else it fails. */
static void allow_values(struct program *program, uint32_t call, uint32_t argument, const uint32_t *values,
                         uint32_t count) {
    add(program, BPF_JMP | BPF_JEQ | BPF_K, call, 0, (uint8_t)(2 * count + 2));
    load_argument(program, argument);
    for (uint32_t index = 0; index < count; index++) finish_if(program, values[index], SECCOMP_RET_ALLOW);
    fail(program, EPERM);
}

/* Allows the call where of the argument's bits in the mask exactly these are set; else it fails. */
static void allow_bits(struct program *program, uint32_t call, uint32_t argument, uint32_t mask, uint32_t bits,
                       int number) {
    add(program, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 5);
    load_argument(program, argument);
    add(program, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
    add(program, BPF_JMP | BPF_JEQ | BPF_K, bits, 0, 1);
    finish(program, SECCOMP_RET_ALLOW);
    fail(program, number);
}

static void add_conditions(struct program *program) {
    const uint32_t own[] = {(uint32_t)getpid()}, none_or_own[] = {0, (uint32_t)getpid()}, none[] = {0};
    const uint32_t options[] = {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, SET_VMA};
    const uint32_t commands[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL};
    const uint32_t requests[] = {FIONREAD, FIONBIO, FIOCLEX, FIONCLEX}, families[] = {AF_UNIX};
    const uint32_t writes = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY);
    const uint32_t spaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                            CLONE_NEWPID | CLONE_NEWNET;
    /* A new process would be one that nobody limits together with this one: threads only. */
    allow_bits(program, SYS_clone, 0, CLONE_THREAD | CLONE_VM | spaces, CLONE_THREAD | CLONE_VM, EPERM);
    allow_bits(program, SYS_openat, 2, writes, O_RDONLY, EACCES);
#if defined(__x86_64__)
    allow_bits(program, SYS_open, 1, writes, O_RDONLY, EACCES);
#endif
    allow_values(program, SYS_fcntl, 1, commands, sizeof commands / sizeof *commands);
    allow_values(program, SYS_ioctl, 1, requests, sizeof requests / sizeof *requests);
    allow_values(program, SYS_prctl, 0, options, sizeof options / sizeof *options);
    allow_values(program, SYS_socketpair, 0, families, 1);
    allow_values(program, SYS_kill, 0, own, 1);
    allow_values(program, SYS_tgkill, 0, own, 1);
    allow_values(program, SYS_rt_tgsigqueueinfo, 0, own, 1);
    allow_values(program, SYS_prlimit64, 0, none_or_own, 2);
    allow_values(program, SYS_sched_setaffinity, 0, none, 1);
}

int gantry_filter_calls(void) {
    struct program program = {.size = 0};
    load(&program, offsetof(struct seccomp_data, arch));
    add(&program, BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCHITECTURE, 1, 0);
    finish(&program, SECCOMP_RET_KILL_PROCESS);
    load(&program, offsetof(struct seccomp_data, nr));
    add(&program, BPF_JMP | BPF_JGE | BPF_K, OTHER_TABLE, 0, 1);
    fail(&program, ENOSYS);
    for (uint32_t index = 0; index < sizeof allowed / sizeof *allowed; index++)
        finish_if(&program, allowed[index], SECCOMP_RET_ALLOW);
    for (uint32_t index = 0; index < sizeof unknown / sizeof *unknown; index++)
        finish_if(&program, unknown[index], SECCOMP_RET_ERRNO | ENOSYS);
    add_conditions(&program);
    fail(&program, EPERM);
    struct sock_fprog filter = {program.size, program.code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
    if (result > 0) errno = EAGAIN; /* a thread that could not take the filter */
    return result == 0 ? 0 : -1;
}
