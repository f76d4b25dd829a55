package dev.trireme.bench;

import java.util.List;

/**
 * What {@link LayoutRank} answers, and tells after each round.
 *
 * @param rounds that are done
 * @param predicted of each layout: a step's seconds, as planned by the costs of each round
 * @param seconds of each layout's steps that count
 * @param stageBytes what each layout's stages hold
 * @param peakMegabytes largest resident size of the process
 */
record LayoutTimes(
        int rounds,
        List<List<Double>> predicted,
        List<List<Double>> seconds,
        List<List<Long>> stageBytes,
        double peakMegabytes) {}
