extension JSONValue? {
    /// The text without white space around it, as the contract check has looked at it; nil for none.
    public var trimmedText: String? {
        guard let text = self?.string else { return nil }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }
}
