import AnomalyDetection
import GantryKit
import Synchronization

/// Hands the readings of a body that the check has read to the handler, which would else read them a second time: of a
/// hundred readings that is as much work as storing them.
///
/// A few places, chosen by where the body lies; whoever meets another's readings reads its own. Any thread.
final class ReadingHandover: Sendable {
    private static let placeCount = 16

    private final class Place: Sendable {
        /// Address of a retained `Parcel`; 0 for none.
        let address = Atomic<UInt>(0)

        deinit { ReadingHandover.release(address.load(ordering: .acquiring)) }
    }

    private final class Parcel: Sendable {
        let requestID: String
        let body: UInt
        let readings: [Reading]

        init(requestID: String, body: UInt, readings: [Reading]) {
            self.requestID = requestID
            self.body = body
            self.readings = readings
        }
    }

    private let places: [Place] = (0..<placeCount).map { _ in Place() }

    /// Keeps the readings of a request's body until its handler takes them; nil to keep nothing. To be called by each
    /// check, since only that makes sure that the handler of the same request finds nothing older.
    func put(_ readings: [Reading]?, of request: borrowing Request) {
        let body = Self.address(of: request)
        var new: UInt = 0
        if let readings {
            let parcel = Parcel(requestID: request.id, body: body, readings: readings)
            new = UInt(bitPattern: Unmanaged.passRetained(parcel).toOpaque())
        }
        Self.release(place(body).address.exchange(new, ordering: .acquiringAndReleasing))
    }

    /// The readings of the request's body, if they were kept.
    func take(_ request: borrowing Request) -> [Reading]? {
        let body = Self.address(of: request)
        let found = place(body).address.exchange(0, ordering: .acquiringAndReleasing)
        guard let pointer = UnsafeRawPointer(bitPattern: found) else { return nil }
        let parcel = Unmanaged<Parcel>.fromOpaque(pointer).takeRetainedValue()
        return parcel.body == body && parcel.requestID == request.id ? parcel.readings : nil
    }

    /// Two bodies that are being handled lie in two places.
    private static func address(of request: borrowing Request) -> UInt { UInt(bitPattern: request.bytes.baseAddress) }

    private func place(_ body: UInt) -> Place {
        // Neighbours in memory are mostly a few hundred bytes or more apart.
        places[Int(truncatingIfNeeded: ((body >> 6) &* 0x9E37_79B9_7F4A_7C15) >> 60)]
    }

    private static func release(_ address: UInt) {
        guard let pointer = UnsafeRawPointer(bitPattern: address) else { return }
        Unmanaged<Parcel>.fromOpaque(pointer).release()
    }
}
