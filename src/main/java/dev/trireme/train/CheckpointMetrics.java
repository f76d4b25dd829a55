package dev.trireme.train;

/**
 * A checkpoint that is on the disk.
 *
 * @param step after which it was taken
 * @param seconds from the copy until the disk had it
 * @param copyMs milliseconds of them in which the steps waited for the copy
 * @param bytes of its files
 */
public record CheckpointMetrics(long step, double seconds, double copyMs, long bytes) implements RunEvent {}
