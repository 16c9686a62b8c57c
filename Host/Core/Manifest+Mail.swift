extension Manifest {
    /// What a module's mails look like.
    public struct Mail: Sendable, Equatable {
        /// Templates by name.
        public var templates: [String: Template]

        /// One kind of mail. `{{name}}` stands for a variable; an absent one is refused when the mail is sent.
        public struct Template: Sendable, Equatable {
            /// One line.
            public var subject: String
            /// The mail as plain text.
            public var text: String
            /// The mail as HTML beside it; nil for plain text alone.
            public var html: String?

            /// A template of these texts.
            public init(subject: String, text: String, html: String? = nil) {
                self.subject = subject
                self.text = text
                self.html = html
            }

            init(_ place: YAMLReader) throws {
                try place.allow(["subject", "text", "html"])
                subject = try Self.text(place.required("subject"), maximumBytes: 500)
                guard !subject.utf8.contains(where: { $0 < 0x20 }) else {
                    throw try place.required("subject").error("A subject is one line.")
                }
                text = try Self.text(place.required("text"), maximumBytes: 100_000)
                html = try place.optional("html").map { try Self.text($0, maximumBytes: 100_000) }
            }

            private static func text(_ place: YAMLReader, maximumBytes: Int) throws -> String {
                let text = try place.string()
                guard (1...maximumBytes).contains(text.utf8.count) else {
                    throw place.error("A text of 1 to \(maximumBytes) bytes is needed here.")
                }
                return text
            }
        }

        init(_ place: YAMLReader) throws {
            try place.allow(["templates"])
            var templates: [String: Template] = [:]
            for (name, template) in try place.required("templates").mapping() {
                templates[try Manifest.name(name)] = try Template(template)
            }
            guard !templates.isEmpty else { throw place.error("At least one template is needed here.") }
            self.templates = templates
        }
    }

    /// Name of the jobs that are mails; no module can declare one with a full stop.
    public static let mailJob = "gantry.mail"

    /// What refers to capabilities.
    func checkMail(_ root: YAMLReader) throws {
        guard mail != nil else {
            if capabilities.contains(.mail) {
                throw root.error("The capability `mail` needs the templates of its mails under `mail`.")
            }
            return
        }
        for capability in [Capability.mail, .jobs, .database] where !capabilities.contains(capability) {
            throw try root.required("mail").error("`mail` needs the capability `\(capability.rawValue)`.")
        }
    }
}
