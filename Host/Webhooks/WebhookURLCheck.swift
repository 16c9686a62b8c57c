import GantryCore
public import GantryOutbound
public import GantryThreads

/// Says which URLs may be called.
public protocol WebhookURLCheck: Sendable {
    /// Why the URL may not be called, in a sentence for whoever gave it; nil when it may. May wait for a name's
    /// addresses.
    func refusal(of url: String) -> String?
    /// The same as far as it can be said without waiting.
    func plainRefusal(of url: String) -> String?
}

/// Lets through https URLs of hosts outside. A name is looked up here, so that whoever saves one that leads inside is
/// told at once; what counts is the address that a delivery connects to, which the client looks at then.
public struct PublicURLCheck: WebhookURLCheck {
    private static let longestLookup = Duration.seconds(3)

    private let addresses: AddressGuard
    private let lookups: ThreadPool

    /// - Parameters:
    ///   - addresses: which addresses may be reached.
    ///   - lookups: a few threads that wait for the system's resolver. When all of them do, names are saved unseen.
    public init(addresses: AddressGuard, lookups: ThreadPool) {
        self.addresses = addresses
        self.lookups = lookups
    }

    /// Why the URL may not be called; nil when it may.
    public func refusal(of url: String) -> String? {
        let destination: OutboundDestination
        do throws(Refusal) { destination = try Self.destination(url) } catch { return error.message }
        if let address = destination.address { return refusal(of: [address], destination) }
        let found = Monitor<[InternetAddress]?>(nil)
        let isAsked = lookups.submit {
            let list = destination.addresses()
            found.withLock { $0 = list }
            found.signal()
        }
        return refusal(of: isAsked ? found.wait(until: .after(Self.longestLookup)) { $0 } ?? [] : [], destination)
    }

    /// What can be said of it without looking a name up.
    public func plainRefusal(of url: String) -> String? {
        do throws(Refusal) {
            let destination = try Self.destination(url)
            return destination.address.flatMap { refusal(of: [$0], destination) }
        } catch {
            return error.message
        }
    }

    private struct Refusal: Error {
        var message: String
    }

    private static func destination(_ url: String) throws(Refusal) -> OutboundDestination {
        let destination: OutboundDestination
        do throws(OutboundError) { destination = try OutboundDestination(url) } catch {
            throw Refusal(message: error.message)
        }
        guard destination.isEncrypted else { throw Refusal(message: "Only https URLs can be called.") }
        guard !destination.hasFragment else { throw Refusal(message: "A URL that is called has no fragment.") }
        return destination
    }

    private func refusal(of list: [InternetAddress], _ destination: OutboundDestination) -> String? {
        for address in list {
            if let kind = addresses.refusal(of: address) {
                return "`\(destination.host)` leads to an address that is not public (\(kind))."
            }
        }
        if list.isEmpty, destination.isInternalName { return "`\(destination.host)` is not a public name." }
        return nil
    }
}
