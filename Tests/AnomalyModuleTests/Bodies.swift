import GantryKit

/// Bodies of requests. Times are minutes after 2026-06-14T05:00:00Z.
enum Bodies {
    static let origin: Int64 = 1_781_413_200_000

    static func time(_ minute: Int) -> String {
        RFC3339.string(milliseconds: origin + Int64(minute) * 60_000)
    }

    static func register(_ minute: Int, _ value: Double) -> String {
        #"{"timestamp":"\#(time(minute))","value":\#(value),"unit":"kWh"}"#
    }

    /// A register that rises by 3 kWh in 15 minutes, over and over.
    static func clean(count: Int = 4, from minute: Int = 0) -> [String] {
        (0..<count).map { register(minute + $0 * 15, 18_000 + Double(minute + $0 * 15) / 5) }
    }

    /// A register that falls and goes on from the lower level.
    static func falling(from minute: Int = 0) -> [String] {
        [
            register(minute, 18_000), register(minute + 15, 18_003), register(minute + 30, 17_998),
            register(minute + 45, 18_001),
        ]
    }

    static func change(_ readings: [String]?, _ more: String = "") -> String {
        let values = readings.map { "\"meterValues\":[\($0.joined(separator: ","))]" }
        let members = [values, more.isEmpty ? nil : more].compactMap { $0 }
        return "{\(members.joined(separator: ","))}"
    }

    static func session(
        _ id: String, station: String = "ST-1", connector: String? = "1", _ readings: [String]? = clean(),
        _ more: String = ""
    ) -> String {
        var members = ["\"sessionId\":\"\(id)\"", "\"chargingStationId\":\"\(station)\""]
        if let connector { members.append("\"connectorId\":\"\(connector)\"") }
        if let readings { members.append("\"meterValues\":[\(readings.joined(separator: ","))]") }
        if !more.isEmpty { members.append(more) }
        return "{\(members.joined(separator: ","))}"
    }
}

extension JSONDocument {
    /// The value at a dotted path, as text: strings without quotes, everything else as JSON; nil when there is none.
    subscript(path: String) -> String? {
        withRoot { root in
            var value = root
            for step in path.split(separator: ".") {
                guard let next = Int(step).flatMap({ value[$0] }) ?? value[String(step)] else { return nil }
                value = next
            }
            return value.string ?? String(decoding: value.jsonBytes, as: UTF8.self)
        }
    }

    /// The number of elements at a dotted path.
    func count(_ path: String) -> Int {
        withRoot { root in
            var value: JSONValue? = root
            for step in path.split(separator: ".") {
                value = value.flatMap { value in Int(step).flatMap { value[$0] } ?? value[String(step)] }
            }
            return value?.count ?? -1
        }
    }
}
