import GantryJSON
import GantryServer
import GantryThreads
import Glibc

/// Serves the administration on the data folder's socket, which only the folder's owner can reach.
final class AdministrationHandler: ServerHandler {
    private static let maximumBodyBytes = 1 << 20
    private let administration: Administration
    private let pool: ThreadPool
    /// Commands change shared state; one at a time keeps their effects in an order that a person can follow.
    private let lane: SerialLane

    init(administration: Administration, pool: ThreadPool) {
        self.administration = administration
        self.pool = pool
        lane = SerialLane(pool: pool)
    }

    func receiveHead(_ exchange: Exchange) -> BodyDecision {
        guard exchange.method == "POST", exchange.target == "/administration" else {
            answer(exchange, status: 404, code: "not_found", "There is only POST /administration here.")
            return .answered
        }
        return .collect(maximumBytes: Self.maximumBodyBytes)
    }

    func receiveBody(_ exchange: Exchange) {
        let body = exchange.withBody { Array($0) }
        let user = exchange.peerUser
        let isTaken = lane.submit { [administration] in
            do {
                let document = try JSONDocument(body)
                let (command, arguments) = document.withRoot(Self.read)
                let answer = try administration.perform(command, arguments, user: user ?? geteuid())
                exchange.respond(status: 200, body: Array(answer.utf8)) { $0.add(lines: Self.contentType) }
            } catch let error as AdministrationError {
                self.answer(exchange, status: 422, code: error.code, error.message)
            } catch {
                self.answer(exchange, status: 400, code: "invalid", "\(error)")
            }
        }
        if !isTaken { answer(exchange, status: 503, code: "busy", "The host is stopping.") }
    }

    func refuseBody(_ exchange: Exchange, maximumBytes: Int) {
        answer(exchange, status: 413, code: "invalid", "A command has at most \(maximumBytes) bytes.")
    }

    func refuseRequest(_ exchange: Exchange, fault: RequestFault) {
        answer(exchange, status: fault.status, code: "invalid", "The request cannot be read.")
    }

    /// Migrations take the time that they take, and who gave the command waits for its answer.
    func expire(_: Exchange) {}

    private static let contentType: StaticString = "content-type: application/json\r\n"

    private static func read(_ root: JSONValue) -> (String, [String: String]) {
        var arguments: [String: String] = [:]
        if let members = root["arguments"]?.members {
            for member in members { arguments[member.name.string ?? ""] = member.value.string }
        }
        return (root["command"]?.string ?? "", arguments)
    }

    private func answer(_ exchange: Exchange, status: Int, code: String, _ message: String) {
        let body = Administration.object { writer in
            writer.key("code")
            writer.string(code)
            writer.key("message")
            writer.string(message)
        }
        exchange.respond(status: status, body: Array(body.utf8)) { $0.add(lines: Self.contentType) }
    }
}
