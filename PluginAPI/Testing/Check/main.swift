import GantryConformance
import Glibc

exit(ConformanceCommand.main(CommandLine.arguments))
