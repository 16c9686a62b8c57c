import CLinux
import Glibc
import Testing

/// What needs no restriction of this process; the rest is held by `GantryWorkerTests`, in processes made for it.
@Suite("What Linux offers")
struct ProcessTests {
    @Test("a process is named by a descriptor, which takes signals for it")
    func descriptors() {
        let descriptor = gantry_pidfd_open(getpid())
        #expect(descriptor >= 0)
        #expect(gantry_pidfd_send_signal(descriptor, 0) == 0)
        close(descriptor)
        #expect(gantry_pidfd_send_signal(-1, 0) == -1)
    }

    @Test("a number that no process has is refused")
    func nobody() {
        #expect(gantry_pidfd_open(Int32.max) == -1)
    }

    @Test("threads are counted")
    func threads() {
        #expect(gantry_count_threads() >= 1)
    }

    @Test("the kernel says which Landlock it has")
    func landlock() {
        #expect((0..<1000).contains(gantry_landlock_revision()))
    }
}
