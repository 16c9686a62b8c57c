// nio-hello PORT THREADS: the baseline of the benchmarks, bare SwiftNIO with a fixed answer.
//
// No pipelining assistance and no header validation: the handler answers in order by itself and its headers are
// constants, so that this is the floor of what NIO can do, not a convenient middle.

import NIOCore
import NIOHTTP1
import NIOPosix

guard CommandLine.arguments.count == 3,
    let port = Int(CommandLine.arguments[1]),
    let threads = Int(CommandLine.arguments[2])
else {
    fatalError("usage: nio-hello PORT THREADS")
}

let body = ByteBuffer(string: #"{"message":"Hello, bench!"}"#)
let channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup(numberOfThreads: threads))
    .serverChannelOption(.backlog, value: 1024)
    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
    .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
    .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false,
                withErrorHandling: false,
                withOutboundHeaderValidation: false
            )
            try pipeline.addHandler(HelloHandler(body: body))
        }
    }
    .bind(host: "127.0.0.1", port: port)
    .wait()
try channel.closeFuture.wait()
