import Glibc

/// A thread that nobody waits for.
public enum DetachedThread {
    private final class Body: Sendable {
        let run: Job

        init(run: @escaping Job) {
            self.run = run
        }
    }

    /// Runs the body on a new thread, which ends with it. Traps when the system gives none.
    public static func start(_ body: @escaping Job) {
        let start = Unmanaged.passRetained(Body(run: body))
        var thread = pthread_t()
        let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
            guard let argument else { return nil }
            Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
            return nil
        }
        let status = pthread_create(&thread, nil, run, start.toOpaque())
        precondition(status == 0, "the system gives no thread: \(String(cString: strerror(status)))")
        pthread_detach(thread)
    }
}
