package dev.trireme.cli;

import picocli.CommandLine.Command;

@Command(
        name = "bench",
        description = "Measure speed, as a share of this machine's limit.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            BenchDataParallelCommand.class,
            BenchInferenceCommand.class,
            BenchPipelineCommand.class,
            BenchLayoutsCommand.class
        })
final class BenchCommand {}
