import CGantry

/// Writes lines to the host's log.
public struct Log {
    let scope: CallScope

    /// For those who look into a fault; usually not kept.
    public func debug(_ message: String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(GANTRY_LOG_DEBUG, message, fields)
    }

    /// Worth knowing; nothing is wrong.
    public func info(_ message: String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(GANTRY_LOG_INFO, message, fields)
    }

    /// Something is odd, and the work goes on.
    public func warning(_ message: String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(GANTRY_LOG_WARNING, message, fields)
    }

    /// Something failed.
    public func error(_ message: String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(GANTRY_LOG_ERROR, message, fields)
    }

    private func write(_ level: gantry_log_level_v1, _ message: String, _ fields: KeyValuePairs<String, String>) {
        message.withText { message in
            FieldList.withRaw(fields.map { ($0.key, $0.value) }) { fields in
                // Tables are checked to be complete when they are found. A log that fails has nowhere to say so.
                _ = scope.tables.pointee.log.pointee.write.unsafelyUnwrapped(
                    scope.call, UInt32(level.rawValue), message, fields.baseAddress, UInt64(fields.count))
            }
        }
    }
}
