import GantryKit
package import GantryKitTesting
import Glibc

/// The module that is examined: its bundle, its library, and how its requests are made up.
package struct Subject: Sendable {
    /// The bundle's manifest.
    package let bundle: TestBundle
    /// The path of the library.
    package let library: String
    /// The seed of everything random.
    package let seed: UInt64
    /// Whether everything is tried more often.
    package let isThorough: Bool
    let samples: ContractSamples

    init(_ options: CheckOptions, seed: UInt64) throws {
        try self.init(bundle: options.bundle, library: options.library, seed: seed, isThorough: options.isThorough)
    }

    /// Reads the bundle's folder; `library` replaces the one that its manifest names. Throws `TestFailure`.
    package init(bundle folder: String, library: String?, seed: UInt64, isThorough: Bool = false) throws {
        bundle = try TestBundle(folder)
        self.library = library ?? "\(folder)/\(bundle.library)"
        self.seed = seed
        self.isThorough = isThorough
        samples = try ContractSamples("\(folder)/\(bundle.contract)")
    }

    /// Loads the library.
    func load() throws -> LoadedModule { try LoadedModule(library: library) }

    /// A host with an instance of the module.
    func host(_ module: LoadedModule, _ setup: TestHost.Setup = .init()) throws -> TestHost {
        let host = try TestHost(module, bundle: bundle, setup)
        host.onOutbound { _ in OutboundAnswers.empty }
        return host
    }
}

/// A finding of a check: what an author must change.
package struct Fault: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
        TestActivity.note(found: description)
    }
}

/// Numbers that look random and are the same for one seed.
struct Dice: RandomNumberGenerator {
    private var state: UInt64
    /// What texts hold that may hold anything; nil for made-up ones.
    var mark: String?

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// What the process uses.
enum ProcessUse {
    /// Whether freed memory stays resident: AddressSanitizer keeps it to find who uses it still, and looks for leaks in
    /// a better way.
    static let keepsFreedMemory = dlsym(nil, "__asan_init") != nil

    /// Resident memory in bytes.
    static var residentBytes: Int {
        guard let text = try? TestFile.text("/proc/self/statm") else { return 0 }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Memory in use on the heap, without that of the databases, in bytes.
    static var allocatedBytes: Int { TestDatabase.heapBytesOfOthers }

    /// Waits until the threads are as `isFit` wants them, for at most two seconds: the host's own end by themselves.
    static func waits(untilThreads isFit: ([String: String]) -> Bool) -> Bool {
        let end = MonotonicTime.nanoseconds + 2_000_000_000
        while !isFit(threads) {
            if MonotonicTime.nanoseconds > end { return false }
            usleep(5000)
        }
        return true
    }

    /// The names of the process's threads by their numbers, without those that serve a worker.
    static var threads: [String: String] {
        let all = TestFile.names(in: "/proc/self/task").map { number in
            let name = (try? TestFile.text("/proc/self/task/\(number)/comm")) ?? ""
            return (number, String(name.prefix { $0 != "\n" }))
        }
        return Dictionary(uniqueKeysWithValues: all.filter { $0.1 != TestWorker.threadName })
    }
}
