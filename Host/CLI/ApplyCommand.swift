import ArgumentParser
import GantryJSON
import GantryRuntime

struct ApplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Bring a host, running or not, to what a deployment file says.",
        discussion: """
            Tenant by tenant, each step by itself. It stops at the first failure; what was done before stays, and the \
            next `apply` goes on from there, as it does after it was killed.
            """)
    @OptionGroup var options: PlanOptions

    func run() throws {
        let session = try options.session(missing: .make)
        let plan = try options.plan(in: session)
        if plan.obstacleCount > 0 {
            print(options.json ? plan.json : try PlanText.plan(json: plan.json))
            throw CommandFailure("Nothing was applied: something stands in the way.")
        }
        var progress = ProgressLines(total: plan.steps.count, json: options.json)
        for step in plan.steps {
            try progress.perform(step.action, on: step.arguments) {
                try session.perform("deployment.step", step.arguments)
            }
        }
        progress.finish("Nothing to do.", "\(PlanText.count(plan.steps.count, "change")) applied.")
    }
}

/// Tells of steps as they are done: a line each for people, one JSON object in the end for programs.
struct ProgressLines {
    let total: Int
    let json: Bool
    private var answers: [String] = []

    init(total: Int, json: Bool) {
        self.total = total
        self.json = json
    }

    /// Does one step; a failure says how far it came and ends the command.
    mutating func perform(_ action: String, on arguments: [String: String], _ step: () throws -> String) throws {
        let number = "[\(answers.count + 1)/\(total)]"
        let answer: String
        do { answer = try step() } catch let error as AdministrationError {
            if json { print(summary(failure: error.message)) }
            let place = [arguments["tenant"], arguments["module"]].compactMap(\.self).joined(separator: "/")
            throw CommandFailure(
                """
                \(number) \(place.isEmpty ? action : place): \(error.message)
                Stopped at the first failure. \(answers.count) of \(total) are done and stay; the same command goes on \
                from here.
                """)
        }
        answers.append(answer)
        if !json { CommandOutput.line("\(number) \(try PlanText.step(json: answer, action: action))") }
    }

    /// The last line.
    func finish(_ nothing: String, _ something: String) {
        if json { print(summary(failure: nil)) } else { print(total == 0 ? nothing : something) }
    }

    private func summary(failure: String?) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("planned")
        writer.int(total)
        writer.key("done")
        writer.beginArray()
        for answer in answers { writer.raw(Array(answer.utf8)) }
        writer.endArray()
        writer.key("failure")
        writer.string(failure)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
