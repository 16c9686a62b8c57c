import CGantry
import GantryKit

extension TestHost {
    /// Delivers an event to the subscription that the manifest names for its type; without a bundle `type` is the name
    /// of the handler. Throws `HostError` with what the handler answered.
    public func deliver(
        _ type: String, json value: some Encodable, from source: String = "test", key: String = "",
        id: String? = nil, attempt: Int = 1
    ) throws {
        let data = try OutboundRequest.json("POST", "", value).body
        try deliver(type, data: data, from: source, key: key, id: id, attempt: attempt)
    }

    /// Delivers an event whose data is a JSON text; see the other form.
    public func deliver(
        _ type: String, data: [UInt8], from source: String = "test", key: String = "", id: String? = nil,
        attempt: Int = 1
    ) throws {
        let handlers = bundle?.subscriptions.filter { $0.event == type }.map(\.handler) ?? [type]
        guard !handlers.isEmpty else { throw TestFailure("module.yaml subscribes to no event `\(type)`") }
        for handler in handlers {
            guard let index = loaded.subscriptions.firstIndex(of: handler), let subscriber = loaded.subscriber else {
                throw TestFailure("the module has no subscription `\(handler)`")
            }
            let memory = LentMemory()
            var event = gantry_event_v1(
                subscription: UInt32(index), attempt: UInt32(attempt), id: memory.text(id ?? identifier()),
                source: memory.text(source), type: memory.text(type), key: memory.text(key),
                time_milliseconds: threads.wallMilliseconds, data: try memory.document(data))
            try background(.event) { instance, call, record in
                subscriber.pointee.deliver.unsafelyUnwrapped(instance, call, &event, record)
            }
        }
    }

    /// Runs the jobs that are due, and those that they queue, one after the other; returns how many runs there were. A
    /// job that fails stays queued, and its `HostError` is thrown.
    @discardableResult
    public func runJobs() throws -> Int {
        var runs = 0
        while let job = takeDueJob() {
            runs += 1
            do {
                try run(job)
            } catch {
                state.withLock { $0.jobs.insert(job, at: 0) }
                throw error
            }
        }
        return runs
    }

    /// Runs a job that the module did not queue; throws `HostError` with what the handler answered.
    public func run(job name: String, payload: some Encodable, attempt: Int = 1) throws {
        try run(job: name, data: OutboundRequest.json("POST", "", payload).body, attempt: attempt)
    }

    /// As the other form, with the payload as a JSON text.
    public func run(job name: String, data payload: [UInt8], attempt: Int = 1) throws {
        let job = TestJob(
            id: identifier(), name: name, key: "", payload: payload, notBeforeMilliseconds: 0, attempts: attempt)
        try run(job)
    }

    private func takeDueJob() -> TestJob? {
        let now = threads.wallMilliseconds
        return state.withLock { state in
            guard let index = state.jobs.firstIndex(where: { $0.notBeforeMilliseconds <= now }) else { return nil }
            var job = state.jobs.remove(at: index)
            job.attempts += 1
            return job
        }
    }

    private func run(_ job: TestJob) throws {
        guard let index = loaded.jobs.firstIndex(of: job.name), let runner = loaded.runner else {
            throw TestFailure("the module has no job `\(job.name)`")
        }
        let memory = LentMemory()
        var raw = gantry_job_v1(
            job: UInt32(index), attempt: UInt32(job.attempts), id: memory.text(job.id),
            payload: try memory.document(job.payload))
        try background(.job) { instance, call, record in
            runner.pointee.run.unsafelyUnwrapped(instance, call, &raw, record)
        }
    }

    func background(
        _ kind: TestCall.Kind,
        _ body: (
            UnsafeMutableRawPointer, UnsafePointer<gantry_call_v1>, UnsafeMutablePointer<gantry_error_v1>
        ) -> Int32
    ) throws {
        let call = begin(kind)
        defer { finish(call) }
        let record = ErrorRecord()
        let status = enter(call, isImpatient: false) { context in
            withInstance { body($0, context, record.pointer) }
        }
        guard status == .ok else {
            throw HostError(status, code: Int(record.pointer.pointee.code), message: record.message)
        }
    }
}
