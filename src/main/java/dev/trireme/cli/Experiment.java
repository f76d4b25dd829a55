package dev.trireme.cli;

import dev.trireme.cli.output.Room;

/** A command whose settings are known before it runs. */
interface Experiment {
    /**
     * What it would measure on this host.
     *
     * @throws IllegalArgumentException naming an option that is out of bounds, or what does not fit and the cure
     */
    Room<?> room();
}
