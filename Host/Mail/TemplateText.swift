import GantryJSON

/// A text of a template, filled in.
enum TemplateText {
    /// Where the text stands, which says what a variable must not do there.
    enum Place {
        /// In the head: control characters, line ends among them, become spaces.
        case head
        /// In plain text: as it is.
        case text
        /// In HTML: what is special there is escaped.
        case html
    }

    /// The text with the variables in the places of their names, written `{{name}}`.
    static func fill(_ text: String, _ variables: [String: String], _ place: Place) throws(MailError) -> String {
        var result = ""
        var rest = Substring(text)
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            result += rest[..<open.lowerBound]
            let name = String(rest[open.upperBound..<close.lowerBound].filter { $0 != " " })
            guard let value = variables[name] else { throw MailError(.template, "The variable `\(name)` is missing.") }
            result += written(value, place)
            rest = rest[close.upperBound...]
        }
        return result + rest
    }

    /// The variables of an object.
    static func variables(_ json: String) throws(MailError) -> [String: String] {
        guard let document = try? JSONDocument(json.isEmpty ? "{}" : json) else {
            throw MailError(.variables, "The variables are no JSON.")
        }
        let values: [String: String]? = document.withRoot { root in
            guard root.kind == .object else { return nil }
            var values: [String: String] = [:]
            for (name, value) in root.members {
                guard let text = text(value) else { return nil }
                values[name.string ?? ""] = text
            }
            return values
        }
        guard let values else {
            throw MailError(.variables, "The variables are an object of texts, numbers, flags and null.")
        }
        return values
    }

    private static func text(_ value: JSONValue) -> String? {
        switch value.kind {
        case .string: value.string
        case .null: ""
        case .object, .array: nil
        default: String(decoding: value.rawBytes, as: UTF8.self)
        }
    }

    private static func written(_ value: String, _ place: Place) -> String {
        switch place {
        case .text: return value
        case .head:
            var line = ""
            for scalar in value.unicodeScalars {
                line.unicodeScalars.append(isControl(scalar) ? " " : scalar)
            }
            return line
        case .html:
            var html = ""
            for scalar in value.unicodeScalars {
                switch scalar {
                case "&": html += "&amp;"
                case "<": html += "&lt;"
                case ">": html += "&gt;"
                case "\"": html += "&quot;"
                case "'": html += "&#39;"
                case "\n": html += "<br>\n"
                default: html.unicodeScalars.append(scalar)
                }
            }
            return html
        }
    }

    /// Control characters, and what some programs take for the end of a line.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }
}
