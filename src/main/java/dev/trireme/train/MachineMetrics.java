package dev.trireme.train;

import dev.trireme.config.NullChecks;
import dev.trireme.machine.MachineFacts;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where rank 0 runs; told when a run begins and when it goes on, which may be on another machine.
 *
 * @param facts by names, in order
 */
public record MachineMetrics(Map<String, String> facts) implements RunEvent {
    /** Copies the facts. */
    public MachineMetrics {
        NullChecks.require("facts", facts);
        facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
    }

    /** @param happens the name of the time, such as {@code started} */
    static MachineMetrics here(String happens) {
        Map<String, String> facts = new LinkedHashMap<>();
        MachineFacts.here(happens).forEach((name, fact) -> facts.put(name.replace(' ', '_'), fact));
        return new MachineMetrics(facts);
    }
}
