import GantryStore
import GantryThreads
import TestCommands
import Testing

@testable import GantryRuntime

/// What the health routes look at, each broken once.
@Suite("Health of a deployment")
struct DeploymentHealthTests {
    @Test("A bus that is held up is not moving, and heals when it goes on")
    func bus() {
        let timers = TimerQueue(name: "bus")
        defer { timers.stop() }
        #expect(DeploymentHealth.probeBus(timers) == nil)
        let (isInside, exit) = (Latch(), Latch())
        _ = timers.schedule(atMilliseconds: 0) {
            isInside.open()
            _ = exit.wait()
        }
        _ = isInside.wait()
        #expect(DeploymentHealth.probeBus(timers) == "the bus is not moving")
        exit.open()
        #expect(DeploymentHealth.probeBus(timers) == nil)
    }

    @Test("Storage that cannot be written is told of")
    func storage() throws {
        let folder = TemporaryFolder()
        #expect(DeploymentHealth.probeStorage(folder.path + "/probe") == nil)
        #expect(DeploymentHealth.probeStorage(folder.path + "/missing/probe") == "the data folder cannot be written")
    }

    @Test("A database file that is gone, or is none, is told of whatever else has it open")
    func database() throws {
        let folder = TemporaryFolder()
        let path = folder.path + "/none.db"
        #expect(throws: StoreError.self) { try FileProbe.read(path) }
        folder.write(Array(String(repeating: "no database ", count: 1000).utf8), to: "none.db")
        #expect(throws: StoreError.self) { try FileProbe.read(path) }
    }
}
