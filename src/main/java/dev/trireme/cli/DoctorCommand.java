package dev.trireme.cli;

import dev.trireme.cli.option.ActivityOptions;
import dev.trireme.config.ExitCode;
import dev.trireme.machine.Diagnosis;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "doctor",
        description = "Check this machine: versions, devices, native cache, what GPUs need.",
        footer = {"", "The exit code is 0 when training on CPUs works."})
final class DoctorCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ActivityOptions activity = new ActivityOptions();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        activity.activity(false).beginLong("loading libtorch, looking for GPUs");
        Diagnosis diagnosis = Diagnosis.of(System.getenv());
        for (Diagnosis.Section section : diagnosis.sections()) {
            out.println(section.title());
            section.facts().forEach(fact -> out.printf("  %-10s %s%n", fact.name(), fact.value()));
        }
        diagnosis.problems().forEach(problem -> out.println("Training on CPUs does not work: " + problem));
        return (diagnosis.problems().isEmpty() ? ExitCode.OK : ExitCode.FAILED).code();
    }
}
