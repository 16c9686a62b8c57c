import GantryKit
import GantryKitTesting
import Testing

@Suite("Models")
struct ModelTests {
    private let module: ModuleUnderTest

    init() throws {
        module = try ModuleUnderTest()
    }

    /// Stores sessions, every tenth with a register that falls.
    private func store(_ count: Int, station: String = "ST-1") throws {
        for number in 0..<count {
            let readings = number % 10 == 0 ? Bodies.falling() : Bodies.clean(count: 6)
            _ = try module.json("createSession", Bodies.session("\(station)-\(number)", station: station, readings))
            module.now += 1000
        }
    }

    private func request(
        base: String = "base-csar-2", _ config: String = "null", source: String = #"{"type":"sessions"}"#
    ) -> String {
        #"{"baseModelId":"\#(base)","name":"Spring","trainingConfig":\#(config),"dataSource":\#(source)}"#
    }

    private func tune(_ body: String) throws -> JSONDocument {
        let accepted = try module.json("startFineTune", body)
        #expect(accepted["status"] == "queued")
        let id = try #require(accepted["jobId"])
        module.now += 5000
        #expect(try module.runJobs() == .ok)
        return try module.json("getFineTuneJob", path: [id])
    }

    @Test("There is an active base model of each type, and it has no place of storage")
    func baseModels() throws {
        let list = try module.json("listModels")
        #expect(list.count("models") == 2)
        for position in 0..<2 {
            #expect(list["models.\(position).isBase"] == "true")
            #expect(list["models.\(position).status"] == "active")
            #expect(list["models.\(position).baseModel"] == "null")
            let id = try #require(list["models.\(position).id"])
            let model = try module.json("getModel", path: [id])
            #expect(model["s3Path"] == "null")
            #expect(model["version"] == list["models.\(position).version"])
        }
        #expect(try module.send("getModel", path: ["csar_2-none"]).status == 404)
        #expect(try module.send("getFineTuneJob", path: ["c7b1c0de-2f3a-4b6a-9a51-7b7d6b1f9e02"]).status == 404)
    }

