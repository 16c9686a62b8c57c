import AnomalyDetection
import GantryKit

/// What is wrong with a field of a request.
typealias FieldFinding = GantryKit.Finding
/// A category found in a session.
typealias CategoryFinding = AnomalyDetection.Finding
