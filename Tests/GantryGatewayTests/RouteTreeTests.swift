import Testing

@testable import GantryGateway

@Suite("Route trees")
struct RouteTreeTests {
    private func tree(_ paths: [String]) -> RouteTree<String> {
        var tree = RouteTree<String>()
        for path in paths { #expect(tree.insert(method: "GET", path: path, route: path) == nil) }
        return tree
    }

    /// The template that a path meets, with its parameters.
    private func find(_ tree: RouteTree<String>, _ path: String) -> String? {
        let bytes = Array(path.utf8)
        return bytes.withUnsafeBufferPointer { buffer in
            guard let match = tree.match(buffer) else { return nil }
            let parameters = (0..<match.parameters.count).map { index in
                String(decoding: buffer[match.parameters[index]], as: UTF8.self)
            }
            return ([tree.route(match, method: "GET") ?? "no GET"] + parameters).joined(separator: " ")
        }
    }

    @Test(
        "Literals beat templates, and give way where they lead nowhere",
        arguments: [
            ("/v1/items", "/v1/items"), ("/v1/items/7", "/v1/items/{id} 7"), ("/v1/items/special", "/v1/items/special"),
            ("/v1/items/special/parts", "/v1/items/{id}/parts special"),
            ("/v1/items/7/parts/8", "/v1/items/{id}/parts/{part} 7 8"),
            ("/v1/items/specials", "/v1/items/{id} specials"), ("/", "/"),
        ])
    func precedence(path: String, found: String) {
        let tree = tree([
            "/", "/v1/items", "/v1/items/{id}", "/v1/items/special", "/v1/items/{id}/parts",
            "/v1/items/{id}/parts/{part}",
        ])
        #expect(find(tree, path) == found)
    }

    @Test(
        "Other paths have no route",
        arguments: ["/v1", "/v1/", "/v1/items/", "/v1/items//parts", "/v2/items", "", "v1/items", "/V1/items"])
    func unknown(path: String) {
        #expect(find(tree(["/v1/items", "/v1/items/{id}", "/v1/items/{id}/parts"]), path) == nil)
    }

    @Test("One method and path can be taken once, whatever the parameters are called")
    func conflicts() {
        var tree = tree(["/v1/items/{id}"])
        #expect(tree.insert(method: "GET", path: "/v1/items/{other}", route: "second") == "/v1/items/{id}")
        #expect(tree.insert(method: "PUT", path: "/v1/items/{other}", route: "third") == nil)
        #expect(tree.insert(method: "GET", path: "/v1/items/literal", route: "fourth") == nil)
    }

    @Test("Names of parameters come in the order of the path")
    func names() {
        #expect(RouteTree<String>.parameterNames("/a/{x}/b/{y_z}") == ["x", "y_z"])
    }
}
