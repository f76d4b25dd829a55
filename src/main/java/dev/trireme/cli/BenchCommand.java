package dev.trireme.cli;

import picocli.CommandLine.Command;

@Command(
        name = "bench",
        description = "Measure speed beside the limit of this machine.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {BenchDataParallelCommand.class, BenchInferenceCommand.class, BenchPipelineCommand.class})
final class BenchCommand {}
