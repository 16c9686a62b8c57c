import GantryConformance
import Glibc

exit(ConformanceCommand.run(CommandLine.arguments))
