import GantryCore
import GantryLoader
import GantryOutbound

/// The way to other servers as the interface's table reaches it.
final class OutboundAdapter: OutboundPort {
    let scope: OutboundScope

    init(scope: OutboundScope) { self.scope = scope }

    func begin(
        _ request: OutboundPortRequest, credit: Int, sink: any OutboundSink
    ) throws(PortOutcome) -> any OutboundExchange {
        let outbound = OutboundRequest(
            method: request.method, url: request.url,
            fields: request.headers.map { OutboundRequest.Field($0.name, $0.value) }, body: request.body,
            timeoutMilliseconds: request.timeoutMilliseconds, maximumAnswerBytes: request.maximumAnswerBytes,
            maximumRedirects: request.maximumRedirects)
        do throws(OutboundError) {
            return Exchange(task: try scope.begin(outbound, credit: credit, receiver: Receiver(sink: sink)))
        } catch { throw PortOutcome(error) }
    }

    func withhold(_ hosts: [HostPattern]) { scope.withhold(hosts) }

    private struct Exchange: OutboundExchange {
        let task: OutboundTask

        func cancel() { task.cancel() }
        func grant(_ byteCount: Int) { task.grant(byteCount) }
    }

    private final class Receiver: OutboundReceiver {
        private let sink: any OutboundSink

        init(sink: any OutboundSink) { self.sink = sink }

        func received(_ answer: OutboundAnswer) {
            sink.received(
                OutboundPortAnswer(
                    status: answer.status, url: answer.url, headers: answer.fields.map { ($0.name, $0.value) }))
        }

        func received(_ bytes: UnsafeRawBufferPointer) { sink.received(bytes) }

        func finished(_ failure: OutboundError?) { sink.finished(failure.map { PortOutcome($0) } ?? .ok) }
    }
}

extension PortOutcome {
    fileprivate init(_ error: OutboundError) {
        let status: ModuleStatus =
            switch error.code {
            case .invalid: .invalid
            case .hostNotAllowed, .addressNotAllowed: .denied
            case .timedOut, .cancelled: .cancelled
            case .tooLarge: .limit
            case .busy: .busy
            case .unreachable, .insecure, .brokenAnswer, .tooManyRedirects: .failed
            }
        self.init(status, code: error.code.rawValue, message: error.message)
    }
}
