/**
 * A cluster that is not there: thousands of devices, whose tasks, transfers and sums of gradients are simulated.
 *
 * <pre>
 *   StageWork     schedule, costs, bytes ─┐
 *   Machine       links of and between   ─┼──▶ VirtualCluster ──▶ ClusterRun
 *   Spread        replicas, where, how   ─┘        │    │
 *                                     Simulation ◀─┘    └─▶ AllReduce: ring, tree, hierarchical
 * </pre>
 *
 * <p>May import {@code plan}, {@code schedule} and {@code config}. Replicas meet only in the sum of gradients. So those whose
 * links and devices are alike do the same at the same time until then, and one of them is simulated for all: that is exact.
 * A device that is slowed down makes its replica another kind. Sums of gradients are simulated with every member, hop by hop.
 */
@NullMarked
package dev.trireme.cluster;

import org.jspecify.annotations.NullMarked;
