import ChargingClient
import Foundation
import GantryThreads

/// Keeps what is sent, and gives the answers that a test has laid out; the last of them stays.
final class RecordingTransport: Transport {
    private struct State {
        var requests: [ClientRequest] = []
        var answers: [ClientResponse]
    }

    private let state: Lock<State>

    init(_ answers: [ClientResponse]) {
        state = Lock(State(answers: answers))
    }

    var requests: [ClientRequest] { state.withLock { $0.requests } }

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        state.withLock { state in
            state.requests.append(request)
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
        }
    }
}
