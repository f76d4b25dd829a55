package dev.trireme.cluster;

import dev.trireme.plan.Link;
import dev.trireme.plan.Machine;

/**
 * A binary tree of members, member i over 2 i + 1 and 2 i + 2. Sums go up in pieces, and each goes down as soon as the top
 * has it. A member takes its two children's pieces one after the other, and hands them down one after the other; up and down
 * do not disturb each other. That is the bandwidth of two trees with half the bytes each, of which every member is inside one
 * and a leaf of the other, as NCCL builds them.
 */
final class Tree {
    private static final double PIECE_BYTES = 1 << 19;
    private static final int MOST_PIECES = 64;

    private final int n;
    private final int pieces;
    private final double[] hop; // to and from the parent, for one piece
    private final double[] latency; // of which the link is free again after the rest

    Tree(int[] devices, double bytes, Machine machine) {
        n = devices.length;
        pieces = (int) Math.max(1, Math.min(MOST_PIECES, Math.ceil(bytes / PIECE_BYTES)));
        hop = new double[n];
        latency = new double[n];
        for (int i = 1; i < n; i++) {
            Link link = machine.link(devices[i], devices[(i - 1) / 2]);
            hop[i] = link.seconds(bytes / pieces);
            latency[i] = link.latencySeconds().value();
        }
    }

    double[] allReduce(double[] ready) {
        double[][] sums = up(ready);
        double[] done = new double[n];
        double[] port = new double[n]; // when a member may send the next piece down
        for (int piece = 0; piece < pieces; piece++) {
            done[0] = sums[0][piece];
            for (int i = 1; i < n; i++) {
                int parent = (i - 1) / 2;
                double start = Math.max(port[parent], Math.max(done[parent], ready[i]));
                done[i] = start + hop[i];
                port[parent] = done[i] - latency[i];
            }
        }
        return done;
    }

    /** When each member has the sum of what is below it, piece by piece. */
    private double[][] up(double[] ready) {
        double[][] sums = new double[n][pieces];
        for (int i = n - 1; i >= 0; i--) {
            double port = ready[i]; // when it may take in the next piece
            for (int piece = 0; piece < pieces; piece++) {
                double sum = ready[i];
                for (int child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++) {
                    double came = Math.max(port, sums[child][piece]) + hop[child];
                    port = came - latency[child];
                    sum = Math.max(sum, came);
                }
                sums[i][piece] = sum;
            }
        }
        return sums;
    }
}
