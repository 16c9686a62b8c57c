import GantryCore
import TestCommands
import Testing

@testable import GantryRuntime

@Suite("Deployment files and what the doctor says of them")
struct DeploymentFileTests {
    private let temporary = TemporaryFolder()

    @Test("bundle folders are seen from the file")
    func bundleFolders() throws {
        let file = temporary.write("bundles: [near, ../up, /far]\n", to: "deployment.yaml")
        let folders = try DeploymentFile.read(file).bundleFolders
        #expect(folders == ["\(temporary.path)/near", "\(temporary.path)/../up", "/far"])
    }

    @Test("a file that is not there is named")
    func missing() {
        let error = #expect(throws: ConfigurationError.self) { try DeploymentFile.read("\(temporary.path)/none.yaml") }
        #expect(error?.file == "\(temporary.path)/none.yaml")
    }

    @Test("the doctor names a module that has no bundle and a fault of the file")
    func doctor() {
        let good = temporary.write("tenants: [{id: a}]\n", to: "good.yaml")
        #expect(Doctor.examine(deploymentFile: good, dataFolder: temporary.path).isHealthy)
        let lacking = temporary.write("tenants: [{id: a, modules: {absent: {}}}]\n", to: "lacking.yaml")
        let report = Doctor.examine(deploymentFile: lacking, dataFolder: temporary.path)
        #expect(!report.isHealthy && report.findings.contains { $0.subject == "module absent" && !$0.isGood })
        let broken = temporary.write("tenantz: []\n", to: "broken.yaml")
        let faults = Doctor.examine(deploymentFile: broken, dataFolder: temporary.path).findings.filter { !$0.isGood }
        #expect(faults.count == 1 && faults[0].message.contains("tenantz"))
    }
}
