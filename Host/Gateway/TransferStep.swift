import GantryCore
import GantryJSON
import GantryLoader
import GantryServer
import GantryTelemetry
import GantryThreads

/// Serves the addresses of transfers in the module's place: takes the bytes of uploads and hands those of downloads
/// out. A client that is slow holds no thread, and no body is ever in memory as a whole.
enum TransferStep {
    /// Bytes that are read or written at a time.
    static let pieceBytes = 64 << 10

    /// Runs on a thread that may wait.
    static func run(_ context: RequestContext, _ route: ModuleRoute, _ instance: any ModulePort) {
        guard let transfer = route.route.transfer else { return }
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        context.request.append(context.exchange, client: context.client, version: route.version)
        if let failure = ContractStep.run(context, route, instance, nothing) {
            return ResponseStep.fail(context, failure)
        }
        guard let serving = instance.transfers, let address = context.transferAddress else {
            return ResponseStep.fail(context, .routeNotFound)
        }
        do throws(TransferRefusal) {
            switch transfer.direction {
            case .upload:
                let length = context.headerValue("content-length").flatMap { Int64($0) }
                let receiver = try serving.receive(address, contentType: context.headers.contentType, length: length)
                Upload(context, route, receiver).begin()
            case .download:
                TransferDownload.begin(context, try serving.fetch(address))
            }
        } catch {
            fail(context, route, error)
        }
    }

    /// Answers with why an address does not do what was asked of it.
    static func fail(_ context: RequestContext, _ route: ModuleRoute, _ refusal: TransferRefusal) {
        if case .failed(let message) = refusal {
            context.gateway.log.write(
                .error, "The bytes of a transfer cannot be stored or read.",
                scope: context.logScope, trace: context.trace, fields: [LogField("error", message)])
        }
        ResponseStep.fail(
            context,
            Failure(
                refusal, resource: route.route.transfer?.resource ?? "", name: context.transferAddress?.name ?? "",
                module: route.moduleID))
    }

    /// An upload on its way. Its pieces run on threads that may wait, one at a time: the next one is asked for when the
    /// one before is done.
    private final class Upload: Sendable {
        private let context: RequestContext
        private let route: ModuleRoute
        private let receiver: any TransferReceiver
        private let stream: RequestStream

        init(_ context: RequestContext, _ route: ModuleRoute, _ receiver: any TransferReceiver) {
            self.context = context
            self.route = route
            self.receiver = receiver
            stream = RequestStream(context)
        }

        func begin() {
            stream.observe { [self] signals in
                if signals.contains(.closed) { return receiver.discard() }
                if signals.contains(.readable) { resume() }
            }
            takeAll()
        }

        private func resume() {
            if context.module?.share.submit({ self.takeAll() }) == true { return }
            receiver.discard()
            ResponseStep.fail(context, .overloaded(route.moduleID))
        }

        /// Takes what has arrived.
        private func takeAll() {
            let room = UnsafeMutableRawBufferPointer.allocate(byteCount: TransferStep.pieceBytes, alignment: 16)
            defer { room.deallocate() }
            do throws(TransferRefusal) {
                while true {
                    let (status, count) = stream.read(into: room)
                    switch status {
                    case .ok: try receiver.append(UnsafeRawBufferPointer(rebasing: room[..<count]))
                    case .end:
                        try receiver.arrive()
                        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
                        return context.send(status: 204, contentType: nothing, headers: [], body: nothing)
                    // What comes next is told to the observer.
                    case .busy: return
                    default: return receiver.discard()
                    }
                    context.receivedBytes += count
                }
            } catch {
                receiver.discard()
                TransferStep.fail(context, route, error)
            }
        }
    }
}

extension RequestContext {
    /// What the path and the query say of a transfer, which the contract has checked.
    var transferAddress: TransferAddress? {
        guard let name = request.pathParameters.last.map(text) else { return nil }
        guard let expires = queryValue("expires").flatMap({ Int64($0) }), let signature = queryValue("signature") else {
            return nil
        }
        return TransferAddress(name: name, expires: expires, signature: signature)
    }

    /// A parameter of the query; its last value where it occurs more often.
    private func queryValue(_ name: String) -> String? {
        request.query.last { text($0.name) == name }.map { text($0.value) }
    }

    private func text(_ range: TextRange) -> String {
        request.text.withUnsafeBufferPointer {
            String(decoding: UnsafeBufferPointer(rebasing: $0[range.start..<range.start + range.count]), as: UTF8.self)
        }
    }

    /// Whose request it is, for a line in the log.
    var logScope: LogScope {
        LogScope(requestID: String(decoding: requestID(), as: UTF8.self), tenant: tenant?.id, module: module?.id)
    }
}

extension Failure {
    fileprivate init(_ refusal: TransferRefusal, resource: String, name: String, module: String) {
        switch refusal {
        case .notServed: self = .routeNotFound
        case .notConfigured:
            self = Failure(503, "not_configured", "File storage is not set up.").with {
                $0.member("service", "storage")
            }
        case .forged: self = Failure(401, "bad_signature", "The address is not one that was handed out.")
        case .expired: self = Failure(401, "expired", "The address has expired.")
        case .unknown:
            self = Failure(404, "not_found", "There is no such record.").with { writer in
                writer.member("resource", resource)
                writer.member("id", name)
            }
        case .otherType(let announced):
            self = Failure(400, "content_type", "The content type must be the announced one, \(announced).")
        case .complete: self = Failure(409, "already_uploaded", "The upload has been confirmed.")
        case .tooLarge(let maximum): self = .bodyTooLarge(maximumBytes: Int(clamping: maximum))
        case .full: self = .storageFull
        case .busy: self = .overloaded(module)
        case .failed: self = .internalError
        }
    }
}
