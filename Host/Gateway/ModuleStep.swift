import GantryCore
import GantryJSON
import GantryLoader
import GantryServer
import GantryTelemetry
import GantryThreads

/// Calls the module by the execution class of the route: on the event loop, or on a thread that may wait.
enum ModuleStep {
    static func run(_ context: RequestContext) {
        guard let route = context.route, let module = context.module else { return }
        guard context.takePlace() else { return ResponseStep.fail(context, .overloaded(module.id)) }
        guard let instance = enter(context, route, module) else { return start(context, route, module) }
        if route.beginsOnEventLoop {
            context.nodes = context.connection.takeNodes()
            context.connection.seat.enter(context)
            call(context, route, instance)
            context.connection.seat.leave()
            context.connection.giveBack(&context.nodes)
            return
        }
        // A trace that is recorded tells how long the handler took, so somebody has to wait for it.
        if route.beginsElsewhere, context.socketRequest == nil, route.route.keyUse == nil,
            !context.gateway.tracer.records(context.trace)
        {
            return beginElsewhere(context, route, module, instance)
        }
        submit(context, module) { callInTime(context, route, instance) }
    }

    /// Checks the request on the event loop and has the module's process begin; only what that cannot take waits for it
    /// on a thread.
    private static func beginElsewhere(
        _ context: RequestContext, _ route: ModuleRoute, _ module: TenantModule, _ instance: any ModulePort
    ) {
        context.nodes = context.connection.takeNodes()
        var isRefused = false
        context.runInPlace {
            context.exchange.withBody { body in
                guard prepare(context, route, instance, body) else { return }
                context.nodes.withUnsafeBufferPointer { nodes in
                    context.runHandler(route) { trace in
                        isRefused = !instance.begin(
                            context.request, body: body, nodes: nodes,
                            deadlineNanoseconds: context.deadlineNanoseconds, trace: trace, sink: context)
                    }
                }
            }
        }
        guard isRefused else { return context.connection.giveBack(&context.nodes) }
        submit(context, module) {
            context.runInPlace { context.exchange.withBody { handle(context, route, instance, $0) } }
        }
    }

    /// Has the instance started, and goes on from there on a thread of the pool, also with an `inline` route: whoever
    /// comes first must not make the event loop wait, nor those who wait with him make it work.
    private static func start(_ context: RequestContext, _ route: ModuleRoute, _ module: TenantModule) {
        context.source?.start { source in
            guard let source else { return ResponseStep.fail(context, .moduleUnavailable(module.id)) }
            submit(context, module) {
                if context.isAnswered { return }
                if source !== module.source { context.successor = source }
                if let instance = enter(context, route, module) {
                    callInTime(context, route, instance)
                } else if context.gateway.clock.monotonicNanoseconds() < context.deadlineNanoseconds {
                    // It was stopped again in between.
                    start(context, route, module)
                } else {
                    ResponseStep.fail(context, .deadlineExceeded)
                }
            }
        }
    }

    /// The instance, if it runs, held until the request is answered.
    private static func enter(
        _ context: RequestContext, _ route: ModuleRoute, _ module: TenantModule
    ) -> (any ModulePort)? {
        guard let source = context.source, let instance = source.enter() else { return nil }
        guard context.noteEntry() else {
            source.leave()
            return nil
        }
        // Of every operation of the manifest it was made sure at the start that the module knows it. Another generation
        // may not know one, and has numbers of its own.
        let number =
            context.successor == nil
            ? module.operationNumber(ofRoute: route.routeIndex, instance)
            : instance.operationNumber(route.route.operation)
        context.request.operation = number ?? .max
        return instance
    }

    private static func submit(_ context: RequestContext, _ module: TenantModule, _ job: @escaping Job) {
        let isAccepted = module.lane?.submit(job) ?? module.share.submit(job)
        if !isAccepted { ResponseStep.fail(context, .overloaded(module.id)) }
    }

    private static func callInTime(_ context: RequestContext, _ route: ModuleRoute, _ instance: any ModulePort) {
        guard context.gateway.clock.monotonicNanoseconds() < context.deadlineNanoseconds else {
            return ResponseStep.fail(context, .deadlineExceeded)
        }
        // A client that has left needs no work done for it.
        if context.exchange.isAbandoned { return ResponseStep.abandon(context) }
        call(context, route, instance)
    }

