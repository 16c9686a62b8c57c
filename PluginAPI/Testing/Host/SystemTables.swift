import CGantry
import GantryKit

/// `gantry.log`, `gantry.clock`, `gantry.call`, `gantry.settings`, `gantry.metrics`.
enum SystemTables {
    static let log = gantry_log_v1(write: { call, level, message, fields, count in
        TestHost.with(call, "gantry.log write") { host, _ in
            let pairs = Self.fields(fields, count)
            let line = TestLogLine(
                level: .init(rawValue: level) ?? .error, message: message.copy,
                fields: Dictionary(pairs, uniquingKeysWith: { $1 }))
            host.state.withLock { $0.logs.append(line) }
            return .ok
        }
    })

    static let clock = gantry_clock_v1(
        now: { call, out in
            TestHost.with(call, "gantry.clock now") { host, _ in
                out?.pointee = host.threads.wallMilliseconds
                return .ok
            }
        },
        monotonic: { call, out in
            TestHost.with(call, "gantry.clock monotonic") { host, _ in
                out?.pointee = host.threads.monotonicNanoseconds
                return .ok
            }
        },
        random: { call, out, size in
            TestHost.with(call, "gantry.clock random") { host, _ in
                // The same in every run of a test, and never twice the same in one.
                var seed = host.state.withLock { state in
                    state.randomSeed += 1
                    return state.randomSeed
                }
                for index in 0..<Int(size) {
                    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    out?[index] = UInt8(truncatingIfNeeded: seed >> 33)
                }
                return .ok
            }
        })

    static let call = gantry_call_table_v1(is_cancelled: { call, out in
        TestHost.with(call, "gantry.call is_cancelled") { host, record in
            let isCancelled = host.state.withLock { state in
                record.isCancelled || state.callsAreCancelled || state.isQuiescing && record.kind != .lifecycle
            }
            let isLate = host.threads.monotonicNanoseconds >= record.deadlineNanoseconds
            out?.pointee = isCancelled || isLate ? 1 : 0
            return .ok
        }
    })

    static let settings = gantry_settings_v1(
        configuration: { call, onValue, context in
            TestHost.with(call, "gantry.settings configuration") { host, _ in
                let memory = LentMemory()
                return Status(rawValue: onValue?(context, memory.text(host.configuration)) ?? Status.invalid.rawValue)
            }
        },
        secret: { call, name, onValue, context in
            TestHost.with(call, "gantry.settings secret") { host, _ in
                let name = name.copy
                if let bundle = host.bundle, !bundle.secrets.contains(name) { return .invalid }
                guard let value = host.state.withLock({ $0.secrets[name] }) else { return .end }
                let memory = LentMemory()
                return Status(rawValue: onValue?(context, memory.text(value)) ?? Status.invalid.rawValue)
            }
        })

    static let metrics = gantry_metrics_v1(
        add: { call, name, labels, count, amount in
            number(call, "gantry.metrics add", .counter, name, labels, count, amount, isFit: amount >= 0)
        },
        set: { call, name, labels, count, value in
            number(call, "gantry.metrics set", .gauge, name, labels, count, value)
        },
        record: { call, name, labels, count, value in
            number(call, "gantry.metrics record", .histogram, name, labels, count, value)
        })

    static func fields(_ fields: UnsafePointer<gantry_field_v1>?, _ count: UInt64) -> [(String, String)] {
        // More than the real host takes of anything is refused there before it is looked at.
        UnsafeBufferPointer(start: fields, count: fields == nil || count > 1 << 20 ? 0 : Int(count)).map {
            ($0.name.copy, $0.value.copy)
        }
    }

    private static func number(
        _ call: UnsafePointer<gantry_call_v1>?, _ function: String, _ kind: TestMetric.Kind, _ name: gantry_str_v1,
        _ labels: UnsafePointer<gantry_field_v1>?, _ count: UInt64, _ value: Double, isFit: Bool = true
    ) -> Int32 {
        TestHost.with(call, function) { host, _ in
            let metric = TestMetric(
                kind: kind, name: name.copy, labels: Dictionary(fields(labels, count), uniquingKeysWith: { $1 }),
                value: value)
            let isName = metric.name.utf8.count <= 64 && metric.name.utf8.first.map { $0 >= 97 && $0 <= 122 } ?? false
            guard isFit, value.isFinite, isName else { return .invalid }
            return host.state.withLock { state in
                let first = state.metrics.first { $0.name == metric.name }
                if let first, first.kind != kind || Set(first.labels.keys) != Set(metric.labels.keys) {
                    return .invalid
                }
                state.metrics.append(metric)
                return .ok
            }
        }
    }
}
