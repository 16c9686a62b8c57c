import Glibc

/// The part that GANTRY_FUZZ_TARGET names; one build serves all.
private let target: @Sendable ([UInt8]) -> Void = {
    let name = getenv("GANTRY_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    switch name {
    case "http":
        return { HTTPFuzz.run($0) }
    case "gateway":
        return { GatewayFuzz.run($0) }
    case "signature":
        return { SignatureFuzz.run($0) }
    case "wire", "channel":
        return { ChannelFuzz(rawValue: name)?.run($0) }
    default:
        guard let target = FuzzTarget(rawValue: name) else {
            let names = FuzzTarget.allCases.map(\.rawValue) + ["http", "gateway", "wire", "channel", "signature"]
            fatalError("GANTRY_FUZZ_TARGET must be one of: \(names.joined(separator: ", "))")
        }
        return { target.run($0) }
    }
}()

/// What libFuzzer calls with each input.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    target(Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
}
