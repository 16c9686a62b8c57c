import CGantry

/// `gantry.metrics`: numbers of the module's own.
enum MetricsTable {
    typealias Measure =
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, gantry_str_v1, UnsafePointer<gantry_field_v1>?, UInt64, Double
        ) -> Int32

    private static let maximumLabels: UInt64 = 8

    static let add: Measure = { call, name, labels, count, amount in
        measure(call, name, labels, count) { $0.add($1, labels: $2, amount) }
    }

    static let set: Measure = { call, name, labels, count, value in
        measure(call, name, labels, count) { $0.set($1, labels: $2, value) }
    }

    static let record: Measure = { call, name, labels, count, value in
        measure(call, name, labels, count) { $0.record($1, labels: $2, value) }
    }

    private static func measure(
        _ call: UnsafePointer<gantry_call_v1>?, _ name: gantry_str_v1, _ labels: UnsafePointer<gantry_field_v1>?,
        _ count: UInt64, _ body: (any MetricsPort, String, [(name: String, value: String)]) -> ModuleStatus
    ) -> Int32 {
        guard count <= maximumLabels, name.size <= 64, let name = name.text else {
            return ModuleStatus.invalid.rawValue
        }
        return ServiceCalls.run(call, \.metrics) { _, metrics throws(PortOutcome) in
            body(metrics, name, try ServiceCalls.fields(labels, count, atMost: maximumLabels, "labels"))
        }
    }
}
