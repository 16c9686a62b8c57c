import CGantry

/// The decoded values of a path template's parameters, by position in the template and counted from 0.
public struct PathParameters {
    let raw: UnsafePointer<gantry_request_v1>

    /// The number of parameters.
    public var count: Int { list.count }

    /// The parameter at `index`; empty when the template has no such parameter.
    public subscript(index: Int) -> String { text(index).string }

    /// The parameter at `index` as UTF-8; borrowed from the request.
    public func utf8(_ index: Int) -> UnsafeBufferPointer<UInt8> { text(index).buffer }

    /// The parameter at `index` as a number; a request that holds none there does not name anything: 404.
    public func int(_ index: Int) throws -> Int {
        guard let value = Int(self[index]) else { throw Failure(404, reason: "not_found", "No such resource.") }
        return value
    }

    private var list: UnsafeBufferPointer<gantry_str_v1> {
        UnsafeBufferPointer(lent: raw.pointee.path_parameters, UInt64(raw.pointee.path_parameter_count))
    }

    private func text(_ index: Int) -> gantry_str_v1 {
        let list = list
        return list.indices.contains(index) ? list[index] : gantry_str_v1()
    }
}
