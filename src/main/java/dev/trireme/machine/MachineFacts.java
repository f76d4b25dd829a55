package dev.trireme.machine;

import dev.trireme.engine.Device;
import dev.trireme.engine.Memory;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** What a reader of figures wants to know of the machine behind them. */
public final class MachineFacts {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm xxx", Locale.ROOT);

    private MachineFacts() {}

    /**
     * Asks the system.
     *
     * @param happens what happens now, such as {@code written}: the name of the time
     * @return facts by names, in order
     */
    public static Map<String, String> here(String happens) {
        Objects.requireNonNull(happens, "happens");
        Machine here = Machine.here();
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("processor", here.cpu());
        facts.put("cores", Integer.toString(here.cores()));
        Memory.available(Device.CPU)
                .ifPresent(bytes -> facts.put("free memory", String.format(Locale.ROOT, "%.1f GB", bytes / 1e9)));
        facts.put(
                "load",
                String.format(
                        Locale.ROOT, "%.2f threads in the last minute, those of this work included", here.load()));
        facts.put(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", Java " + Runtime.version());
        facts.put(happens, now());
        return facts;
    }

    /**
     * The time.
     *
     * @return such as {@code 2026-11-29 13:05 +00:00}
     */
    public static String now() {
        return TIME.format(ZonedDateTime.now(ZoneId.systemDefault()));
    }
}
