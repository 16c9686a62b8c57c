import GantryKit

/// A module that uses everything the kit has.
struct SampleModule: Module {
    static let manifest = Identity("sample", version: "1.2.3")

    struct Settings: Decodable {
        var greeting: String?
        var refuse: Bool?
    }

    struct Broken: Error {}

    let greeting: String

    init(_ context: ModuleContext) throws {
        let settings: Settings = try context.configuration()
        guard settings.refuse != true else { throw Broken() }
        greeting = settings.greeting ?? "Hello"
        context.log.info("created", ["tenant": context.tenant])
    }

    func start(_ context: borrowing CallContext) throws { context.log.info("started") }
    func quiesce(_ context: borrowing CallContext) throws { context.log.info("quiesced") }
    func stop(_ context: borrowing CallContext) throws { context.log.info("stopped") }

    static let handlers: [Handler<Self>] = answers + failures + storage + background

    private static let answers: [Handler<Self>] = [
        .operation("hello") { module, request in
            .json { writer in
                writer.beginObject()
                writer.key("message")
                writer.string("\(module.greeting), \(request.parameters[0])!")
                writer.endObject()
            }
        },
        .operation("describe") { _, request in
            .json([
                "method": request.method, "path": request.path, "id": request.id, "tenant": request.tenant,
                "subject": request.principal?.subject ?? "-", "role": request.principal?.role ?? "-",
                "kind": request.principal.map { "\($0.kind)" } ?? "-",
                "header": request.headers["x-one"] ?? "-", "tags": request.query.all("tag").joined(separator: ","),
                "pairs": request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&"),
                "limit": String(try request.query.int("limit") ?? -1),
                "deep": String(try request.query.bool("deep") ?? false),
                "ratio": String(try request.query.double("ratio") ?? 0),
                "since": String(try request.query.timestampMilliseconds("since") ?? 0),
                "deadline": String(request.deadlineNanoseconds ?? -1), "cancelled": String(request.isCancelled),
                "bytes": String(decoding: request.bytes, as: UTF8.self),
                "bodyIsNull": String(request.body.isNull),
            ])
        },
        .operation("item") { _, request in .text(String(try request.parameters.int(0))) },
        .operation("empty") { _, _ in .empty() },
        .operation("created") { _, _ in .created(["id": 7], location: "/v1/items/7").header("x-two", "2") },
        .operation("time") { _, request in
            let text = try [
                request.clock.timestamp(), String(request.clock.monotonicNanoseconds()), request.random.uuid(),
                request.random.orderedUUID(), String(request.random.bytes(3).count),
            ]
            return .text(text.joined(separator: " "))
        },
        .operation("unencodable") { _, _ in .json([Double.nan]) },
    ]

    private static let failures: [Handler<Self>] = [
        .operation("missing") { _, _ in
            throw Failure(404, reason: "not_found", "No such thing.", details: ["id": "x"])
        },
        .operation("refused") { _, _ in
            throw Refusal([Finding("a.0", code: "odd", "Is odd."), Finding("q", code: "bad", "Is bad.", in: .query)])
        },
        .operation("broken") { _, _ in throw Broken() },
        .operation("decode") { _, request in
            struct Body: Decodable {
                struct Item: Decodable { let name: String }
                let items: [Item]
                let size: Int8
            }
            let body = try request.decode(Body.self)
            return .text("\(body.items.count) \(body.size)")
        },
    ]
}

extension SampleModule {
    private static let storage: [Handler<Self>] = [
        .operation("store") { _, request in
            let absent: String? = nil
            let total = try request.database.write { tx in
                let changes = try tx.execute(
                    "INSERT INTO things VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", 1, 2.5, "três", [UInt8]([0, 255]),
                    true, nil, absent, SQLText(utf8: Array("{}".utf8)))
                try tx.publish("sample.stored", key: "k", ["n": 1])
                let id = try tx.publish("sample.stored") { writer in
                    writer.beginObject()
                    writer.endObject()
                }
                try tx.enqueue("batch", key: "b", ["n": 2], notBeforeMilliseconds: 99)
                return "\(changes) \(id.count)"
            }
            return .text(total)
        },
        .operation("list") { _, request in
            let rows = try request.database.read { tx in
                try tx.rows("SELECT * FROM records") { row in
                    let (id, ratio, name): (Int64, Double, String) = (try row[0], try row[1], try row[2])
                    let (blob, note, flag): ([UInt8], String?, Bool) = (try row[3], try row[4], try row[5])
                    return "\(row.count) \(id) \(ratio) \(name) \(blob) \(note ?? "nil") \(flag)"
                }
            }
            return .text(rows.joined(separator: ";"))
        },
        .operation("first") { _, request in
            let value: Int? = try request.database.read { tx in
                try tx.first("SELECT id FROM records ORDER BY rowid") { try $0[0] }
            }
            return .text(value.map(String.init) ?? "none")
        },
        .operation("one") { _, request in
            .text(
                try request.database.read { tx in
                    try tx.one("SELECT id FROM records ORDER BY rowid") { String(try $0[0] as Int) }
                })
        },
        .operation("each") { _, request in
            var count = 0
            try request.database.read { tx in
                count = 0
                try tx.query("SELECT id FROM records ORDER BY rowid") { row in
                    count += 1
                    if try row.get(0, as: Int.self) == 2 { throw Broken() }
                }
            }
            return .text("\(count)")
        },
        .operation("conflict") { _, request in
            do {
                try request.database.write { tx in try tx.execute("INSERT INTO single VALUES (1)") }
            } catch let error as HostError where error.status == .conflict {
                throw Failure(409, reason: "exists", "\(error.code) \(error.message)")
            }
            return .empty()
        },
        .operation("uncaught") { _, request in
            try request.database.write { tx in try tx.execute("INSERT INTO single VALUES (1)") }
            return .empty()
        },
    ]

    private static let background: [Handler<Self>] = [
        .check("hello") { module, request, report in
            for (index, value) in request.body["values"].map({ Array($0.elements) })?.enumerated() ?? [].enumerated()
            where value["unit"]?.string == "kWh" {
                report("values.\(index).unit", code: "unit_mismatch", "\(report.known.count) known")
            }
        },
        .check("broken") { _, _, _ in throw Broken() },
        .subscription("onSigned") { _, event, context in
            struct Signed: Decodable { let author: String }
            let signed = try event.decode(Signed.self)
            try context.database.write { tx in
                try tx.execute("INSERT INTO signings VALUES ($1, $2, $3)", event.id, signed.author, event.attempt)
            }
        },
        .subscription("onOther") { _, _, _ in throw Broken() },
        .job("batch") { _, job, context in
            context.log.info("run", ["n": String(job.payload["n"]?.int64 ?? 0), "id": job.id])
        },
        .job("verbose") { _, _, _ in
            throw HostError(.failed, message: "x" + String(repeating: "é", count: 600))
        },
    ]
}
