import GantryCryptography
public import GantryJSON

extension AuditHead {
    /// Writes the head's members into an object that was begun.
    public func write(into writer: inout JSONWriter) {
        writer.key("chain")
        writer.string(chain)
        writer.key("sequence")
        writer.int(sequence)
        writer.key("hash")
        writer.string(Hexadecimal.text(hash))
        writer.key("base_sequence")
        writer.int(baseSequence)
        writer.key("base_hash")
        writer.string(Hexadecimal.text(baseHash))
        writer.key("seal")
        writer.string(Hexadecimal.text(seal))
    }

    /// A head from such an object; nil when a member is missing or of another type.
    public init?(_ object: JSONValue) {
        guard let chain = object["chain"]?.string, let sequence = object["sequence"]?.int64,
            let hash = object["hash"]?.string.flatMap({ Hexadecimal.bytes($0) }),
            let baseSequence = object["base_sequence"]?.int64,
            let baseHash = object["base_hash"]?.string.flatMap({ Hexadecimal.bytes($0) }),
            let seal = object["seal"]?.string.flatMap({ Hexadecimal.bytes($0) })
        else { return nil }
        self.init(
            chain: chain, sequence: sequence, hash: hash, baseSequence: baseSequence, baseHash: baseHash, seal: seal)
    }
}

extension AuditFinding {
    /// Writes the finding's members into an object that was begun.
    public func write(into writer: inout JSONWriter) {
        writer.key("chain")
        writer.string(chain)
        writer.key("sequence")
        writer.int(sequence)
        writer.key("kind")
        writer.string(kind.rawValue)
        writer.key("message")
        writer.string(message)
    }
}

extension AuditEntry {
    /// Facts as a JSON object, names in order, so that the same facts are the same bytes.
    static func text(_ details: [String: String]) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, value) in details.sorted(by: { $0.key < $1.key }).prefix(AuditAct.maximumDetails) {
            writer.key(name)
            writer.string(cut(value))
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Writes the entry's members into an object that was begun.
    public func write(into writer: inout JSONWriter) {
        writer.key("chain")
        writer.string(chain)
        writer.key("sequence")
        writer.int(sequence)
        writer.key("time")
        writer.timestamp(milliseconds: timeMilliseconds)
        writer.key("time_milliseconds")
        writer.int(timeMilliseconds)
        for (name, text) in [("actor", actor), ("action", action), ("target", target), ("outcome", outcome)] {
            writer.key(name)
            writer.string(text)
        }
        writer.key("details")
        // Whatever somebody made of it, the line stays JSON.
        let isObject = (try? JSONDocument(Array(details.utf8)))?.withRoot { $0.kind == .object }
        if isObject == true { writer.raw(Array(details.utf8)) } else { writer.string(details) }
        writer.key("previous")
        writer.string(Hexadecimal.text(previous))
        writer.key("hash")
        writer.string(Hexadecimal.text(hash))
    }

    /// An entry from such an object; nil when a member is missing or of another type.
    public init?(_ object: JSONValue) {
        guard let chain = object["chain"]?.string, let sequence = object["sequence"]?.int64,
            let time = object["time_milliseconds"]?.int64, let actor = object["actor"]?.string,
            let action = object["action"]?.string, let target = object["target"]?.string,
            let outcome = object["outcome"]?.string, let details = object["details"],
            let previous = object["previous"]?.string.flatMap({ Hexadecimal.bytes($0) }),
            let hash = object["hash"]?.string.flatMap({ Hexadecimal.bytes($0) })
        else { return nil }
        let text = details.kind == .object ? String(decoding: details.jsonBytes, as: UTF8.self) : details.string ?? ""
        self.init(
            chain: chain, sequence: sequence, timeMilliseconds: time, actor: actor, action: action, target: target,
            outcome: outcome, details: text, previous: previous, hash: hash)
    }
}
