package dev.trireme.bench;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;

/**
 * An epoch of a measurement and what may have slowed it, each measured; times are those of rank 0.
 *
 * @param epoch its number, from 1
 * @param seconds of its steps
 * @param tokensPerSecond of all ranks
 * @param dataMs milliseconds of waiting for batches
 * @param commMs exposed communication: milliseconds of waiting for other ranks in the all-reduce
 * @param gcMs milliseconds of garbage collection of this JVM, which are part of the others
 * @param stolenMs milliseconds of processor time that the hypervisor gave to other machines, of all cores together
 * @param neighboursMs milliseconds of processor time that programs other than this job took, of all cores together
 * @param majorFaults pages that had to be read from a disk
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record EpochParts(
        int epoch,
        double seconds,
        double tokensPerSecond,
        double dataMs,
        double commMs,
        double gcMs,
        double stolenMs,
        double neighboursMs,
        long majorFaults) {}
