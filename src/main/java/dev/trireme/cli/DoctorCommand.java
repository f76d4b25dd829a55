package dev.trireme.cli;

import dev.trireme.cli.option.ActivityOptions;
import dev.trireme.cli.output.Activity;
import dev.trireme.cli.output.JsonLine;
import dev.trireme.cli.output.LiveLine;
import dev.trireme.cli.output.Terminal;
import dev.trireme.config.DeviceKind;
import dev.trireme.config.ExitCode;
import dev.trireme.engine.CudaLibrary;
import dev.trireme.engine.Device;
import dev.trireme.machine.CudaInstallation;
import dev.trireme.machine.CudaWheel;
import dev.trireme.machine.Diagnosis;
import dev.trireme.machine.Pip;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "doctor",
        description = "Check this machine: versions, devices, native cache, what GPUs need.",
        footer = {
            "",
            "The exit code is 0 when training on CPUs works, and with --device on that device too."
                    + " --install-cuda fetches those of NVIDIA's libraries that no jar has with pip, pinned, into"
                    + " ~/.cache/trireme; libtorch for CUDA itself comes with the first --device cuda."
        })
final class DoctorCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--device", paramLabel = "NAME", description = "A device that has to work: cuda or cuda:N.")
    private Optional<String> device = Optional.empty();

    @Option(names = "--install-cuda", description = "Install what libtorch's build for CUDA needs (1.4 GB to fetch).")
    private boolean installs;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin
    private ActivityOptions activity = new ActivityOptions();

    @Override
    public Integer call() {
        device.ifPresent(DeviceKind::of);
        Activity steps = activity.activity(json);
        if (installs) {
            install(steps);
        }
        steps.beginLong("loading libtorch, looking for GPUs");
        Diagnosis diagnosis = Diagnosis.here();
        List<String> problems = new ArrayList<>();
        diagnosis.problems().forEach(problem -> problems.add("training on CPUs does not work: " + problem));
        if (problems.isEmpty()) {
            device.flatMap(name -> Device.parse(name).problem())
                    .ifPresent(problem -> problems.add("device " + device.get() + " cannot be used: " + problem));
        }
        print(diagnosis, problems);
        return (problems.isEmpty() ? ExitCode.OK : ExitCode.FAILED).code();
    }

    private void install(Activity steps) {
        PrintWriter err = spec.commandLine().getErr();
        int columns = json || activity.isQuiet() ? 0 : Terminal.columnsOfErrors();
        InstallProgress progress = new InstallProgress(steps, new LiveLine(err, columns));
        new CudaInstallation(CudaLibrary.installation(), CudaWheel.pinned(), new Pip(), progress).install();
    }

    private void print(Diagnosis diagnosis, List<String> problems) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            JsonLine line = JsonLine.of("doctor").put("sections", diagnosis.sections());
            diagnosis.gpus().ifPresent(gpus -> line.put("gpus", gpus));
            out.println(line.put("problems", problems));
            return;
        }
        for (Diagnosis.Section section : diagnosis.sections()) {
            out.println(section.title());
            section.facts().forEach(fact -> out.printf("  %-10s %s%n", fact.name(), fact.value()));
        }
        problems.forEach(problem -> spec.commandLine().getErr().println("trireme: " + problem));
    }
}
