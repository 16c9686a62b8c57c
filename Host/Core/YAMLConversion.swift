import Yams

/// Turns YAML into JSON by the core schema, so that a start need not parse YAML.
public enum YAMLConversion {
    /// Aliases can make a small file stand for an endless document; more JSON than this is refused: 16 MiB.
    private static let maximumBytes = 16 << 20
    /// And so is one with more values, which take time however short they are.
    private static let maximumValues = 500_000

    /// The document `text` as JSON text; throws `ConfigurationError`.
    public static func json(text: String, file: String) throws -> String {
        try json(YAMLReader(text: text, file: file).node, file: file)
    }

    static func json(_ node: Node, file: String) throws -> String {
        var output = ""
        var valueCount = 0
        try write(node, file: file, into: &output, &valueCount)
        return output
    }

    private static func write(
        _ node: Node, file: String, into output: inout String, _ valueCount: inout Int
    ) throws {
        valueCount += 1
        guard output.utf8.count <= maximumBytes, valueCount <= maximumValues else {
            throw ConfigurationError(
                file: file, message: "The document is larger than 16 MiB when written out, or has 500,000 values.")
        }
        switch node {
        case .mapping(let mapping):
            output += "{"
            for (index, pair) in mapping.enumerated() {
                guard let name = pair.key.scalar?.string else {
                    throw ConfigurationError(
                        file: file, line: pair.key.mark?.line, message: "The name of a member must be a text.")
                }
                if index > 0 { output += "," }
                quote(name, into: &output)
                output += ":"
                try write(pair.value, file: file, into: &output, &valueCount)
            }
            output += "}"
        case .sequence(let sequence):
            output += "["
            for (index, element) in sequence.enumerated() {
                if index > 0 { output += "," }
                try write(element, file: file, into: &output, &valueCount)
            }
            output += "]"
        case .scalar(let scalar):
            writeScalar(scalar, tag: node.tag.description, into: &output)
        case .alias:
            throw ConfigurationError(file: file, line: node.mark?.line, message: "Aliases are not supported.")
        }
    }

    private static func writeScalar(_ scalar: Node.Scalar, tag: String, into output: inout String) {
        let text = scalar.string
        switch tag {
        case "tag:yaml.org,2002:null":
            output += "null"
        case "tag:yaml.org,2002:bool":
            // The parser goes by YAML 1.1, where `no` is a boolean; in the core schema it is a text.
            if ["true", "false"].contains(text.lowercased()) {
                output += text.lowercased()
            } else {
                quote(text, into: &output)
            }
        case "tag:yaml.org,2002:int":
            output += Int64(text).map(String.init) ?? largeInteger(text) ?? jsonNumber(text)
        case "tag:yaml.org,2002:float":
            output += jsonNumber(text)
        default:
            quote(text, into: &output)
        }
    }

    /// An integer beyond 64 bits as it is written, so that no digit is lost; nil for other forms.
    private static func largeInteger(_ text: String) -> String? {
        let digits = text.utf8.drop { $0 == UInt8(ascii: "-") }
        let isPlain = text.utf8.count - digits.count <= 1 && digits.allSatisfy { (48...57).contains($0) }
        return isPlain && digits.first != UInt8(ascii: "0") ? text : nil
    }

    /// Number forms that YAML 1.1 has and neither the core schema nor JSON (base 60, underscores) stay texts, and so do
    /// the infinities.
    private static func jsonNumber(_ text: String) -> String {
        guard let value = Double(text), value.isFinite else {
            var quoted = ""
            quote(text, into: &quoted)
            return quoted
        }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    private static func quote(_ text: String, into output: inout String) {
        output += "\""
        defer { output += "\"" }
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            output += text
            return
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case _ where scalar.value < 0x20:
                let hexadecimal = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
            default: output.unicodeScalars.append(scalar)
            }
        }
    }
}
