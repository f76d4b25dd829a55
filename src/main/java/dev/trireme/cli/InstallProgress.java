package dev.trireme.cli;

import dev.trireme.cli.output.Activity;
import dev.trireme.cli.output.LiveLine;
import dev.trireme.machine.CudaInstallation;
import dev.trireme.machine.CudaWheel;
import java.util.Locale;

/** Tells how an installation goes on: a line a step, and a live line while a wheel comes. */
final class InstallProgress implements CudaInstallation.Listener {
    private final Activity activity;
    private final LiveLine line;

    InstallProgress(Activity activity, LiveLine line) {
        this.activity = activity;
        this.line = line;
    }

    @Override
    public void begin(String step) {
        line.clear();
        activity.beginLong(step);
    }

    @Override
    public void fetched(CudaWheel wheel, long bytes) {
        line.show(String.format(
                Locale.ROOT,
                "%s: %.0f of %.0f MB, %d %%",
                wheel.name(),
                bytes / 1e6,
                wheel.bytes() / 1e6,
                100 * bytes / wheel.bytes()));
    }
}
