package dev.trireme.schedule;

/**
 * An invalid schedule: a task is missing, repeated, out of order or never reached. The message names the device and the
 * step.
 */
public final class ScheduleException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final int device;

    ScheduleException(int device, String problemAndCure) {
        super("device " + device + problemAndCure);
        this.device = device;
    }

    /** A problem at a step, which is counted from 1. */
    static ScheduleException at(int device, int index, String label, String problemAndCure) {
        return new ScheduleException(device, ", step " + (index + 1) + " (" + label + "): " + problemAndCure);
    }

    /**
     * The device whose tasks are wrong.
     *
     * @return the device, from 0
     */
    public int device() {
        return device;
    }
}
