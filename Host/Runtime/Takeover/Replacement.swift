import GantryCore
import GantryJSON
import GantryServer
import GantryThreads

/// What a host does, before it starts, to take the place of the one that runs on its data folder.
enum Replacement {
    /// How long the predecessor may take to answer what is under way, besides the time that its deployment gives it.
    static let patience = Duration.seconds(120)

    /// Makes sure that this host will be able to serve as far as that can be known while the other one runs, takes that
    /// one's sockets, and asks it to leave. Nil when none runs. Throws `HostError`, and then the other goes on as if
    /// nothing had been.
    static func begin(
        deploymentFile: String, dataFolder: String, addresses: [ListenAddress], sockets: ListeningSockets,
        isCancelled: () -> Bool
    ) throws -> Predecessor? {
        guard let (predecessor, descriptors) = try Predecessor.find(dataFolder: dataFolder, isCancelled: isCancelled)
        else { return nil }
        try sockets.add(descriptors: descriptors)
        try checkPlan(deploymentFile, dataFolder)
        for socket in try addresses.map(sockets.socket) { sockets.putBack(socket) }
        if isCancelled() { throw HostError(.locked, "Stopped before it took over; the other host goes on.") }
        predecessor.askToLeave()
        return predecessor
    }

    /// The running host knows the databases, which nobody else may open meanwhile.
    private static func checkPlan(_ file: String, _ dataFolder: String) throws {
        let client = AdministrationClient(socketPath: DataFolder.socketPath(dataFolder))
        let answer: String?
        do {
            answer = try client.perform("deployment.plan", ["file": DeploymentFile.absolute(file)])
        } catch let error as AdministrationError {
            throw HostError(.configuration, "The running host cannot plan the deployment: \(error.message)")
        }
        guard let answer else { return }
        let obstacle = try JSONDocument(Array(answer.utf8)).withRoot { root in
            root["obstacles"].flatMap { Array($0.elements).first }?["message"]?.string
        }
        if let obstacle {
            throw HostError(
                .configuration, "The running host is not replaced. In the way of the deployment: \(obstacle)")
        }
    }
}
