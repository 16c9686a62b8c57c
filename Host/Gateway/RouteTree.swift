/// The routes of one set of modules, by path and method. Literal segments beat templates, segment by segment from the
/// left; a literal that leads nowhere gives way to the template beside it. Immutable once built.
struct RouteTree<Route: Sendable>: Sendable {
    struct Node {
        /// Where the segment's text lies in `text`; empty for the root and for templates.
        var segment: Range<Int>
        var literals: [Int32] = []
        /// The node of the template segment; 0 for none, since the root is nobody's child.
        var template: Int32 = 0
        /// Methods with their routes.
        var routes: [(method: String, route: Route)] = []
    }

    private var nodes: [Node] = [Node(segment: 0..<0)]
    private var text: [UInt8] = []

    /// Segments of a path by position, as the parameters of a match are found.
    struct Match {
        var node: Int
        /// Ranges of the path that stand for the templates, in their order.
        var parameters: ParameterRanges
    }

    /// A few ranges without an allocation.
    struct ParameterRanges {
        private var storage: InlineArray<8, (Int32, Int32)> = InlineArray(repeating: (0, 0))
        private(set) var count = 0

        subscript(index: Int) -> Range<Int> { Int(storage[index].0)..<Int(storage[index].1) }

        mutating func append(_ range: Range<Int>) {
            storage[count] = (Int32(range.lowerBound), Int32(range.upperBound))
            count += 1
        }

        mutating func removeLast() { count -= 1 }
    }

    /// Adds a route.
    /// - Returns: The route that already has this method and path, parameter names aside; nil when it was added.
    mutating func insert(method: String, path: String, route: Route) -> Route? {
        var node = 0
        for segment in Self.segments(path) {
            node = Self.isTemplate(segment) ? template(of: node) : literal(Array(segment.utf8), of: node)
        }
        if let taken = nodes[node].routes.first(where: { $0.method == method }) { return taken.route }
        nodes[node].routes.append((method, route))
        return nil
    }

    /// Names of a path's parameters in their order.
    static func parameterNames(_ path: String) -> [String] {
        segments(path).filter(isTemplate).map { String($0.dropFirst().dropLast()) }
    }

    /// Finds the node of a path that begins with `/`; nil when no route has it.
    func match(_ path: UnsafeBufferPointer<UInt8>) -> Match? {
        guard path.first == UInt8(ascii: "/") else { return nil }
        var parameters = ParameterRanges()
        guard let node = find(0, path, from: 1, &parameters) else { return nil }
        return Match(node: node, parameters: parameters)
    }

    /// The route of a matched node for a method.
    func route(_ match: Match, method: String) -> Route? {
        for entry in nodes[match.node].routes where entry.method == method { return entry.route }
        return nil
    }

    /// Methods of a matched node with their routes.
    func routes(_ match: Match) -> [(method: String, route: Route)] { nodes[match.node].routes }

    private func find(
        _ node: Int, _ path: UnsafeBufferPointer<UInt8>, from start: Int, _ parameters: inout ParameterRanges
    ) -> Int? {
        // `start` beyond the end means that the segment before was the last one.
        if start > path.count { return nodes[node].routes.isEmpty ? nil : node }
        var end = start
        while end < path.count && path[end] != UInt8(ascii: "/") { end += 1 }
        for child in nodes[node].literals where isEqual(nodes[Int(child)].segment, path, start..<end) {
            if let found = find(Int(child), path, from: end + 1, &parameters) { return found }
            break
        }
        let template = Int(nodes[node].template)
        // An empty segment is nobody's parameter.
        guard template != 0, end > start else { return nil }
        parameters.append(start..<end)
        if let found = find(template, path, from: end + 1, &parameters) { return found }
        parameters.removeLast()
        return nil
    }

    private func isEqual(_ segment: Range<Int>, _ path: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
        guard segment.count == range.count else { return false }
        var index = segment.lowerBound
        for position in range {
            if text[index] != path[position] { return false }
            index += 1
        }
        return true
    }

    private mutating func template(of node: Int) -> Int {
        if nodes[node].template == 0 {
            nodes.append(Node(segment: 0..<0))
            nodes[node].template = Int32(nodes.count - 1)
        }
        return Int(nodes[node].template)
    }

    private mutating func literal(_ segment: [UInt8], of node: Int) -> Int {
        for child in nodes[node].literals where text[nodes[Int(child)].segment].elementsEqual(segment) {
            return Int(child)
        }
        let start = text.count
        text += segment
        nodes.append(Node(segment: start..<text.count))
        nodes[node].literals.append(Int32(nodes.count - 1))
        return nodes.count - 1
    }

    private static func segments(_ path: String) -> [Substring] {
        path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    }

    private static func isTemplate(_ segment: Substring) -> Bool { segment.hasPrefix("{") && segment.hasSuffix("}") }
}
