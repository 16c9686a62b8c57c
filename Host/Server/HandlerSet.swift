import NIOCore
import NIOHTTP2
import NIOSSL

/// What the handlers of one connection are made of. Event loop only.
struct HandlerSet {
    let channel: any Channel
    let handler: any ServerHandler
    let listener: ListenerSettings
    let configuration: ServerConfiguration
    let loop: ServerLoop

    /// Puts the first handlers in place.
    func begin() throws {
        // Where only one thing can come, nothing has to be found out.
        if listener.identity == nil && listener.versions == [.http1] { return try addHTTP1(.last) }
        try channel.pipeline.syncOperations.addHandler(FirstBytes(self))
    }

    /// Puts the handlers of a protocol behind the given one.
    func add(
        _ version: ListenerSettings.HTTPVersion, after handler: any ChannelHandler, _ context: ChannelHandlerContext
    ) throws {
        switch version {
        case .http1:
            try addHTTP1(.after(handler))
        case .http2:
            let connection = HTTP2Connection(
                channel: channel, handler: self.handler, listener: listener, configuration: configuration, loop: loop)
            let frames = connection.makeFrameHandler()
            try channel.pipeline.syncOperations.addHandler(frames, position: .after(handler))
            // It writes as soon as it is there.
            try channel.pipeline.syncOperations.addHandler(connection, position: .after(frames))
        }
    }

    /// Puts TLS behind the given handler, with the certificate that is in use now.
    func addSecurity(after handler: any ChannelHandler, _ context: ChannelHandlerContext) throws {
        guard let identity = listener.identity else { return }
        try channel.pipeline.syncOperations.addHandlers(
            [NIOSSLServerHandler(context: identity.context), TLSNegotiation(self)], position: .after(handler))
    }

    /// The protocol for what was agreed on with the handshake.
    func version(_ agreed: String?) -> ListenerSettings.HTTPVersion {
        if let version = agreed.flatMap(ListenerSettings.HTTPVersion.init) { return version }
        return listener.versions.contains(.http1) ? .http1 : .http2
    }

    private func addHTTP1(_ position: ChannelPipeline.SynchronousOperations.Position) throws {
        let connection = ServerConnection(
            channel: channel, handler: handler, listener: listener, configuration: configuration, loop: loop)
        try channel.pipeline.syncOperations.addHandler(connection, position: position)
    }
}
