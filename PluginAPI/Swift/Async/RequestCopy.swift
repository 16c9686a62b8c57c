import CGantry

/// A request in memory of its own, laid out as the interface has it, so that it is read like a borrowed one.
///
/// `@unchecked Sendable`: the memory is written in the initializer only and freed in deinit.
final class RequestCopy: @unchecked Sendable {
    let pointer: UnsafePointer<gantry_request_v1>
    private var memory = CopiedMemory()

    init(_ request: gantry_request_v1) {
        var copy = request
        copy.method = memory.copy(request.method)
        copy.path = memory.copy(request.path)
        copy.request_id = memory.copy(request.request_id)
        copy.path_parameters = memory.copy(Self.list(request.path_parameters, &copy.path_parameter_count)) {
            $1 = $0.copy($1)
        }
        copy.query = memory.copy(Self.list(request.query, &copy.query_count)) { $0.copyField(&$1) }
        copy.headers = memory.copy(Self.list(request.headers, &copy.header_count)) { $0.copyField(&$1) }
        copy.principal = memory.copy(UnsafeBufferPointer(lent: request.principal, 1)) { memory, principal in
            principal.subject = memory.copy(principal.subject)
            principal.role = memory.copy(principal.role)
            principal.token = memory.copy(principal.token)
            principal.claims = memory.copy(principal.claims)
        }
        copy.body = memory.copy(request.body)
        let body = copy.body
        copy.document = memory.copy(UnsafeBufferPointer(lent: request.document, 1)) { memory, document in
            // The document lies over the body's bytes, which are not copied twice.
            let isBody = document.bytes.data == request.body.data && document.bytes.size == request.body.size
            let nodes = UnsafeBufferPointer(lent: document.nodes, document.node_count)
            document.bytes = isBody ? body : memory.copy(document.bytes)
            document.nodes = memory.copy(nodes) { _, _ in }
            document.node_count = UInt64(nodes.count)
        }
        pointer = memory.place(copy)
    }

    deinit { memory.free() }

    /// A list of the host's; its number becomes that of what is there.
    private static func list<Element>(
        _ start: UnsafePointer<Element>?, _ count: inout some FixedWidthInteger
    ) -> UnsafeBufferPointer<Element> {
        let list = UnsafeBufferPointer(lent: start, UInt64(count))
        count = numericCast(list.count)
        return list
    }
}

/// An event in memory of its own.
///
/// `@unchecked Sendable`: the memory is written in the initializer only and freed in deinit.
final class EventCopy: @unchecked Sendable {
    let pointer: UnsafePointer<gantry_event_v1>
    private var memory = CopiedMemory()

    init(_ event: gantry_event_v1) {
        var copy = event
        copy.id = memory.copy(event.id)
        copy.source = memory.copy(event.source)
        copy.type = memory.copy(event.type)
        copy.key = memory.copy(event.key)
        copy.data = memory.copy(event.data)
        pointer = memory.place(copy)
    }

    deinit { memory.free() }
}

/// A job in memory of its own.
///
/// `@unchecked Sendable`: the memory is written in the initializer only and freed in deinit.
final class JobCopy: @unchecked Sendable {
    let pointer: UnsafePointer<gantry_job_v1>
    private var memory = CopiedMemory()

    init(_ job: gantry_job_v1) {
        var copy = job
        copy.id = memory.copy(job.id)
        copy.payload = memory.copy(job.payload)
        pointer = memory.place(copy)
    }

    deinit { memory.free() }
}

/// Allocations that are freed together.
struct CopiedMemory {
    private var allocations: [UnsafeMutableRawPointer] = []

    mutating func place<Value>(_ value: Value) -> UnsafePointer<Value> {
        let memory = UnsafeMutablePointer<Value>.allocate(capacity: 1)
        memory.initialize(to: value)
        allocations.append(UnsafeMutableRawPointer(memory))
        return UnsafePointer(memory)
    }

    mutating func copy(_ text: gantry_str_v1) -> gantry_str_v1 {
        let bytes = text.buffer
        guard !bytes.isEmpty else { return gantry_str_v1() }
        return gantry_str_v1(data: copy(bytes) { _, _ in }, size: text.size)
    }

    mutating func copy(_ document: gantry_document_v1) -> gantry_document_v1 {
        let nodes = UnsafeBufferPointer(lent: document.nodes, document.node_count)
        return gantry_document_v1(
            bytes: copy(document.bytes), nodes: copy(nodes) { _, _ in }, node_count: UInt64(nodes.count))
    }

    mutating func copyField(_ field: inout gantry_field_v1) {
        field.name = copy(field.name)
        field.value = copy(field.value)
    }

    /// Copies an array, and lets `deepen` copy what each element points to.
    mutating func copy<Element>(
        _ source: UnsafeBufferPointer<Element>, _ deepen: (inout CopiedMemory, inout Element) -> Void
    ) -> UnsafePointer<Element>? {
        guard let start = source.baseAddress, !source.isEmpty else { return nil }
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: source.count)
        memory.initialize(from: start, count: source.count)
        allocations.append(UnsafeMutableRawPointer(memory))
        for index in 0..<source.count { deepen(&self, &memory[index]) }
        return UnsafePointer(memory)
    }

    mutating func free() {
        for allocation in allocations { allocation.deallocate() }
        allocations = []
    }
}