    @Test(
        "A fine-tuning gives a model of its own, which is used from then on", arguments: ["base-csar-2", "base-shade"])
    func tunes(_ base: String) throws {
        try store(60)
        let job = try tune(request(base: base, #"{"epochs":3,"validationSplit":0.3}"#))
        #expect(job["status"] == "completed")
        #expect(job["config.epochs"] == "3")
        #expect(job["config.batchSize"] == "32")
        #expect(job["config.learningRate"] == "0.001")
        #expect(job["config.dataSource.type"] == "sessions")
        #expect(job["errorMessage"] == "null")
        let id = try #require(job["resultModelId"])
        let model = try module.json("getModel", path: [id])
        #expect(model["baseModel"] == base)
        #expect(model["name"] == "Spring")
        #expect(model["createdAt"] == job["completedAt"])
        #expect(model["s3Path"]?.hasSuffix(id) == true)
        #expect(model["metrics.f1"] != nil)
        let list = try module.json("listModels")
        #expect(list["models.2.id"] == id)
        let event = try #require(module.events("model.finetune.completed").first)
        #expect(event["resultModelId"] == id)
        #expect(module.value("SELECT COUNT(*) FROM fine_tune_jobs WHERE sessions IS NOT NULL") == 0)
    }

    @Test("Equal data and settings give an equal model, and versions count on")
    func repeats() throws {
        try store(60)
        for version in ["2.1.1", "2.1.2"] {
            let job = try tune(request(#"{"epochs":5,"learningRate":0.01,"randomState":7}"#))
            let model = try module.json("getModel", path: [try #require(job["resultModelId"])])
            #expect(model["version"] == version)
        }
        #expect(module.value("SELECT COUNT(DISTINCT parameters) FROM models") == 1)
        #expect(module.value("SELECT COUNT(*) FROM models WHERE parameters LIKE '%confidence%'") == 2)
    }

    @Test("The newest active model judges what is written from then on")
    func promotes() throws {
        try store(1)
        let before = try #require(try module.json("getSession", path: ["ST-1-0"])["anomalies.0.score"])
        module.execute(
            """
            INSERT INTO models (model_id, name, type, number, version, base_model, metrics, status, parameters, \
            created_at) \
            VALUES ('m-1', 'Mild', 'csar_2', 1, '2.1.1', 'base-csar-2', '{}', 'active', '{"severity.fall":10}', 1), \
            ('m-2', 'Old', 'csar_2', 2, '2.1.2', 'base-csar-2', '{}', 'deprecated', '{"severity.fall":99}', 2)
            """)
        func score(_ session: JSONDocument) throws -> Double {
            try #require(session["anomalies.0.score"].flatMap(Double.init))
        }
        let after = try score(try module.json("createSession", Bodies.session("S-2", Bodies.falling())))
        #expect(after < (Double(before) ?? 0) && after >= 0.5)
        let change = Bodies.change(Bodies.falling())
        #expect(try score(try module.json("replaceSession", path: ["ST-1-0"], change)) == after)
    }

    @Test("What a person called a false alarm lowers the confidence of its category")
    func learnsFromPeople() throws {
        try store(200)
        module.execute("UPDATE anomaly_issues SET status = 'DISMISSED'")
        let job = try tune(request(#"{"epochs":40,"learningRate":0.02,"validationSplit":0.2}"#))
        let model = try module.json("getModel", path: [try #require(job["resultModelId"])])
        let brier = try #require(model["metrics.brier"].flatMap(Double.init))
        #expect(try brier < #require(model["metrics.brierBefore"].flatMap(Double.init)))
        let before = try module.json("getSession", path: ["ST-1-0"])["anomalies.0.confidence"].flatMap(Double.init)
        let after = try module.json("createSession", Bodies.session("S-2", Bodies.falling()))
        #expect(after["anomalies.0.category"] == "KWH_DECREASE")
        #expect(try #require(after["anomalies.0.confidence"].flatMap(Double.init)) < #require(before))
    }
}

@Suite("Fine-tuning jobs")
struct FineTuneTests {
    private let module: ModuleUnderTest

    init() throws {
        module = try ModuleUnderTest()
        for number in 0..<55 {
            _ = try module.json(
                "createSession", Bodies.session("S-\(number)", station: number < 52 ? "ST-1" : "ST-2"))
            module.now += 1000
        }
    }

    private func body(_ source: String = #"{"type":"sessions"}"#, base: String = "base-csar-2") -> String {
        #"{"baseModelId":"\#(base)","name":"Spring","dataSource":\#(source)}"#
    }

    private func codes(_ body: String) throws -> [String] {
        let answer = try module.send("startFineTune", body)
        #expect(answer.status == 422)
        return answer.findings.map { "\($0.path) \($0.code)" }
    }

    @Test("The base model must be known")
    func unknownBase() throws {
        #expect(try codes(body(base: "base-csar-3")) == ["baseModelId unknown_reference"])
    }

    @Test(
        "Fewer than 50 analysed sessions that match are too few",
        arguments: [
            #"{"chargingStationId":"ST-2"}"#, #"{"isAnomaly":true}"#, #"{"minScore":0.9}"#, #"{"evseId":"E-1"}"#,
            #"{"dateFrom":"2036-01-01T00:00:00Z"}"#,
        ])
    func tooFew(_ filter: String) throws {
        let source = #"{"type":"sessions","sessionFilter":\#(filter)}"#
        #expect(try codes(body(source)) == ["dataSource.sessionFilter not_enough_training_data"])
    }

    @Test("Sessions that were not analysed do not count")
    func unanalysed() throws {
        module.execute("UPDATE sessions SET analyzed_at = NULL WHERE session_id > 'S-40'")
        #expect(try codes(body()) == ["dataSource.sessionFilter not_enough_training_data"])
    }

    @Test("Uploads are not served, and a window has a length")
    func fields() throws {
        #expect(try codes(body(#"{"type":"upload"}"#)) == ["dataSource.type data_source_unsupported"])
        let upload = #"{"type":"upload","sessionFilter":{}}"#
        #expect(try codes(body(upload)).contains("dataSource.type data_source_unsupported"))
        let window =
            #"{"type":"sessions","sessionFilter":{"dateFrom":"2026-03-01T00:00:00Z","dateTo":"2026-03-01T00:00:00Z"}}"#
        #expect(try codes(body(window)) == ["dataSource.sessionFilter.dateTo out_of_range"])
    }

    @Test("One job at a time")
    func oneAtATime() throws {
        let id = try #require(try module.json("startFineTune", body())["jobId"])
        let second = try module.send("startFineTune", body())
        #expect(second.status == 409)
        #expect(second.reason == "fine_tune_in_progress")
        try module.runJobs()
        #expect(try module.json("getFineTuneJob", path: [id.uppercased()])["status"] == "completed")
        #expect(try module.send("startFineTune", body()).status == 200)
    }

    @Test("Sessions that vanish meanwhile end the job as failed, with a reason")
    func vanished() throws {
        let id = try #require(try module.json("startFineTune", body())["jobId"])
        module.execute("DELETE FROM sessions WHERE session_id > 'S-3'")
        #expect(try module.runJobs() == .ok)
        let job = try module.json("getFineTuneJob", path: [id])
        #expect(job["status"] == "failed")
        #expect(job["resultModelId"] == "null")
        #expect(job["errorMessage"]?.hasPrefix("Of the 55 sessions") == true)
        #expect(module.events("model.finetune.failed").first?["jobId"] == id)
        #expect(module.value("SELECT COUNT(*) FROM models") == 0)
        #expect(try module.send("startFineTune", body()).findings.first?.code == "not_enough_training_data")
    }

    @Test("A run that is cut off begins anew and makes one model", arguments: [0, 1])
    func cutOff(commits: Int) throws {
        let id = try #require(try module.json("startFineTune", body())["jobId"])
        module.failCommits(after: commits)
        #expect(try module.runJobs().isFailure)
        let status = try module.json("getFineTuneJob", path: [id])["status"]
        #expect(status == (commits == 0 ? "queued" : "running"))
        module.host.answerCommits([])
        #expect(try module.runJobs(attempt: 2) == .ok)
        #expect(try module.json("getFineTuneJob", path: [id])["status"] == "completed")
        #expect(try module.runJobs(attempt: 3) == .ok)
        #expect(module.value("SELECT COUNT(*) FROM models") == 1)
        #expect(module.events("model.finetune.completed").count == 1)
    }

    @Test("An instance that closes interrupts a training, and too many runs give it up")
    func givesUp() throws {
        let id = try #require(try module.json("startFineTune", body())["jobId"])
        module.host.callsAreCancelled = true
        #expect(try module.runJobs(attempt: 5) == .cancelled)
        module.host.callsAreCancelled = false
        #expect(try module.runJobs(attempt: 6) == .ok)
        #expect(try module.json("getFineTuneJob", path: [id])["status"] == "failed")
        #expect(module.events("model.finetune.failed").count == 1)
    }
}
