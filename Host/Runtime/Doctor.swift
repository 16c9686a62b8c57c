import GantryCore
import GantryJSON
import GantryLoader
import Glibc

/// Looks at machine, deployment, bundles and data folder as a start would, without changing anything.
public enum Doctor {
    /// One thing that was looked at.
    public struct Finding: Sendable {
        /// What was looked at.
        public var subject: String
        /// Whether it is as it should be.
        public var isGood: Bool
        /// What is the case, and what to do when it is not good.
        public var message: String
    }

    /// All that was looked at.
    public struct Report: Sendable {
        /// In the order of a start.
        public var findings: [Finding] = []
        /// Whether a start would succeed as far as can be seen.
        public var isHealthy: Bool { findings.allSatisfy(\.isGood) }

        /// The report as JSON.
        public var json: String {
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("healthy")
            writer.bool(isHealthy)
            writer.key("findings")
            writer.beginArray()
            for finding in findings {
                writer.beginObject()
                writer.key("subject")
                writer.string(finding.subject)
                writer.key("good")
                writer.bool(finding.isGood)
                writer.key("message")
                writer.string(finding.message)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
            return String(decoding: writer.bytes, as: UTF8.self)
        }
    }

    /// Examines what is named; a deployment file of nil leaves deployment and bundles out.
    public static func examine(deploymentFile: String?, dataFolder: String) -> Report {
        var report = Report()
        examineMachine(&report)
        examineData(dataFolder, &report)
        if let deploymentFile { examineDeployment(deploymentFile, &report) }
        return report
    }

    private static func examineMachine(_ report: inout Report) {
        FileLimit.raise()
        report.findings.append(
            Finding(
                subject: "open files", isGood: FileLimit.current >= 1024,
                message: "\(FileLimit.current) allowed; each connection takes one, each open database three to seven"))
    }

    private static func examineData(_ folder: String, _ report: inout Report) {
        var information = stat()
        let exists = stat(folder, &information) == 0
        let isUsable = exists ? access(folder, R_OK | W_OK | X_OK) == 0 : true
        report.findings.append(
            Finding(
                subject: "data folder", isGood: isUsable,
                message: exists
                    ? isUsable ? "\(folder) can be used" : "\(folder): \(String(cString: strerror(errno)))"
                    : "\(folder) will be made at the first start"))
        // Known and told of: what is wrong with it is the module's to mend, and keeps nobody from starting.
        if let crash = CrashFile.last(inFolder: folder) {
            report.findings.append(Finding(subject: "last crash", isGood: true, message: crash.text))
        }
    }

    private static func examineDeployment(_ file: String, _ report: inout Report) {
        let deployment: Deployment
        do {
            deployment = try DeploymentFile.read(file)
            report.findings.append(
                Finding(subject: "deployment", isGood: true, message: "\(file), \(deployment.tenants.count) tenants"))
        } catch {
            report.findings.append(Finding(subject: "deployment", isGood: false, message: "\(error)"))
            return
        }
        report.findings.append(trustFinding(deployment.trust))
        let trust = BundleTrust(deployment.trust, directory: nil)
        let catalog = ModuleCatalog(folders: deployment.bundleFolders, trust: trust)
        for (folder, fault) in catalog.faults.sorted(by: { $0.key < $1.key }) {
            report.findings.append(Finding(subject: folder, isGood: false, message: fault))
        }
        for id in Set(deployment.tenants.flatMap { $0.modules.map(\.id) }).sorted() {
            do {
                let definition = try catalog.definition(id)
                try ModuleLoader.inspect(definition.bundle)
                report.findings.append(
                    Finding(subject: "module \(id)", isGood: true, message: "version \(definition.manifest.version)"))
            } catch {
                report.findings.append(Finding(subject: "module \(id)", isGood: false, message: "\(error)"))
            }
        }
    }
}
