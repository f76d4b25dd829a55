package dev.trireme.cluster;

import dev.trireme.plan.Figure;
import dev.trireme.plan.Link;
import dev.trireme.plan.Machine;

/** Machines for tests: all of them but the links is without meaning. */
final class Clusters {
    /** A device to its neighbour in a host, and to another host. */
    static final double NVLINK = 200e9;

    static final double NETWORK = 25e9;

    private Clusters() {}

    static Machine ofHosts(int hosts, int devicesPerHost) {
        return of(hosts, devicesPerHost, link(NVLINK, 3e-6), link(NETWORK, 10e-6));
    }

    static Machine of(int hosts, int devicesPerHost, Link inHost, Link betweenHosts) {
        Machine.Memory memory = new Machine.Memory(figure(80e9), figure(0), figure(2e12), figure(1), figure(1));
        Machine.Gemm gemm = new Machine.Gemm(figure(19e12), figure(3e14), figure(3e14), figure(1), figure(1));
        return new Machine(
                "virtual", "cuda", 80, hosts, devicesPerHost, memory, gemm, figure(0), figure(0), inHost, betweenHosts);
    }

    static Link link(double bytesPerSecond, double latencySeconds) {
        return new Link(figure(bytesPerSecond), figure(latencySeconds));
    }

    private static Figure figure(double value) {
        return new Figure(value, "a test");
    }
}
