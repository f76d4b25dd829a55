package dev.trireme.cluster;

import java.util.Locale;

/** Which devices are neighbours; devices are numbered host by host. */
public enum Placement {
    /** The stages of a replica, as this library's ranks have them: replica r, stage s is device r p + s. */
    STAGES,
    /** The replicas of a stage: replica r, stage s is device s R + r. Sums of gradients then stay within hosts. */
    REPLICAS;

    /**
     * Where a stage's device is.
     *
     * @param replica its number, of {@code replicas}
     * @param position in the pipeline, of {@code devices}
     * @param replicas R
     * @param devices p
     * @return the number of the device
     */
    public int device(int replica, int position, int replicas, int devices) {
        return this == STAGES ? replica * devices + position : position * replicas + replica;
    }

    /** As it is written on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
