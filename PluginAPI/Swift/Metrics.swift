import CGantry

/// Numbers of the module's own. The host puts the module's id in front of a name and adds module and tenant as labels.
///
/// A name is lower case with digits and underscores, at most 64 bytes, and keeps the kind and the names of the labels
/// of its first use. A number that the host does not take is left out: measuring never fails the work.
public struct Metrics {
    let scope: CallScope

    /// Adds to a counter.
    public func add(_ name: String, _ amount: Double = 1, labels: KeyValuePairs<String, String> = [:]) {
        write(name, labels) { $0.add.unsafelyUnwrapped(scope.call, $1, $2.baseAddress, UInt64($2.count), amount) }
    }

    /// Sets a gauge.
    public func set(_ name: String, _ value: Double, labels: KeyValuePairs<String, String> = [:]) {
        write(name, labels) { $0.set.unsafelyUnwrapped(scope.call, $1, $2.baseAddress, UInt64($2.count), value) }
    }

    /// Records a value in a histogram, in seconds where it is a time.
    public func record(_ name: String, _ value: Double, labels: KeyValuePairs<String, String> = [:]) {
        write(name, labels) { $0.record.unsafelyUnwrapped(scope.call, $1, $2.baseAddress, UInt64($2.count), value) }
    }

    private func write(
        _ name: String, _ labels: KeyValuePairs<String, String>,
        _ function: (gantry_metrics_v1, gantry_str_v1, UnsafeBufferPointer<gantry_field_v1>) -> Int32
    ) {
        guard let table = scope.tables.pointee.metrics.table else { return }
        name.withText { name in
            FieldList.withRaw(labels.map { ($0.key, $0.value) }) { labels in
                let status = Status(rawValue: function(table.pointee, name, labels))
                if status.isFailure {
                    Log(scope: scope).warning("A number was left out", ["metric": name.string, "status": "\(status)"])
                }
            }
        }
    }
}
