/// What a model judges.
enum ModelType: String {
    /// Sessions.
    case session = "csar_2"
    /// Stations.
    case station = "shade"
}
