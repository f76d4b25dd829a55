package dev.trireme.schedule;

import dev.trireme.config.NullChecks;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Timelines in the trace-event format of Chrome, which <a href="https://ui.perfetto.dev">Perfetto</a> opens: two
 * processes, theory and measured, with a thread for each device.
 */
public final class ChromeTrace {
    private ChromeTrace() {}

    /**
     * Writes two timelines, both from 0 on.
     *
     * @param title what ran; any text
     * @param theory the schedule simulated with measured costs
     * @param measured what ran
     * @return a JSON document
     */
    public static String write(String title, Timeline theory, Timeline measured) {
        NullChecks.require("title", title, "theory", theory, "measured", measured);
        List<String> rows = new ArrayList<>();
        process(rows, 0, title + ", in theory", theory);
        process(rows, 1, title + ", measured", measured);
        return "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n" + String.join(",\n", rows) + "\n]}\n";
    }

    private static void process(List<String> rows, int process, String name, Timeline timeline) {
        rows.add(name("process_name", process, 0, name));
        for (int device = 0; device < timeline.devices(); device++) {
            rows.add(name("thread_name", process, device, "device " + device));
        }
        for (TimelineEvent event : timeline.events()) {
            rows.add(String.format(
                    Locale.ROOT,
                    "{\"ph\":\"X\",\"name\":\"%s\",\"cat\":\"%s\",\"pid\":%d,\"tid\":%d,\"ts\":%s,\"dur\":%s,"
                            + "\"args\":{\"stage\":%d,\"micro_batch\":%d}}",
                    event.task().label(timeline.devices()),
                    event.kind().name().toLowerCase(Locale.ROOT),
                    process,
                    event.device(),
                    microseconds(event.startNanos() - timeline.startNanos()),
                    microseconds(event.nanos()),
                    event.stage(),
                    event.microBatch()));
        }
    }

    private static String name(String what, int process, int thread, String name) {
        return String.format(
                Locale.ROOT,
                "{\"ph\":\"M\",\"name\":\"%s\",\"pid\":%d,\"tid\":%d,\"args\":{\"name\":\"%s\"}}",
                what,
                process,
                thread,
                escaped(name));
    }

    /** The format's unit, to the nanosecond. */
    private static String microseconds(long nanos) {
        return String.format(Locale.ROOT, "%d.%03d", nanos / 1000, nanos % 1000);
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                escaped.append('\\').append(c);
            } else if (c < ' ') {
                escaped.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                escaped.append(c);
            }
        }
        return escaped.toString();
    }
}
