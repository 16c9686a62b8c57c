import GantryKit
import Testing

@Suite("Events and jobs")
struct BackgroundTests {
    @Test("An event reaches its handler")
    func event() throws {
        let module = try LoadedModule(SampleModule.self)
        #expect(try module.deliver(#"{"author":"Ada"}"#, id: "e-1").0 == .ok)
        #expect(
            module.host.statements == [
                .init(sql: "COUNT", parameters: [.text("e-1"), .text("Ada"), .integer(2)])
            ])
    }

    @Test("What a handler throws becomes a status and a message for the host")
    func failing() throws {
        let module = try LoadedModule(SampleModule.self)
        let (status, message) = try module.deliver("{}", id: "e-1", subscription: 1)
        #expect(status == .failed)
        #expect(message == "Broken()")
        #expect(try module.deliver("{}", id: "e-1").0 == .failed)
        #expect(try module.deliver("{}", id: "e-1", subscription: 9).0 == .invalid)
    }

    @Test("A job runs with its payload")
    func job() throws {
        let module = try LoadedModule(SampleModule.self)
        #expect(try module.run(#"{"n":5}"#).0 == .ok)
        #expect(module.host.logs.last == "1 run n=5 id=j-1")
        let (status, message) = try module.run("{}", job: 3)
        #expect(status == .invalid)
        #expect(message == "The module has no job at 3 (invalid argument)")
    }

    @Test("A message that is too long is cut between two characters")
    func longMessage() throws {
        let module = try LoadedModule(SampleModule.self)
        let (status, message) = try module.run("{}", job: 1)
        #expect(status == .failed)
        #expect(message == "x" + String(repeating: "é", count: 99))
    }

    @Test("One instance handles calls on several threads at once")
    func concurrency() async throws {
        let module = try LoadedModule(SampleModule.self)
        let statuses = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<400 {
                group.addTask {
                    let status = try? module.handle(
                        index.isMultiple(of: 2) ? "hello" : "store", .init(parameters: ["Ada"], body: "{}"))
                    return status == .ok
                }
            }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(statuses.count == 400)
        #expect(statuses.allSatisfy { $0 })
        #expect(module.host.get(\.answers).count == 400)
        #expect(module.host.get(\.published).count == 400)
    }
}
