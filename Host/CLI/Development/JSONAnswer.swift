import GantryJSON

/// What `gantry dev` reads out of the administration's answers.
enum JSONAnswer {
    /// The text of a member of an object; nil when there is none.
    static func text(_ name: String, of answer: String) -> String? {
        (try? JSONDocument(Array(answer.utf8)))?.withRoot { $0[name]?.string }
    }

    /// Why the module does not run, from the answer of `tenant.show`; nil when it does.
    static func failure(of module: String, inTenant answer: String) -> String? {
        (try? JSONDocument(Array(answer.utf8)))?.withRoot { tenant in
            for entry in tenant["modules"]?.elements ?? tenant.elements where entry["module"]?.string == module {
                return entry["state"]?.string == "failed" ? entry["message"]?.string ?? "no reason was given" : nil
            }
            return nil
        }
    }
}
