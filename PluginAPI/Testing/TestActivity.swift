import GantryKit
import Glibc

/// What the module is being called for, kept where it outlives the process: in a file that whoever started the process
/// has mapped as well. So a crash and a hang can be told with the call that they happened in.
package enum TestActivity {
    /// The variable of the environment with the number of the file's descriptor.
    package static let variable = "GANTRY_CHECK_ACTIVITY"
    /// The size of the file.
    package static let capacity = 4096
    /// Where what was found begins; what is called stands before it. Both texts end with 0.
    package static let place = 512

    private struct State: @unchecked Sendable {
        // Guard: the monitor that holds it.
        var page = TestActivity.mapped()
        /// What is being done to whatever is called, such as `its call 3 of the host answers busy`.
        var circumstance = ""
    }

    private static let state = Monitor(State())

    /// Notes what is called next.
    package static func note(_ text: @autoclosure () -> String) {
        state.withLock { state in
            guard let page = state.page else { return }
            let whole = state.circumstance.isEmpty ? text() : "\(text()), \(state.circumstance)"
            write(whole, to: page, upTo: place)
        }
    }

    /// Notes what was found: what a module goes on with may end the process before it is told.
    package static func note(found text: String) {
        state.withLock { state in
            guard let page = state.page else { return }
            write(text, to: page + place, upTo: capacity - place)
        }
    }

    private static func write(_ text: String, to page: UnsafeMutablePointer<UInt8>, upTo size: Int) {
        var next = page
        for byte in text.utf8.prefix(size - 1) {
            next.pointee = byte
            next += 1
        }
        next.pointee = 0
    }

    /// Says under which circumstances everything is called from now on; empty for none.
    package static func set(circumstance: @autoclosure () -> String) {
        state.withLock { state in
            guard state.page != nil else { return }
            state.circumstance = circumstance()
        }
    }

    private static func mapped() -> UnsafeMutablePointer<UInt8>? {
        guard let text = getenv(variable), let descriptor = Int32(String(cString: text)) else { return nil }
        unsetenv(variable)
        guard let page = mmap(nil, capacity, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), page != MAP_FAILED
        else { return nil }
        return page.bindMemory(to: UInt8.self, capacity: capacity)
    }
}
