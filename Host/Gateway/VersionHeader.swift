import GantryJSON

/// The version that a request names by a header, where its path names none.
enum VersionHeader {
    /// Why no version can be chosen.
    struct Refusal: Error {
        let failure: Failure
    }

    /// The version wanted, 1 unless a header says otherwise; throws what names no version that there is.
    static func wanted(_ headers: borrowing RequestHeaders) throws(Refusal) -> Int {
        let (name, value) =
            headers.acceptVersion.map { ("Accept-Version", $0) } ?? (
                "X-API-Version", headers.apiVersion ?? "v1"
            )
        switch value {
        case "v1": return 1
        case "v2": return 2
        default:
            throw Refusal(
                failure: Failure(400, "unsupported_version", "There is no such version of the API.").with {
                    writer in
                    writer.member("header", name)
                    writer.key("supported")
                    writer.beginArray()
                    writer.string("v1" as StaticString)
                    writer.string("v2" as StaticString)
                    writer.endArray()
                })
        }
    }
}
