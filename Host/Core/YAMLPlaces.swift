import Yams

/// Where things stand in a YAML text that was converted to JSON.
public enum YAMLPlaces {
    /// The line, counted from 1, of what a JSON pointer leads to; of the last place on its way where it leads nowhere.
    /// Nil where the text cannot be read.
    public static func line(of pointer: String, in text: String) -> Int? {
        guard var node = try? Yams.compose(yaml: text) else { return nil }
        var line = node.mark?.line
        for token in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let name = token.split(separator: "~1", omittingEmptySubsequences: false).joined(separator: "/")
                .split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~")
            if let pair = node.mapping?.first(where: { $0.key.string == name }) {
                line = pair.key.mark?.line ?? line
                node = pair.value
            } else if let sequence = node.sequence, let index = Int(name), sequence.indices.contains(index) {
                node = sequence[index]
                line = node.mark?.line ?? line
            } else {
                break
            }
        }
        return line
    }
}
