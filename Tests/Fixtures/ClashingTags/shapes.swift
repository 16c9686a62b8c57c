import Shapes

/// Puts values of the C types where Swift needs to know their layout at run time.
@c(fixture_boxes)
public func boxes() -> Int32 {
    var boxes: [Any] = [fixture_shape()]
    #if LIKE_HOST
        boxes.append(gantry_finding_v1())
    #endif
    return Int32(truncatingIfNeeded: "\(boxes)".utf8.count)
}
