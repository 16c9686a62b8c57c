import GantryJSON

/// What an operation says about its answers of one status.
struct ResponseRule: Sendable {
    /// Lower case and without parameters; may hold ranges such as `*/*`. Empty where there is no body.
    let mediaTypes: [String]
    /// For each of `mediaTypes` its schema, or negative.
    let schemas: [SchemaIndex]
    let headers: [Parameter]

    /// Position of the first media type that a content type belongs to.
    func position(of contentType: String) -> Int? {
        let type = RequestBody.essence(contentType)
        return mediaTypes.firstIndex { RequestBody.contains($0, type) }
    }
}

/// A rule whose schemas are compiled but not yet frozen into a table.
struct ResponseDraft {
    var mediaTypes: [String] = []
    var schemas: [SchemaIndex] = []
    var headers: [ParameterDraft] = []

    func finish(_ table: SchemaTable) -> ResponseRule {
        ResponseRule(mediaTypes: mediaTypes, schemas: schemas, headers: headers.map { $0.finish(table) })
    }
}
