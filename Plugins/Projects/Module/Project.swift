import GantryKit

/// A project that is there.
struct Project {
    /// A UUID.
    let id: String
    /// Who created it.
    let ownerID: String
    var name: String
    var description: String?
    /// In milliseconds since 1970, as is the next.
    let createdMilliseconds: Int64
    var updatedMilliseconds: Int64
}

/// What a request wants to be changed of a project: the members that it sends.
struct ProjectChange {
    private let name: String?
    private let description: String??

    /// The change that the body of `updateProject` asks for.
    init(_ body: JSONValue) {
        name = body["name"].trimmedText
        description = body["description"].map { Optional($0).trimmedText }
    }

    /// Changes the project, and returns the names of the members that differ from before.
    func apply(to project: inout Project) -> [String] {
        var changed: [String] = []
        // Compared by scalars: two spellings of one letter are another value to whoever reads the bytes.
        if let name, !name.utf8.elementsEqual(project.name.utf8) {
            project.name = name
            changed.append("name")
        }
        if let description, description.map({ Array($0.utf8) }) != project.description.map({ Array($0.utf8) }) {
            project.description = description
            changed.append("description")
        }
        return changed
    }
}
