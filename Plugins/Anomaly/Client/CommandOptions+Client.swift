import Foundation

extension CommandOptions {
    /// The client that `--url`, `--key` and `--tenant` describe; a mistake when the first two are missing or no good.
    ///
    /// - Parameter onWait: Called before the client waits for a rate limit.
    public func client(
        onWait: @escaping @Sendable (Duration) -> Void = { _ in }
    ) throws(Mistake) -> ChargingClient {
        guard let address = URL(string: try required("--url")), address.host() != nil else {
            throw Mistake("--url needs an address with a scheme and a host.")
        }
        return ChargingClient(address: address, key: try required("--key"), tenant: text("--tenant"), onWait: onWait)
    }
}
