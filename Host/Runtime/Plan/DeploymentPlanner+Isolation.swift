import GantryCore

extension DeploymentPlanner {
    /// Modules that are to run elsewhere, or with other limits. One that was never seen runs as the file says at once.
    mutating func planIsolations() {
        for (id, former) in situation.isolations.sorted(by: { $0.key < $1.key }) {
            let wanted = deployment.isolation(of: id)
            if wanted == former { continue }
            plan.steps.append(
                DeploymentPlan.Step(
                    action: .isolate, module: id, details: ["isolation \(former.text) → \(wanted.text)"],
                    arguments: ["module": id, "isolation": wanted.text]))
        }
    }
}
