import GantryCore
import GantryIdentity
import GantryOutbound
import GantryThreads
import Glibc

/// Where an issuer publishes its keys, and the way to them: through the client and the address guard that modules'
/// requests take, with limits of its own, or from a file.
struct KeySetSource: Sendable {
    static let timeoutMilliseconds: Int64 = 5000
    /// Redirections that are followed; they may lead to the same host only.
    private static let maximumRedirects = 3
    /// A file is cheap to read again.
    private static let fileAgeSeconds: Int64 = 60

    private enum Place: Sendable {
        case file(path: String, pool: ThreadPool)
        case network(url: String, scope: OutboundScope)
    }

    private let place: Place

    /// Throws `HostError` when the URL names no host.
    init(
        url: String, outbound: OutboundClient, addresses: AddressGuard, certificateFile: String?, pool: ThreadPool
    ) throws {
        if url.lowercased().hasPrefix("file://") {
            place = .file(path: String(url.dropFirst(7)), pool: pool)
            return
        }
        guard let host = Self.host(url) else {
            throw HostError(.configuration, "`\(url)` is not the address of a key set: it names no plain host.")
        }
        var policy = OutboundPolicy(hosts: [host], addresses: addresses)
        policy.certificateFile = certificateFile
        policy.maximumConcurrentRequests = 2
        place = .network(url: url, scope: outbound.scope(policy))
    }

    /// Gets the set, without waiting.
    func fetch(_ completion: @escaping @Sendable (Result<IssuerKeys.Fetched, IdentityError>) -> Void) {
        switch place {
        case .file(let path, let pool):
            let isAccepted = pool.submitReserved { completion(Self.read(path)) }
            if !isAccepted { completion(.failure(IdentityError(.storage, "The host is stopping."))) }
        case .network(let url, let scope):
            let request = OutboundRequest(
                url: url, fields: [OutboundRequest.Field("Accept", "application/jwk-set+json, application/json")],
                timeoutMilliseconds: Self.timeoutMilliseconds, maximumAnswerBytes: PublishedKeys.maximumBytes,
                maximumRedirects: Self.maximumRedirects)
            scope.send(request) { result in completion(Self.fetched(result)) }
        }
    }

    private static func fetched(
        _ result: Result<(OutboundAnswer, [UInt8]), OutboundError>
    ) -> Result<IssuerKeys.Fetched, IdentityError> {
        switch result {
        case .failure(let error): return .failure(IdentityError(.storage, error.message))
        case .success((let answer, let body)):
            guard answer.status == 200 else {
                return .failure(IdentityError(.storage, "The issuer answered with status \(answer.status)."))
            }
            let age = answer["cache-control"].flatMap { maximumAge($0, ageText: answer["age"]) }
            return .success(IssuerKeys.Fetched(bytes: body, maximumAgeSeconds: age))
        }
    }

    /// Seconds for which an answer is fresh, as `Cache-Control` says; nil where it says nothing.
    static func maximumAge(_ control: String, ageText: String?) -> Int64? {
        for part in control.lowercased().split(separator: ",") {
            let directive = part.drop { $0 == " " }.prefix { $0 != " " }
            if directive == "no-store" || directive == "no-cache" { return 0 }
            guard directive.hasPrefix("max-age=") else { continue }
            let digits = directive.dropFirst(8).filter { $0 != "\"" }
            guard let seconds = Int64(digits), seconds >= 0 else { return 0 }
            return max(0, seconds - (ageText.flatMap { Int64($0) }.map { max(0, $0) } ?? 0))
        }
        return nil
    }

    private static func read(_ path: String) -> Result<IssuerKeys.Fetched, IdentityError> {
        guard let file = fopen(path, "re") else {
            return .failure(
                IdentityError(.storage, "The file `\(path)` cannot be read: \(String(cString: strerror(errno)))."))
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: PublishedKeys.maximumBytes + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        return .success(
            IssuerKeys.Fetched(bytes: Array(bytes[..<count]), maximumAgeSeconds: fileAgeSeconds))
    }

    /// The one host that may be asked.
    private static func host(_ url: String) -> HostPattern? {
        guard let begin = url.range(ofText: "://") else { return nil }
        let authority = url[begin...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@"), !authority.contains("*") else { return nil }
        return HostPattern(String(authority))
    }
}

extension String {
    /// Where the text behind the first occurrence of another begins.
    fileprivate func range(ofText text: String) -> Index? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(text) { return self.index(index, offsetBy: text.count) }
            index = self.index(after: index)
        }
        return nil
    }
}
