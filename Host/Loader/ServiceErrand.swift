import CGantry
import CGantryServices
import GantryCore
import GantryThreads
import Synchronization

/// One call of a service that may wait, on a thread of the host's own: nobody can take a thread out of foreign code, so
/// whoever has called goes on with its own when the time is over. What the service answers later is dropped.
///
/// `@unchecked Sendable`: the module's pointer is handed to the module only; everything else is constant, or lies
/// behind `phase`.
final class ServiceErrand: @unchecked Sendable {
    private enum Phase {
        case underWay
        case done(PortOutcome, CopiedValues?)
        /// Nobody waits any more.
        case forsaken
    }

    /// Shared by all modules. A thread stays in a module that hangs, so each has a share; see `maximumForsaken`.
    private static let threads = ThreadPool(name: "services", threadCount: 256, capacity: 256, growsOnDemand: true)
    /// How many calls of one instance may go on for nobody; it takes no more until some of them end.
    private static let maximumForsaken = 16

    private let instance: ModuleInstance
    private let pointer: UnsafeMutableRawPointer?
    private let export: LoadedServices.Export
    private let call: ModuleCall
    private let arguments: CopiedValues
    private let phase = Monitor(Phase.underWay)

    init(
        _ instance: ModuleInstance, _ pointer: UnsafeMutableRawPointer?, _ export: LoadedServices.Export,
        _ call: ModuleCall, _ arguments: UnsafePointer<gantry_value_v1>?
    ) {
        self.instance = instance
        self.pointer = pointer
        self.export = export
        self.call = call
        self.arguments = CopiedValues(arguments, Int(export.service.pointee.parameter_count))
    }

    /// Serves the call and waits for it until its deadline. Ends the call of the instance, now or when it is over.
    func run(_ receiver: ServiceReceiver) -> PortOutcome {
        let isAccepted =
            instance.forsakenServices.load(ordering: .relaxed) < Self.maximumForsaken
            && Self.threads.submit { self.serve() }
        guard isAccepted else {
            instance.endService(call)
            return PortOutcome(.busy, message: "`\(instance.moduleID)` hangs in calls that nobody waits for.")
        }
        let deadline = Deadline(monotonicNanoseconds: call.deadlineNanoseconds)
        let isDone = phase.wait(until: deadline) { phase in if case .done = phase { true } else { nil } }
        guard isDone == true, case .done(let outcome, let result) = phase.withLock({ $0 }) else {
            return forsake(receiver)
        }
        return hand(outcome, result, to: receiver)
    }

    private func serve() {
        var result: CopiedValues?
        let outcome = withUnsafeMutablePointer(to: &result) { place in
            instance.enter(
                export, pointer, call, arguments.pointer, ServiceReceiver(Self.take, place), isInline: false)
        }
        instance.endService(call)
        let isForsaken = phase.withLock { phase in
            if case .forsaken = phase { return true }
            phase = .done(outcome, result)
            return false
        }
        phase.signal()
        if isForsaken {
            instance.forsakenServices.subtract(1, ordering: .relaxed)
            instance.tellOfLateAnswer(export.export.declaration, call)
        }
    }

    /// The time is over, unless the answer has come in this very moment.
    private func forsake(_ receiver: ServiceReceiver) -> PortOutcome {
        let last = phase.withLock { phase in
            if case .underWay = phase {
                phase = .forsaken
                instance.forsakenServices.add(1, ordering: .relaxed)
            }
            return phase
        }
        if case .done(let outcome, let result) = last { return hand(outcome, result, to: receiver) }
        let name = export.export.declaration.qualifiedName
        return PortOutcome(.cancelled, message: "`\(name)` did not answer in its time.")
    }

    private func hand(_ outcome: PortOutcome, _ result: CopiedValues?, to receiver: ServiceReceiver) -> PortOutcome {
        guard outcome.status == .ok, let result, let function = receiver.function else { return outcome }
        let status = ModuleStatus(rawValue: function(receiver.context, result.pointer))
        return status == .ok ? outcome : PortOutcome(status, message: "The caller did not take the result.")
    }

    private static let take: gantry_service_result_fn_v1 = { context, value in
        context?.assumingMemoryBound(to: CopiedValues?.self).pointee = CopiedValues(value, 1)
        return ModuleStatus.ok.rawValue
    }
}

/// Values of a service with what they point to, in memory of their own.
///
/// `@unchecked Sendable`: the memory is written in the initializer only and freed in deinit.
private final class CopiedValues: @unchecked Sendable {
    let pointer: UnsafePointer<gantry_value_v1>?
    private let values: UnsafeMutableBufferPointer<gantry_value_v1>
    private let bytes: UnsafeMutableRawBufferPointer

    /// Copies of values that were judged.
    init(_ source: UnsafePointer<gantry_value_v1>?, _ count: Int) {
        let source = UnsafeBufferPointer(start: source, count: source == nil ? 0 : count)
        values = .allocate(capacity: source.count)
        _ = values.initialize(from: source)
        let sizes = source.map { Self.hasBytes($0) ? $0.bytes.buffer.count : 0 }
        bytes = .allocate(byteCount: sizes.reduce(0, +), alignment: 1)
        var end = 0
        for (index, size) in sizes.enumerated() {
            let room = UnsafeMutableRawBufferPointer(rebasing: bytes[end..<end + size])
            if size > 0 { room.copyMemory(from: source[index].bytes.buffer) }
            values[index].bytes = gantry_str_v1(UnsafeRawBufferPointer(room))
            end += size
        }
        pointer = values.isEmpty ? nil : UnsafePointer(values.baseAddress)
    }

    deinit {
        values.deallocate()
        bytes.deallocate()
    }

    private static func hasBytes(_ value: gantry_value_v1) -> Bool {
        let type = UInt32(bitPattern: value.type)
        return type == GANTRY_VALUE_TEXT.rawValue || type == GANTRY_VALUE_BLOB.rawValue
    }
}
