package dev.trireme.cli;

import picocli.CommandLine.Command;

@Command(
        name = "bench",
        description = "Measure speed, as a share of this machine's limit.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            BenchDataParallelCommand.class,
            BenchModelParallelCommand.class,
            BenchPipelineCommand.class,
            BenchInferenceCommand.class,
            BenchServingCommand.class,
            BenchLayoutsCommand.class,
            BenchAllCommand.class
        })
final class BenchCommand {}
