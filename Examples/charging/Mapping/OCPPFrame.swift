import Foundation

/// A message of OCPP-J as a station's log has it: a call or a result, with the station that it belongs to if the log
/// tells.
enum OCPPFrame: Decodable {
    /// A call: its number, its action, and its payload where it is one of those that matter.
    case call(station: String?, id: String, Payload)
    /// A result: the number of its call and the transaction that it starts, if it starts one.
    case result(station: String?, id: String, transactionId: Int?)
    /// Anything else, such as a heartbeat.
    case other

    /// The payload of a call.
    enum Payload {
        case start(OCPP.StartTransaction)
        case values(OCPP.MeterValues)
        case stop(OCPP.StopTransaction)
    }

    private enum Keys: String, CodingKey { case station, message }

    /// Reads a bare frame such as `[2, "17", "MeterValues", {…}]`, or one in an object beside its station.
    init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: Keys.self) {
            let station = try object.decodeIfPresent(String.self, forKey: .station)
            var frame = try object.nestedUnkeyedContainer(forKey: .message)
            self = try Self(&frame, station)
        } else {
            var frame = try decoder.unkeyedContainer()
            self = try Self(&frame, nil)
        }
    }

    private init(_ frame: inout any UnkeyedDecodingContainer, _ station: String?) throws {
        let kind = try frame.decode(Int.self)
        let id = try frame.decode(String.self)
        switch kind {
        case 2:
            switch try frame.decode(String.self) {
            case "StartTransaction":
                self = .call(station: station, id: id, .start(try frame.decode(OCPP.StartTransaction.self)))
            case "MeterValues":
                self = .call(station: station, id: id, .values(try frame.decode(OCPP.MeterValues.self)))
            case "StopTransaction":
                self = .call(station: station, id: id, .stop(try frame.decode(OCPP.StopTransaction.self)))
            default: self = .other
            }
        case 3:
            self = .result(
                station: station, id: id, transactionId: (try? frame.decode(OCPP.Started.self))?.transactionId)
        default: self = .other
        }
    }
}
