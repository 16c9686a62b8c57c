import CGantry
import GantryKit

/// `gantry.trace`: spans, which a test may look at.
enum TraceTable {
    static let table = gantry_trace_v1(
        begin: { raw, name, out in
            TestHost.with(raw, "gantry.trace begin") { host, call in
                guard let raw, let out else { return .invalid }
                host.state.withLock { state in
                    let parent = call.spans[raw.pointee.span_id].map { state.spans[$0].name }
                    state.spans.append(TestSpan(name: name.copy, parent: parent))
                    out.pointee = raw.pointee
                    out.pointee.span_id = state.next()
                    call.spans[out.pointee.span_id] = state.spans.count - 1
                }
                return .ok
            }
        },
        attribute: { raw, name, value in
            TestHost.with(raw, "gantry.trace attribute") { host, call in
                host.state.withLock { state in
                    guard let index = call.spans[raw?.pointee.span_id ?? 0] else { return }
                    state.spans[index].attributes[name.copy] = value.copy
                }
                return .ok
            }
        },
        end: { raw, status in
            TestHost.with(raw, "gantry.trace end") { host, call in
                host.state.withLock { state in
                    guard let index = call.spans[raw?.pointee.span_id ?? 0], state.spans[index].status == nil else {
                        return .stale
                    }
                    state.spans[index].status = Status(rawValue: status)
                    return .ok
                }
            }
        },
        header: { raw, out in
            TestHost.with(raw, "gantry.trace header") { _, _ in
                guard let raw, let out else { return .invalid }
                func hexadecimal(_ number: UInt64) -> String {
                    let digits = String(number, radix: 16)
                    return String(repeating: "0", count: 16 - digits.count) + digits
                }
                let trace = hexadecimal(raw.pointee.trace_id_high) + hexadecimal(raw.pointee.trace_id_low)
                let text = "00-\(trace)-\(hexadecimal(raw.pointee.span_id))-01"
                for (index, byte) in text.utf8.enumerated() { out[index] = byte }
                return .ok
            }
        })
}
