import GantryBlobs
import GantryCore
import GantryOutbound
import GantryThreads

/// Carries the requests to a bucket, over the client that modules' requests go by, but with connections of its own and
/// without their guard: where the bucket is, the operator decides.
final class OutboundBucketTransport: BucketTransport {
    private let scope: OutboundScope

    init(_ client: OutboundClient, endpoint: String, certificateFile: String?) throws {
        let host = endpoint.split(separator: "/", omittingEmptySubsequences: true).last.map(String.init) ?? ""
        guard let pattern = HostPattern(host), let all = AddressRange("0.0.0.0/0"), let allOfSix = AddressRange("::/0")
        else { throw HostError(.configuration, "The endpoint of the bucket, `\(endpoint)`, is none.") }
        var policy = OutboundPolicy(hosts: [pattern], addresses: AddressGuard(allowing: [all, allOfSix]))
        policy.certificateFile = certificateFile
        policy.allowsAnyHost = true
        scope = client.scope(policy)
    }

    func send(_ request: BucketRequest) -> Result<BucketAnswer, BlobError> {
        let outcome = Lock<Result<BucketAnswer, BlobError>?>(nil)
        let isDone = Latch()
        let outbound = OutboundRequest(
            method: request.method, url: request.url,
            fields: request.headers.map { OutboundRequest.Field($0.name, $0.value) }, body: request.body,
            timeoutMilliseconds: request.timeoutMilliseconds, maximumAnswerBytes: request.maximumAnswerBytes)
        scope.send(outbound) { result in
            outcome.withLock { outcome in
                outcome = result.map { answer, body in
                    BucketAnswer(status: answer.status, headers: answer.fields.map { ($0.name, $0.value) }, body: body)
                }.mapError(Self.failure)
            }
            isDone.open()
        }
        isDone.wait()
        return outcome.withLock { $0 } ?? .failure(BlobError(.bucket, "The bucket did not answer."))
    }

    private static func failure(_ error: OutboundError) -> BlobError {
        var failure = BlobError(.bucket, error.message)
        switch error.code {
        case .unreachable, .timedOut, .brokenAnswer, .busy: failure.isPassing = true
        default: break
        }
        return failure
    }
}