    private static func call(_ context: RequestContext, _ route: ModuleRoute, _ instance: any ModulePort) {
        context.runInPlace { callNow(context, route, instance) }
    }

    private static func callNow(_ context: RequestContext, _ route: ModuleRoute, _ instance: any ModulePort) {
        if let provider = route.route.delivery { return DeliveryStep.run(context, route, provider, instance) }
        if route.route.transfer != nil { return TransferStep.run(context, route, instance) }
        if route.route.streamsBody { return callStreaming(context, route, instance) }
        context.exchange.withBody { body in
            guard prepare(context, route, instance, body) else { return }
            if let use = route.route.keyUse, !RepeatStep.run(context, route, instance, use, body: body) { return }
            handle(context, route, instance, body)
        }
    }

    /// Checks the request, and completes it for the module; false when it was answered instead.
    private static func prepare(
        _ context: RequestContext, _ route: ModuleRoute, _ instance: any ModulePort, _ body: UnsafeRawBufferPointer
    ) -> Bool {
        var failure = BodyStep.run(context, route, body)
        if failure == nil {
            context.request.append(context.exchange, client: context.client, version: route.version)
            ToldHeaders.append(context, route)
            failure = SocketStep.prepare(context, route, instance)
        }
        if failure == nil { failure = ContractStep.run(context, route, instance, body) }
        if let failure {
            ResponseStep.fail(context, failure)
            return false
        }
        context.receivedBytes = body.count
        return true
    }

    private static func handle(
        _ context: RequestContext, _ route: ModuleRoute, _ instance: any ModulePort, _ body: UnsafeRawBufferPointer
    ) {
        context.nodes.withUnsafeBufferPointer { nodes in
            context.runHandler(route) { trace in
                instance.handle(
                    context.request, body: body, nodes: nodes, deadlineNanoseconds: context.deadlineNanoseconds,
                    trace: trace, sink: context)
            }
        }
    }

    /// The body is for the module alone to read; the rest of the request is checked as usual.
    private static func callStreaming(
        _ context: RequestContext, _ route: ModuleRoute, _ instance: any ModulePort
    ) {
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        context.request.append(context.exchange, client: context.client, version: route.version)
        ToldHeaders.append(context, route)
        if let failure = ContractStep.run(context, route, instance, nothing) {
            return ResponseStep.fail(context, failure)
        }
        context.runHandler(route) { trace in
            instance.handle(
                context.request, body: nothing, nodes: UnsafeBufferPointer(start: nil, count: 0),
                deadlineNanoseconds: context.deadlineNanoseconds, trace: trace, sink: context)
        }
    }
}

extension ModuleRequest {
    /// Adds method and headers as a module sees them: names in lower case, credentials left out. `x-forwarded-for` is
    /// the one address that the host takes for the client's, whatever came under that name; where the platform's
    /// versions hold, `x-api-version` is likewise the one in which the answer is wanted.
    mutating func append(_ exchange: Exchange, client: ClientAddress, version: Int) {
        var method = exchange.method
        self.method = method.withUTF8 { append($0) }
        exchange.forEachField { name, value in
            if HeaderName.isWithheld(name) { return }
            if version > 0, HeaderName.matches(name, "x-api-version") { return }
            headers.append(Field(name: append(name), value: append(value)))
        }
        if !client.text.isEmpty {
            headers.append(Field(name: append("x-forwarded-for"), value: append(client.text)))
        }
        if version > 0 {
            headers.append(Field(name: append("x-api-version"), value: append(version == 2 ? "v2" : "v1")))
        }
    }
}

extension ConnectionState {
    /// Nodes that a connection keeps for its next body.
    private static let keptNodes = 4096

    /// The connection's buffer for parsed bodies; `giveBack` returns it.
    func takeNodes() -> [JSONNode] {
        var taken: [JSONNode] = []
        swap(&taken, &nodes)
        return taken
    }

    func giveBack(_ buffer: inout [JSONNode]) {
        guard buffer.capacity <= Self.keptNodes else { return }
        buffer.removeAll(keepingCapacity: true)
        swap(&buffer, &nodes)
    }
}
